import { setImmediate } from 'node:timers/promises';
import { GfnError } from '../error.ts';
import { allowedLogSumExp } from '../objective/log-sum-exp.ts';
import { checkObjective, ObjectiveEvaluator } from '../objective/objective-evaluator.ts';
import { Adam, ScalarAdam } from '../optimizer/adam.ts';
import { clipScale, gradientNorm } from '../optimizer/gradient-norm.ts';
import { BehaviourPolicy, RecordedActions } from '../sampler/action-source.ts';
import { BackwardSampler } from '../sampler/backward-sampler.ts';
import { ForwardSampler } from '../sampler/forward-sampler.ts';
import { ParentListBuilder } from '../sampler/parent-list-builder.ts';
import { Purpose, RandomStream } from '../sampler/philox.ts';
import { RowLimitError } from '../sampler/row-limit.ts';
import { StateRows } from '../sampler/state-rows.ts';
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
import { scheduleValue } from './schedule.ts';
import { TerminalDistribution } from './terminal-distribution.ts';
import { engineArrays, trainingState, type TrainingState } from './training-state.ts';
import { TrajectoryCollector } from './trajectory-collector.ts';
import { TurnQueue } from './turn-queue.ts';
import { VisitedObjects } from './visited-objects.ts';

/** Trajectories sampled before other work of the process gets a turn. */
const TRAJECTORIES_PER_TURN = 1024;

