import { conditionBits, conditionSizeOf } from '../condition/condition.ts';
import type { ConditionSource } from '../condition/condition-source.ts';
import type { Environment } from '../env/environment.ts';
import { GfnError } from '../error.ts';
import { ReplayBuffer } from '../replay/replay-buffer.ts';
import { BehaviourPolicy, ContinuedActions } from '../sampler/action-source.ts';
import { Purpose, RandomStream } from '../sampler/philox.ts';
import { BatchPlan } from './batch-plan.ts';
import type { TrainingOptions } from './engine.ts';
import { numbersOfSearch, searchLocally } from './local-search.ts';
import { scheduleValue } from './schedule.ts';
import type { OffPolicyArrays } from './training-state.ts';
import { actionsOf, withRewards, type ScoreStates } from './trajectories.ts';
import type { TrajectorySampler } from './trajectory-sampler.ts';
import type { VisitedObjects } from './visited-objects.ts';

/** Numbers of the dataset's draws and trajectories: the replay buffer's are below. */
const DATASET_NUMBERS = 2 ** 52;

/** Numbers of the conditions that local search begins with: those of the policy's trajectories are below. */
const SEARCHED_CONDITIONS = 2 ** 52;

/** A batch sampled ahead whose rewards are under way; null: they must be asked for again. */
interface Ahead {
  readonly plan: BatchPlan;
  /** [drawn × stateSize] */
  readonly terminalState: Int32Array;
  question: Promise<Float64Array> | null;
  answered: boolean;
}

/**
 * Decides what each batch holds: trajectories of the policy, of objects replayed or given, of local search; and, where
 * rewards may come late, which of the batches sampled is trained on next.
 */
export class BatchComposer {
  private replay: ReplayBuffer | null = null;
  /** The contents of a replay buffer that is still to be made. */
  private restored: OffPolicyArrays | null = null;
  private readonly ahead: Ahead[] = [];
  /** Batches ahead after the last step that succeeded. */
  private settled = 0;
  private readonly stateSize: number;

  constructor(
    private readonly environment: Environment,
    private readonly sampler: TrajectorySampler,
    private readonly score: ScoreStates | undefined,
    private readonly conditions: ConditionSource | undefined,
  ) {
    this.stateSize = environment.stateSize;
  }

  /**
   * The plan of step `step`. The objects that local search scored are added to `searched`. What a step did that did not
   * end well is undone first.
   */
  async next(options: TrainingOptions, step: number, searched: VisitedObjects): Promise<BatchPlan> {
    this.prepareReplay(options);
    this.ahead.length = this.settled;
    const { rewardDelay } = options.offPolicy;
    if (rewardDelay === 0 && this.ahead.length === 0) return this.compose(options, step, searched);
    while (this.ahead.length <= rewardDelay) {
      this.ahead.push(await this.sampleAhead(options, step + this.ahead.length, searched));
    }
    const [first] = this.ahead;
    if (this.score === undefined) return first.plan;
    // A question that failed is asked again by the next step.
    const question = first.question ?? this.score(first.terminalState);
    first.question = null;
    return first.plan.scored(await question);
  }

  /** Batches ahead whose rewards have not come ask for them again. */
  forgetUnanswered(): void {
    for (const ahead of this.ahead) if (!ahead.answered) ahead.question = null;
  }

  /** After a step that succeeded: what it visited goes to the replay buffer, and its batch is not ahead any more. */
  keep(terminalState: Int32Array, logReward: Float64Array): void {
    this.ahead.shift();
    this.settled = this.ahead.length;
    logReward.forEach((value, i) => {
      this.replay?.add(terminalState.subarray(i * this.stateSize, (i + 1) * this.stateSize), value);
    });
  }

  private prepareReplay({ offPolicy, seed }: TrainingOptions): void {
    if (offPolicy.replay === null) {
      this.replay = null;
    } else if (this.replay?.options !== offPolicy.replay) {
      this.replay = new ReplayBuffer(offPolicy.replay, seed);
      if (this.restored !== null) {
        const { replayTerminalState, replayLogReward, replayAge } = this.restored;
        this.replay.restore(replayTerminalState, replayLogReward, replayAge);
        this.restored = null;
      }
    }
  }

