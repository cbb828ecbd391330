import { setImmediate } from 'node:timers/promises';
import { conditionsOf } from '../condition/condition.ts';
import type { ObjectiveEvaluator } from '../objective/objective-evaluator.ts';
import { RecordedActions, type ActionSource } from '../sampler/action-source.ts';
import { BackwardSampler } from '../sampler/backward-sampler.ts';
import type { ForwardSampler } from '../sampler/forward-sampler.ts';
import type { RandomStream } from '../sampler/philox.ts';
import { RowLimitError } from '../sampler/row-limit.ts';
import type { StateRows } from '../sampler/state-rows.ts';
import type { Trajectories } from './engine.ts';
import type { InterpretedModel } from './interpreted-model.ts';
import { TrajectoryCollector } from './trajectory-collector.ts';

/** Trajectories sampled before other work of the process gets a turn. */
const TRAJECTORIES_PER_TURN = 1024;

/** Draws trajectories outside of the loss, as many at a time as fit the memory. */
export class TrajectorySampler {
  private readonly backwardSampler: BackwardSampler;

  /** `checkpoint` is called before each part: it throws to end the work. */
  constructor(
    private readonly rows: StateRows,
    private readonly model: InterpretedModel,
    private readonly sampler: ForwardSampler,
    private readonly evaluator: ObjectiveEvaluator,
    private readonly checkpoint: () => void,
  ) {
    this.backwardSampler = new BackwardSampler(rows);
  }

  /** Trajectories [0, count) of the source. */
  async forward(count: number, source: ActionSource, signal?: AbortSignal): Promise<Trajectories> {
    const collector = new TrajectoryCollector(this.rows.environment.stateSize);
    const { firstTrajectory } = source;
    await this.inParts(count, signal, (first, size) => {
      source.firstTrajectory = firstTrajectory + first;
      this.sampler.sample(size, source);
      this.collect(collector);
    });
    return collector.trajectories();
  }

  /** One trajectory to each of the terminal states ([N × stateSize]); the first one draws as number `firstTrajectory`. */
  async backward(
    terminalStates: Int32Array,
    random: RandomStream,
    firstTrajectory: number,
    signal?: AbortSignal,
  ): Promise<Trajectories> {
    const { environment } = this.rows;
    const { stateSize } = environment;
    const collector = new TrajectoryCollector(stateSize);
    await this.inParts(terminalStates.length / stateSize, signal, (first, size) => {
      const states = terminalStates.subarray(first * stateSize, (first + size) * stateSize);
      const { offset, forwardAction } = this.backwardSampler.sample(states, random, firstTrajectory + first);
      const conditions = conditionsOf(environment, states);
      this.sampler.sample(size, new RecordedActions(offset, forwardAction, conditions));
      this.collect(collector);
    });
    return collector.trajectories();
  }

  private collect(collector: TrajectoryCollector): void {
    const { batch } = this.sampler;
    this.evaluator.prepare(batch, this.model, 1, 0);
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
      this.checkpoint();
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
}
