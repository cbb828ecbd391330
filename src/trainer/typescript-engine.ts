import { setImmediate } from 'node:timers/promises';
import { conditionSizeOf, setCondition } from '../condition/condition.ts';
import { disposedError, GfnError } from '../error.ts';
import { allowedLogSumExp } from '../objective/log-sum-exp.ts';
import { checkObjective, ObjectiveEvaluator } from '../objective/objective-evaluator.ts';
import { Adam, ScalarAdam } from '../optimizer/adam.ts';
import { clipScale, gradientNorm } from '../optimizer/gradient-norm.ts';
import { GivenUp, RewardCalls } from '../reward/reward-calls.ts';
import { RewardFile } from '../reward/reward-file.ts';
import { BehaviourPolicy, ContinuedActions, RecordedActions, type ActionSource } from '../sampler/action-source.ts';
import { ForwardSampler } from '../sampler/forward-sampler.ts';
import { ParentListBuilder } from '../sampler/parent-list-builder.ts';
import { Purpose, RandomStream } from '../sampler/philox.ts';
import { StateRows } from '../sampler/state-rows.ts';
import { BatchComposer } from './batch-composer.ts';
import { BatchGradient, type BatchReport } from './batch-gradient.ts';
import type {
  Engine,
  EngineOptions,
  ExactDistribution,
  InitialFlow,
  ObjectiveEvaluation,
  SamplingOptions,
  StepReport,
  Trajectories,
  TrainingOptions,
} from './engine.ts';
import { InterpretedModel } from './interpreted-model.ts';
import { interpretedReward } from './interpreted-reward.ts';
import { scheduleValue } from './schedule.ts';
import { TerminalDistribution } from './terminal-distribution.ts';
import { engineArrays, trainingState, type TrainingState } from './training-state.ts';
import { environmentRewards, withRewards, type ScoreStates } from './trajectories.ts';
import { TrajectorySampler } from './trajectory-sampler.ts';
import { TurnQueue } from './turn-queue.ts';
import { VisitedObjects } from './visited-objects.ts';

/** A row buffer that grows holds its old and its new contents at once. */
const GROWTH = 2;

/** The pure-TypeScript path: everything on the calling thread, which is given back between steps. */
export class TypeScriptEngine implements Engine {
  step = 0;
  visits = 0;
  logZ: number;

  private readonly model: InterpretedModel;
  private readonly rows: StateRows;
  private readonly sampler: ForwardSampler;
  private readonly evaluator: ObjectiveEvaluator;
  private readonly batchGradient: BatchGradient;
  private readonly terminalDistribution: TerminalDistribution;
  private readonly trajectorySampler: TrajectorySampler;
  private readonly composer: BatchComposer;
  private readonly reward: ScoreStates | undefined;
  private readonly trainingReward: ScoreStates | undefined;
  /** The reward's calls of training, and all others. */
  private readonly calls: { readonly training: RewardCalls; readonly other: RewardCalls } | undefined;
  private readonly optimizer: Adam;
  private readonly optimizerLogZ = new ScalarAdam();
  private readonly gradient: Float32Array;
  private readonly queue = new TurnQueue();
  private training = false;
  private stopping = false;
  private disposed = false;
  /** Whether rewards of batches ahead have been given up. */
  private gaveUp = false;

  /** Throws ERR_MODEL_ENVIRONMENT if the model does not fit the environment. `threads` is not used. */
  constructor({ environment, model, parameters, logZ, memoryBytes, reward, conditions }: EngineOptions) {
    this.logZ = logZ;
    if (reward !== undefined) {
      const scorer = reward instanceof RewardFile ? interpretedReward(environment, reward) : reward;
      const calls = { training: new RewardCalls(scorer), other: new RewardCalls(scorer) };
      this.calls = calls;
      this.reward = (states, signal) => calls.other.score(states, signal);
      this.trainingReward = (states) => calls.training.score(states);
    }
    this.model = new InterpretedModel(model, environment, parameters);
    this.rows = new StateRows(environment, this.model);
    this.evaluator = new ObjectiveEvaluator(environment.actions, environment.backwardActions);
    const parents = new ParentListBuilder(this.rows);
    const bytesPerRow = GROWTH * (this.rows.bytesPerRow + this.evaluator.bytesPerRow + parents.bytesPerRow);
    this.rows.limit = Math.floor(memoryBytes / bytesPerRow);
    this.rows.limitedBytesPerRow = bytesPerRow;
    this.sampler = new ForwardSampler(this.rows);
    this.batchGradient = new BatchGradient(this.model, this.sampler, parents, this.evaluator);
    this.terminalDistribution = new TerminalDistribution(this.rows);
    this.trajectorySampler = new TrajectorySampler(this.rows, this.model, this.sampler, this.evaluator, () =>
      this.checkAlive(),
    );
    this.composer = new BatchComposer(environment, this.trajectorySampler, this.trainingReward, conditions);
    this.optimizer = new Adam(model.parameterCount);
    this.gradient = new Float32Array(model.parameterCount);
  }