  /** As it was after the last step that succeeded, also while another one is under way. */
  state(): OffPolicyArrays {
    const settled = this.ahead.slice(0, this.settled);
    const plans = settled.map(({ plan }) => plan);
    const recorded = plans.flatMap((plan) => plan.entries());
    const replay = this.replay?.contents();
    return {
      replayTerminalState: replay?.terminalState ?? this.restored?.replayTerminalState ?? new Int32Array(0),
      replayLogReward: replay?.logReward ?? this.restored?.replayLogReward ?? new Float64Array(0),
      replayAge: replay?.age ?? this.restored?.replayAge ?? new Float64Array(0),
      aheadDrawn: Int32Array.from(settled, ({ terminalState }) => terminalState.length / this.stateSize),
      aheadRecorded: Int32Array.from(plans, (plan) => plan.recorded.count),
      aheadLength: Int32Array.from(recorded, ({ actions }) => actions.length),
      aheadAction: Int32Array.from(recorded.flatMap(({ actions }) => Array.from(actions))),
      aheadLogReward: Float64Array.from(recorded, ({ logReward }) => logReward),
      aheadFresh: Int32Array.from(recorded, ({ fresh }) => (fresh ? 1 : 0)),
      aheadTerminalState: Int32Array.from(settled.flatMap(({ terminalState }) => Array.from(terminalState))),
      aheadCondition: Int32Array.from(recorded.flatMap(({ condition }) => Array.from(condition))),
    };
  }

  /** Throws ERR_CHECKPOINT for arrays that do not fit together. */
  restore(arrays: OffPolicyArrays): void {
    const conditionSize = conditionSizeOf(this.environment);
    requireFit(arrays, this.stateSize, conditionSize);
    this.replay = null;
    this.restored = arrays.replayAge.length > 0 ? arrays : null;
    this.ahead.length = 0;
    let [trajectory, action, terminal] = [0, 0, 0];
    arrays.aheadDrawn.forEach((drawn, batch) => {
      const plan = new BatchPlan(0, 0);
      for (let i = 0; i < arrays.aheadRecorded[batch]; i++, trajectory++) {
        const end = action + arrays.aheadLength[trajectory];
        const actions = arrays.aheadAction.slice(action, end);
        const condition = arrays.aheadCondition.slice(trajectory * conditionSize, (trajectory + 1) * conditionSize);
        plan.add(actions, condition, arrays.aheadLogReward[trajectory], arrays.aheadFresh[trajectory] !== 0);
        action = end;
      }
      const end = terminal + drawn * this.stateSize;
      const terminalState = arrays.aheadTerminalState.slice(terminal, end);
      this.ahead.push({ plan, terminalState, question: null, answered: false });
      terminal = end;
    });
    this.settled = this.ahead.length;
  }

  private async compose(options: TrainingOptions, batch: number, searched: VisitedObjects): Promise<BatchPlan> {
    const conditions = this.drawConditions(options, batch, options.batchSize, 0);
    const plan = new BatchPlan(options.batchSize, batch * options.batchSize, conditions);
    await this.addReplayed(options, batch, plan);
    await this.addFromDataset(options, batch, plan);
    await this.addSearched(options, batch, plan, searched);
    return plan;
  }

  /** Conditions of `count` trajectories, `trajectoriesPerCondition` of them alike; their numbers begin at `first`. */
  private drawConditions(options: TrainingOptions, batch: number, count: number, first: number): Int32Array {
    const { conditions } = this;
    if (conditions === undefined) return new Int32Array(0);
    const { seed, trajectoriesPerCondition } = options;
    const different = Math.ceil(count / trajectoriesPerCondition);
    const drawn = conditions.bits(seed, first + batch * different, different);
    const { size } = conditions;
    const all = new Int32Array(count * size);
    for (let b = 0; b < count; b++) {
      const number = Math.floor(b / trajectoriesPerCondition);
      all.set(drawn.subarray(number * size, (number + 1) * size), b * size);
    }
    return all;
  }

  private async addReplayed(options: TrainingOptions, batch: number, plan: BatchPlan): Promise<void> {
    const { replay } = this;
    if (replay === null) return;
    const number = batch * replay.options.trajectories;
    const random = new RandomStream(options.seed, Purpose.replay);
    const drawn = replay.draw(replay.options.trajectories, random, number);
    const states = new Int32Array(drawn.length * this.stateSize);
    drawn.forEach((object, i) => states.set(replay.state(object), i * this.stateSize));
    const logReward = drawn.map((object) => replay.logReward(object));
    await this.addBackward(options, states, logReward, number, plan);
  }

  private async addFromDataset(options: TrainingOptions, batch: number, plan: BatchPlan): Promise<void> {
    const { dataset } = options.offPolicy;
    if (dataset === null) return;
    const { stateSize } = this;
    const { trajectories, terminalState } = dataset;
    const size = dataset.logReward.length;
    const number = DATASET_NUMBERS + batch * trajectories;
    const random = new RandomStream(options.seed, Purpose.replay);
    const states = new Int32Array(trajectories * stateSize);
    const logReward: number[] = [];
    for (let i = 0; i < trajectories; i++) {
      const drawn = Math.min(Math.floor(random.uniform(number + i, 0) * size), size - 1);
      states.set(terminalState.subarray(drawn * stateSize, (drawn + 1) * stateSize), i * stateSize);
      logReward.push(dataset.logReward[drawn]);
    }
    await this.addBackward(options, states, logReward, number, plan);
  }