/** A row buffer may be twice as large as what it holds. */
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
  private readonly optimizer: Adam;
  private readonly optimizerLogZ = new ScalarAdam();
  private readonly gradient: Float32Array;
  private readonly queue = new TurnQueue();
  private training = false;
  private stopping = false;
  private disposed = false;

  /** Throws ERR_MODEL_ENVIRONMENT if the model does not fit the environment. `threads` is not used. */
  constructor({ environment, model, parameters, logZ, memoryBytes }: EngineOptions) {
    this.logZ = logZ;
    this.model = new InterpretedModel(model, environment, parameters);
    this.rows = new StateRows(environment, this.model);
    this.evaluator = new ObjectiveEvaluator(environment.actions, environment.backwardActions);
    const bytesPerRow = GROWTH * (this.rows.bytesPerRow + this.evaluator.bytesPerRow);
    this.rows.limit = Math.floor(memoryBytes / bytesPerRow);
    this.sampler = new ForwardSampler(this.rows);
    this.batchGradient = new BatchGradient(this.model, this.sampler, new ParentListBuilder(this.rows), this.evaluator);
    this.terminalDistribution = new TerminalDistribution(this.rows);
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
    checkObjective(options.objective, this.model.learnedBackward, this.model.hasStateFlow);
    this.training = true;
    this.stopping = false;
    try {
      const policy = new BehaviourPolicy(
        this.rows.environment.actions,
        new RandomStream(options.seed, Purpose.training),
      );
      const visited = keepVisited ? new VisitedObjects(this.rows.environment.stateSize) : null;
      let unreported: StepReport | null = null;
      for (let i = 0; i < steps; i++) {
        const report = await this.queue.run(() => (this.stopping ? null : this.trainStep(options, policy, visited)));
        if (report === null) break;
        unreported = report;
        if (report.step % reportEvery === 0) {
          onReport({ ...report, visited: visited?.take() ?? null });
          unreported = null;
        }
        await setImmediate();
      }
      if (unreported !== null) onReport({ ...unreported, visited: visited?.take() ?? null });
    } finally {
      this.training = false;
    }
  }

  stop(): void {
    this.stopping = true;
  }

  sampleForward(count: number, options: SamplingOptions): Promise<Trajectories> {
    return this.turn(async () => {
      const { environment } = this.rows;
      const policy = new BehaviourPolicy(environment.actions, new RandomStream(options.seed, Purpose.evaluation));
      const collector = new TrajectoryCollector(environment.stateSize);
      await this.inParts(count, options.signal, (first, size) => {
        policy.firstTrajectory = options.firstTrajectory + first;
        this.sampler.sample(size, policy);
        this.collect(collector);
      });
      return collector.trajectories();
    });
  }

  /** Throws ERR_ARGUMENT for a state that is not terminal. */
  sampleBackward(terminalStates: Int32Array, options: SamplingOptions): Promise<Trajectories> {
    return this.turn(async () => {
      const { stateSize } = this.rows.environment;
      this.checkTerminalStates(terminalStates);
      const random = new RandomStream(options.seed, Purpose.backward);
      const backwardSampler = new BackwardSampler(this.rows);
      const collector = new TrajectoryCollector(stateSize);
      await this.inParts(terminalStates.length / stateSize, options.signal, (first, size) => {
        const states = terminalStates.subarray(first * stateSize, (first + size) * stateSize);
        const { offset, forwardAction } = backwardSampler.sample(states, random, options.firstTrajectory + first);
        this.sampler.sample(size, new RecordedActions(offset, forwardAction));
        this.collect(collector);
      });
      return collector.trajectories();
    });
  }

  exactDistribution(maximumStates: number): Promise<ExactDistribution> {
    return this.turn(() => this.terminalDistribution.compute(maximumStates));
  }

  initialFlow(): Promise<InitialFlow> {
    return this.turn(() => {
      const { rows, model } = this;
      const state = new Int32Array(rows.environment.stateSize);
      rows.environment.initial(state);
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
  ): Promise<ObjectiveEvaluation> {
    return this.turn(() => {
      checkObjective(options.objective, this.model.learnedBackward, this.model.hasStateFlow);
      checkOffset(offset, forwardAction.length);
      const source = new RecordedActions(offset, forwardAction);
      const logPf = new Float64Array(forwardAction.length);
      const logPb = new Float64Array(forwardAction.length);
      const gradient = new Float32Array(this.gradient.length);
      const report = this.computeGradient(options, source, 0, offset.length - 1, gradient, (first) => {
        const { batch } = this.sampler;
        for (let b = 0; b < batch.trajectories; b++) source.checkLength(b, batch.offset[b + 1] - batch.offset[b]);
        logPf.set(this.evaluator.terms.logPf.subarray(0, batch.transitions), offset[first]);
        logPb.set(this.evaluator.terms.logPb.subarray(0, batch.transitions), offset[first]);
      });
      return { loss: report.loss, gradient, gradientLogZ: report.gradientLogZ, logPf, logPb };
    });
  }

  state(): Promise<TrainingState> {
    return this.turn(() =>
      trainingState(this.step, this.visits, {
        parameters: this.model.parameters.slice(),
        mean: this.optimizer.firstMoment.slice(),
        square: this.optimizer.secondMoment.slice(),
        logZ: Float64Array.of(this.logZ, this.optimizerLogZ.firstMoment, this.optimizerLogZ.secondMoment),
      }),
    );
  }

  restore(state: TrainingState): Promise<void> {
    return this.turn(() => {
      if (this.training) throw new GfnError('ERR_BUSY', 'restore: expected an engine at rest, got one that trains');
      const { parameters, mean, square, logZ } = engineArrays(state, this.model.parameters.length);
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
  }

  private trainStep(options: TrainingOptions, policy: BehaviourPolicy, visited: VisitedObjects | null): StepReport {
    const { step, gradient } = this;
    policy.temperature = scheduleValue(options.temperature, step);
    policy.exploration = scheduleValue(options.exploration, step);
    const report = this.computeGradient(options, policy, this.visits, options.batchSize, gradient, () =>
      visited?.add(this.sampler.batch),
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
    this.visits += options.batchSize;
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
    source: BehaviourPolicy | RecordedActions,
    firstTrajectory: number,
    trajectories: number,
    gradient: Float32Array,
    onPart: (firstTrajectory: number) => void,
  ): BatchReport {
    const options = { objective, beta, logZ: this.logZ };
    return this.batchGradient.compute(options, source, firstTrajectory, trajectories, gradient, onPart);
  }

  private collect(collector: TrajectoryCollector): void {
    const { batch } = this.sampler;
    this.evaluator.prepare(batch, this.model, 1, this.logZ);
    collector.add(batch, this.evaluator.terms);
  }

  /** Calls `work` for [first, first + size) after each other until `count` is reached; parts that do not fit are halved. */
  private async inParts(
    count: number,
    signal: AbortSignal | undefined,
    work: (first: number, size: number) => void,
  ): Promise<void> {
    for (let first = 0, largest = TRAJECTORIES_PER_TURN; first < count;) {
      signal?.throwIfAborted();
      this.checkAlive();
      const size = Math.min(largest, count - first);
      try {
        work(first, size);
        first += size;
      } catch (error) {
        if (size === 1 || !(error instanceof RowLimitError)) throw error;
        largest = Math.ceil(size / 2);
      }
      await setImmediate();
    }
    signal?.throwIfAborted();
  }

  private turn<T>(work: () => T | Promise<T>): Promise<T> {
    return this.queue.run(() => {
      this.checkAlive();
      return work();
    });
  }

  private checkAlive(): void {
    if (this.disposed) throw new GfnError('ERR_DISPOSED', 'engine: expected one in use, got a disposed one');
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