  profile(): null {
    return null;
  }

  parameters(): Float32Array {
    this.checkAlive();
    return this.model.parameters.slice();
  }

  async train(
    options: TrainingOptions,
    steps: number,
    reportEvery: number,
    onReport: (report: StepReport) => void,
    keepVisited = false,
  ): Promise<void> {
    this.checkAlive();
    if (this.training) throw new GfnError('ERR_BUSY', 'train: expected one call at a time, got one while another runs');
    this.checkObjective(options);
    this.training = true;
    this.stopping = false;
    if (this.gaveUp) this.composer.forgetUnanswered();
    this.gaveUp = false;
    const visited = keepVisited ? new VisitedObjects(this.rows.environment.stateSize) : null;
    let unreported: StepReport | null = null;
    try {
      for (let i = 0; i < steps; i++) {
        const report = await this.queue.run(() => (this.stopping ? null : this.trainStep(options, visited)));
        if (report === null) break;
        unreported = report;
        if (report.step % reportEvery === 0) {
          onReport({ ...report, visited: visited?.take() ?? null });
          unreported = null;
        }
        await setImmediate();
      }
    } catch (error) {
      if (!(error instanceof GivenUp)) throw error;
    } finally {
      if (unreported !== null) onReport({ ...unreported, visited: visited?.take() ?? null });
      this.training = false;
      this.calls?.training.reopen();
    }
  }

  stop(): void {
    this.stopping = true;
  }

  giveUp(): void {
    this.stop();
    this.gaveUp = true;
    this.calls?.training.giveUp(new GivenUp());
    if (!this.training) this.calls?.training.reopen();
  }

  async score(terminalStates: Int32Array): Promise<Float64Array> {
    this.checkAlive();
    return this.reward?.(terminalStates) ?? environmentRewards(this.rows.environment, terminalStates);
  }

  async sampleForward(count: number, options: SamplingOptions): Promise<Trajectories> {
    const drawn = await this.turn(() => {
      const { actions } = this.rows.environment;
      const policy = new BehaviourPolicy(actions, new RandomStream(options.seed, Purpose.evaluation));
      policy.firstTrajectory = options.firstTrajectory;
      policy.condition = options.condition ?? null;
      return this.trajectorySampler.forward(count, policy, options.signal);
    });
    return withRewards(drawn, this.reward, options.signal);
  }

  /** Throws ERR_ARGUMENT for a state that is not terminal. */
  async sampleBackward(terminalStates: Int32Array, options: SamplingOptions): Promise<Trajectories> {
    const { firstTrajectory, signal } = options;
    const drawn = await this.turn(() => {
      this.checkTerminalStates(terminalStates);
      const random = new RandomStream(options.seed, Purpose.backward);
      return this.trajectorySampler.backward(terminalStates, random, firstTrajectory, signal);
    });
    return withRewards(drawn, this.reward, signal);
  }

  async exactDistribution(
    maximumStates: number,
    condition = new Int32Array(0),
    signal?: AbortSignal,
  ): Promise<ExactDistribution> {
    const exact = await this.turn(() => this.terminalDistribution.compute(maximumStates, condition));
    return withRewards(exact, this.reward, signal);
  }

  initialFlow(condition = new Int32Array(0)): Promise<InitialFlow> {
    return this.turn(() => {
      const { rows, model } = this;
      const state = new Int32Array(rows.environment.stateSize);
      rows.environment.initial(state);
      setCondition(rows.environment, state, condition);
      rows.clear();
      rows.rowOf(state);
      rows.evaluate();
      return {
        logStateFlow: model.logStateFlow === null ? null : model.logStateFlow[0],
        logSumExp: allowedLogSumExp(model.forwardLogits, rows.allowed, 0, rows.environment.actions),
      };
    });
  }