  private async addBackward(
    options: TrainingOptions,
    states: Int32Array,
    logReward: readonly number[],
    firstTrajectory: number,
    plan: BatchPlan,
  ): Promise<void> {
    if (logReward.length === 0) return;
    const random = new RandomStream(options.seed, Purpose.offPolicy);
    const trajectories = await this.sampler.backward(states, random, firstTrajectory);
    logReward.forEach((value, b) => plan.add(actionsOf(trajectories, b), this.conditionAt(states, b), value, false));
  }

  private async addSearched(
    options: TrainingOptions,
    batch: number,
    plan: BatchPlan,
    searched: VisitedObjects,
  ): Promise<void> {
    const search = options.offPolicy.localSearch;
    if (search === null) return;
    const { accepted, scored } = await searchLocally(
      this.sampler,
      {
        options: search,
        environment: this.environment,
        conditions: this.drawConditions(options, batch, search.trajectories, SEARCHED_CONDITIONS),
        seed: options.seed,
        firstTrajectory: batch * numbersOfSearch(search),
        beta: options.beta,
        exploration: scheduleValue(options.exploration, batch),
        temperature: scheduleValue(options.temperature, batch),
      },
      async (trajectories) => (await withRewards(trajectories, this.score)).logReward,
    );
    for (const { actions, condition, logReward } of accepted) plan.add(actions, condition, logReward, false);
    for (const { terminalState, logReward } of scored)
      searched.append({ count: logReward.length, terminalState, logReward });
  }

  /** The batch with its drawn trajectories recorded, the first ones of the plan. */
  private async sampleAhead(options: TrainingOptions, batch: number, searched: VisitedObjects): Promise<Ahead> {
    const composed = await this.compose(options, batch, searched);
    const policy = new BehaviourPolicy(this.environment.actions, new RandomStream(options.seed, Purpose.training));
    policy.exploration = scheduleValue(options.exploration, batch);
    policy.temperature = scheduleValue(options.temperature, batch);
    const source = new ContinuedActions(
      policy,
      () => null,
      composed.firstTrajectory,
      (b) => composed.conditionOf(b),
    );
    const drawn = await this.sampler.forward(composed.forward, source);
    const plan = new BatchPlan(0, composed.firstTrajectory);
    for (let b = 0; b < drawn.count; b++) {
      plan.add(actionsOf(drawn, b), this.conditionAt(drawn.terminalState, b), drawn.logReward[b], true);
    }
    plan.addRecorded(composed);
    const question = this.score?.(drawn.terminalState) ?? null;
    const ahead: Ahead = { plan, terminalState: drawn.terminalState, question, answered: false };
    question?.then(
      () => (ahead.answered = true),
      () => undefined, // told to the step that waits for it
    );
    return ahead;
  }

  /** Bits of the condition of one of some states. */
  private conditionAt(states: Int32Array, number: number): Int32Array {
    return conditionBits(this.environment, states.subarray(number * this.stateSize, (number + 1) * this.stateSize));
  }
}

function requireFit(arrays: OffPolicyArrays, stateSize: number, conditionSize: number): void {
  const sum = (values: Int32Array): number => values.reduce((total, value) => total + value, 0);
  const objects = arrays.replayLogReward.length;
  const trajectories = arrays.aheadLength.length;
  const fits =
    arrays.replayTerminalState.length === objects * stateSize &&
    (arrays.replayAge.length === objects + 1 || (objects === 0 && arrays.replayAge.length === 0)) &&
    arrays.aheadRecorded.length === arrays.aheadDrawn.length &&
    sum(arrays.aheadRecorded) === trajectories &&
    sum(arrays.aheadLength) === arrays.aheadAction.length &&
    arrays.aheadLogReward.length === trajectories &&
    arrays.aheadFresh.length === trajectories &&
    arrays.aheadCondition.length === trajectories * conditionSize &&
    sum(arrays.aheadDrawn) * stateSize === arrays.aheadTerminalState.length &&
    arrays.aheadDrawn.every((drawn, i) => drawn >= 0 && drawn <= arrays.aheadRecorded[i]);
  if (fits) return;
  throw new GfnError(
    'ERR_CHECKPOINT',
    'state: expected sections of a replay buffer and of batches ahead that fit together',
  );
}
