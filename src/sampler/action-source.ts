import { GfnError } from '../error.ts';
import type { RandomStream } from './philox.ts';
import { drawChoice } from './draw.ts';
import type { StateRows } from './state-rows.ts';

/** Where the actions of a batch come from: a policy or a record. */
export interface ActionSource {
  /** Trajectory b of the batch is number `firstTrajectory` + b of the source. */
  firstTrajectory: number;
  /** The action that trajectory b of the batch takes as its transition `step`, in the state at `row`. */
  action(rows: StateRows, row: number, b: number, step: number): number;
  /** Bits of the condition of trajectory b of the batch; null: zeros, or no condition. */
  conditionOf(b: number): Int32Array | null;
}

/** The model's policy, tempered and mixed with uniform exploration. */
export class BehaviourPolicy implements ActionSource {
  temperature = 1;
  exploration = 0;
  firstTrajectory = 0;
  /** Of all trajectories. */
  condition: Int32Array | null = null;
  private readonly weight: Float64Array;

  constructor(
    actions: number,
    private readonly random: RandomStream,
  ) {
    this.weight = new Float64Array(actions);
  }

  action(rows: StateRows, row: number, b: number, step: number): number {
    const u = this.random.uniform(this.firstTrajectory + b, step);
    const offset = row * this.weight.length;
    const { temperature, exploration, weight } = this;
    return drawChoice(rows.model.forwardLogits, rows.allowed, offset, temperature, exploration, u, weight);
  }

  conditionOf(): Int32Array | null {
    return this.condition;
  }
}

/** Trajectories that begin with given actions and go on by a policy. */
export class ContinuedActions implements ActionSource {
  firstTrajectory = 0;

  /**
   * `given(b)`: the actions that trajectory b begins with, none for one that the policy draws from the start;
   * `condition(b)`: the bits of its condition.
   */
  constructor(
    private readonly policy: BehaviourPolicy,
    private readonly given: (trajectory: number) => Int32Array | null,
    private readonly firstNumber: number,
    private readonly condition: (trajectory: number) => Int32Array | null = () => null,
  ) {}

  /** Throws ERR_ARGUMENT where a given action is not allowed. */
  action(rows: StateRows, row: number, b: number, step: number): number {
    const trajectory = this.firstTrajectory + b;
    const given = this.given(trajectory);
    if (given !== null && step < given.length) return allowedAction(rows, row, given[step], trajectory, step);
    this.policy.firstTrajectory = this.firstNumber + this.firstTrajectory;
    return this.policy.action(rows, row, b, step);
  }

  conditionOf(b: number): Int32Array | null {
    return this.condition(this.firstTrajectory + b);
  }
}

function allowedAction(rows: StateRows, row: number, action: number, trajectory: number, step: number): number {
  const { actions } = rows.environment;
  if (action >= 0 && action < actions && rows.allowed[row * actions + action] !== 0) return action;
  throw new GfnError(
    'ERR_ARGUMENT',
    `forwardAction: expected an action that is allowed in step ${step} of trajectory ${trajectory}, got ${action}`,
  );
}

/** Given actions. */
export class RecordedActions implements ActionSource {
  firstTrajectory = 0;

  /** `offset`: [N + 1], `forwardAction`: [T], as in a packed batch; `conditions`: [N × their size]. */
  constructor(
    private readonly offset: Int32Array,
    private readonly forwardAction: Int32Array,
    private readonly conditions: Int32Array = new Int32Array(0),
  ) {}

  /** Throws ERR_ARGUMENT where the record ends too early or holds an action that is not allowed. */
  action(rows: StateRows, row: number, b: number, step: number): number {
    const trajectory = this.firstTrajectory + b;
    const at = this.offset[trajectory] + step;
    if (at >= this.offset[trajectory + 1]) {
      throw new GfnError(
        'ERR_ARGUMENT',
        `forwardAction: expected trajectory ${trajectory} to end in a terminal state, got ${step} actions that do not reach one`,
      );
    }
    return allowedAction(rows, row, this.forwardAction[at], trajectory, step);
  }

  conditionOf(b: number): Int32Array | null {
    const size = this.conditions.length / (this.offset.length - 1);
    const trajectory = this.firstTrajectory + b;
    return size === 0 ? null : this.conditions.subarray(trajectory * size, (trajectory + 1) * size);
  }

  /** Throws ERR_ARGUMENT unless trajectory b ended with the last action of its record. */
  checkLength(b: number, length: number): void {
    const trajectory = this.firstTrajectory + b;
    const given = this.offset[trajectory + 1] - this.offset[trajectory];
    if (given !== length) {
      throw new GfnError(
        'ERR_ARGUMENT',
        `forwardAction: expected ${length} actions up to the terminal state of trajectory ${trajectory}, got ${given}`,
      );
    }
  }
}