  /** Throws ERR_ARGUMENT for actions that are not allowed or do not end in a terminal state. */
  evaluateObjective(
    options: TrainingOptions,
    offset: Int32Array,
    forwardAction: Int32Array,
    conditions?: Int32Array,
  ): Promise<ObjectiveEvaluation> {
    return this.turn(async () => {
      this.checkObjective(options);
      checkOffset(offset, forwardAction.length);
      const source = new RecordedActions(offset, forwardAction, conditions);
      const logPf = new Float64Array(forwardAction.length);
      const logPb = new Float64Array(forwardAction.length);
      const gradient = new Float32Array(this.gradient.length);
      const score = (): void | Promise<void> => this.scoreBatch(() => Number.NaN);
      const report = await this.computeGradient(options, source, 0, offset.length - 1, gradient, score, (first) => {
        const { batch } = this.sampler;
        for (let b = 0; b < batch.trajectories; b++) source.checkLength(b, batch.offset[b + 1] - batch.offset[b]);
        logPf.set(this.evaluator.terms.logPf.subarray(0, batch.transitions), offset[first]);
        logPb.set(this.evaluator.terms.logPb.subarray(0, batch.transitions), offset[first]);
      });
      return { loss: report.loss, gradient, gradientLogZ: report.gradientLogZ, logPf, logPb };
    });
  }

  /** Out of turn: a step changes what this is made of at its very end, without giving back the thread. */
  state(): Promise<TrainingState> {
    return Promise.resolve().then(() => {
      this.checkAlive();
      return trainingState(this.step, this.visits, {
        parameters: this.model.parameters.slice(),
        mean: this.optimizer.firstMoment.slice(),
        square: this.optimizer.secondMoment.slice(),
        logZ: Float64Array.of(this.logZ, this.optimizerLogZ.firstMoment, this.optimizerLogZ.secondMoment),
        offPolicy: this.composer.state(),
      });
    });
  }

  restore(state: TrainingState): Promise<void> {
    return this.turn(() => {
      if (this.training) throw new GfnError('ERR_BUSY', 'restore: expected an engine at rest, got one that trains');
      const { parameters, mean, square, logZ, offPolicy } = engineArrays(state, this.model.parameters.length);
      this.composer.restore(offPolicy);
      this.model.parameters.set(parameters);
      this.optimizer.restore(mean, square, state.step);
      [this.logZ] = logZ;
      this.optimizerLogZ.restore(logZ[1], logZ[2], state.step);
      this.step = state.step;
      this.visits = state.visits;
    });
  }

  dispose(): void {
    this.disposed = true;
    this.stopping = true;
    this.calls?.training.giveUp(disposedError());
    this.calls?.other.giveUp(disposedError());
  }

  private async trainStep(options: TrainingOptions, visited: VisitedObjects | null): Promise<StepReport> {
    const { step, gradient } = this;
    const { actions, stateSize } = this.rows.environment;
    const built = new VisitedObjects(stateSize);
    const plan = await this.composer.next(options, step, built);
    const policy = new BehaviourPolicy(actions, new RandomStream(options.seed, Purpose.training));
    policy.temperature = scheduleValue(options.temperature, step);
    policy.exploration = scheduleValue(options.exploration, step);
    const given = (trajectory: number): Int32Array | null =>
      trajectory < plan.forward ? null : plan.recorded.actions(trajectory - plan.forward);
    const source = new ContinuedActions(policy, given, plan.firstTrajectory, (b) => plan.conditionOf(b));
    const report = await this.computeGradient(
      options,
      source,
      0,
      plan.trajectories,
      gradient,
      (first) => this.scoreBatch((b) => plan.knownLogReward(first + b)),
      (first) => {
        const { batch } = this.sampler;
        for (let b = 0; b < batch.trajectories; b++) if (plan.isFresh(first + b)) built.add(batch, b);
      },
    );
    const norm = gradientNorm(gradient);
    this.checkFinite(report, norm);
    this.optimizer.update(
      this.model.parameters,
      gradient,
      clipScale(norm, options.clip),
      scheduleValue(options.learningRate, step),
      options.weightDecay,
    );
    if (options.objective.name === 'trajectory-balance') {
      const learningRate = scheduleValue(options.learningRateLogZ, step);
      this.logZ = this.optimizerLogZ.update(this.logZ, report.gradientLogZ, learningRate);
    }
    this.step++;
    this.visits += built.size;
    const { terminalState, logReward } = built.take();
    this.composer.keep(terminalState, logReward);
    visited?.append({ count: logReward.length, terminalState, logReward });
    const { loss, logZ, meanLogReward, meanLength, rows } = report;
    return {
      step: this.step,
      visits: this.visits,
      loss,
      logZ,
      meanLogReward,
      meanLength,
      rows,
      gradientNorm: norm,
      visited: null,
    };
  }

  private computeGradient(
    { objective, beta }: TrainingOptions,
    source: ActionSource,
    firstTrajectory: number,
    trajectories: number,
    gradient: Float32Array,
    score: (firstTrajectory: number) => void | Promise<void>,
    onPart: (firstTrajectory: number) => void,
  ): Promise<BatchReport> {
    const options = { objective, beta, logZ: this.logZ };
    return this.batchGradient.compute(options, source, firstTrajectory, trajectories, gradient, score, onPart);
  }

  /** Rewards that are known already, not NaN, and those of the reward function; undefined without waiting for one. */
  private scoreBatch(knownLogReward: (trajectory: number) => number): void | Promise<void> {
    const { batch } = this.sampler;
    const { stateSize } = this.rows.environment;
    const asked: number[] = [];
    for (let b = 0; b < batch.trajectories; b++) {
      const known = knownLogReward(b);
      if (Number.isNaN(known)) asked.push(b);
      else batch.logReward[b] = known;
    }
    if (this.trainingReward === undefined || asked.length === 0) return;
    const states = new Int32Array(asked.length * stateSize);
    asked.forEach((b, i) => states.set(batch.state[b], i * stateSize));
    return this.trainingReward(states).then((scores) => {
      asked.forEach((b, i) => (batch.logReward[b] = scores[i]));
    });
  }

  private turn<T>(work: () => T | Promise<T>): Promise<T> {
    return this.queue.run(() => {
      this.checkAlive();
      return work();
    });
  }

  private checkObjective({ objective }: TrainingOptions): void {
    const { learnedBackward, hasStateFlow } = this.model;
    checkObjective(objective, learnedBackward, hasStateFlow, conditionSizeOf(this.rows.environment) > 0);
  }

  private checkAlive(): void {
    if (this.disposed) throw disposedError();
  }

  private checkFinite({ loss, gradientLogZ }: BatchReport, norm: number): void {
    if (Number.isFinite(loss) && Number.isFinite(gradientLogZ) && Number.isFinite(norm)) return;
    throw new GfnError(
      'ERR_DIVERGED',
      `step ${this.step + 1}: expected a finite loss and gradient, got loss ${loss}, gradient norm ${norm}, gradient of logZ ${gradientLogZ}; parameters are those of step ${this.step}`,
    );
  }

  private checkTerminalStates(states: Int32Array): void {
    const { environment } = this.rows;
    const { stateSize, name } = environment;
    if (states.length % stateSize !== 0) {
      throw new GfnError(
        'ERR_ARGUMENT',
        `terminalStates: expected a multiple of ${stateSize} integers for ${name}, got ${states.length}`,
      );
    }
    for (let begin = 0; begin < states.length; begin += stateSize) {
      const state = states.subarray(begin, begin + stateSize);
      if (environment.isTerminal(state)) continue;
      throw new GfnError(
        'ERR_ARGUMENT',
        `terminalStates: expected terminal states of ${name}, got ${environment.format(state)} at ${begin / stateSize}`,
      );
    }
  }
}

function checkOffset(offset: Int32Array, transitions: number): void {
  let ascending = offset.length >= 2 && offset[0] === 0 && offset[offset.length - 1] === transitions;
  for (let b = 1; b < offset.length; b++) ascending &&= offset[b - 1] <= offset[b];
  if (ascending) return;
  throw new GfnError(
    'ERR_ARGUMENT',
    `offset: expected ascending integers from 0 to the ${transitions} actions given, got ${offset.join(', ')}`,
  );
}
