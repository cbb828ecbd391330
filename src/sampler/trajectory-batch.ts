import { conditionsOf } from '../condition/condition.ts';
import type { PackedBatch, ParentLists } from './packed-batch.ts';
import { float64Buffer, int32Buffer } from './growable-buffer.ts';
import type { StateRows } from './state-rows.ts';

/**
 * A packed batch under construction and after it. Transitions are recorded in the order in which they happen, all
 * trajectories side by side, and packed by trajectory at the end. Arrays hold at least the stated elements and are
 * reused by the next batch.
 */
export class TrajectoryBatch implements PackedBatch {
  trajectories = 0;
  transitions = 0;
  parents: ParentLists | null = null;
  /** The state of each trajectory: views of `terminalState`, where trajectories grow until they end. */
  state: Int32Array[] = [];

  private readonly offsets = int32Buffer();
  private readonly forwardActions = int32Buffer();
  private readonly backwardActions = int32Buffer();
  private readonly stateRows = int32Buffer();
  private readonly backwardCounts = int32Buffer();
  private readonly logRewards = float64Buffer();
  private readonly terminalStates = int32Buffer();

  private readonly recordedTrajectory = int32Buffer();
  private readonly recordedRow = int32Buffer();
  private readonly recordedForward = int32Buffer();
  private readonly recordedBackward = int32Buffer();
  private readonly packed = int32Buffer();

  constructor(private readonly stateRowsOfBatch: StateRows) {}

  get rows(): number {
    return this.stateRowsOfBatch.count;
  }
  get allowed(): Uint8Array {
    return this.stateRowsOfBatch.allowed;
  }
  get backwardAllowed(): Uint8Array {
    return this.stateRowsOfBatch.backwardAllowed;
  }
  get offset(): Int32Array {
    return this.offsets.data;
  }
  get forwardAction(): Int32Array {
    return this.forwardActions.data;
  }
  get backwardAction(): Int32Array {
    return this.backwardActions.data;
  }
  get stateRow(): Int32Array {
    return this.stateRows.data;
  }
  get backwardCount(): Int32Array {
    return this.backwardCounts.data;
  }
  get logReward(): Float64Array {
    return this.logRewards.data;
  }
  get terminalState(): Int32Array {
    return this.terminalStates.data;
  }

  /** Copies. */
  get conditions(): Int32Array {
    const { environment } = this.stateRowsOfBatch;
    return conditionsOf(environment, this.terminalState.subarray(0, this.trajectories * environment.stateSize));
  }

  /** Starts a batch of empty trajectories; `state` is to be filled by the caller. */
  begin(trajectories: number): void {
    const { stateSize } = this.stateRowsOfBatch.environment;
    this.trajectories = trajectories;
    this.transitions = 0;
    this.parents = null;
    this.logRewards.reserve(trajectories);
    this.offsets.reserve(trajectories + 1).fill(0, 0, trajectories + 1);
    const before = this.terminalStates.data;
    const states = this.terminalStates.reserve(trajectories * stateSize);
    if (states !== before) this.state = [];
    for (let b = this.state.length; b < trajectories; b++) {
      this.state.push(states.subarray(b * stateSize, (b + 1) * stateSize));
    }
  }

  /** Adds a transition to trajectory b, from the state at `row`. */
  record(b: number, row: number, forwardAction: number, backwardAction: number): void {
    const t = this.transitions++;
    this.recordedTrajectory.reserve(t + 1)[t] = b;
    this.recordedRow.reserve(t + 1)[t] = row;
    this.recordedForward.reserve(t + 1)[t] = forwardAction;
    this.recordedBackward.reserve(t + 1)[t] = backwardAction;
    this.offset[b + 1]++;
  }

  /** Packs the recorded transitions. */
  finish(): void {
    const { trajectories, transitions } = this;
    const offset = this.offset;
    const next = this.packed.reserve(trajectories);
    for (let b = 0; b < trajectories; b++) {
      offset[b + 1] += offset[b];
      next[b] = offset[b];
    }
    const trajectory = this.recordedTrajectory.data;
    const recordedRow = this.recordedRow.data;
    const recordedForward = this.recordedForward.data;
    const recordedBackward = this.recordedBackward.data;
    const forwardAction = this.forwardActions.reserve(transitions);
    const backwardAction = this.backwardActions.reserve(transitions);
    const stateRow = this.stateRows.reserve(transitions + trajectories);
    const backwardCount = this.backwardCounts.reserve(transitions + trajectories);
    const countOfRow = this.stateRowsOfBatch.backwardCount;
    for (let i = 0; i < transitions; i++) {
      const b = trajectory[i];
      const t = next[b]++;
      forwardAction[t] = recordedForward[i];
      backwardAction[t] = recordedBackward[i];
      stateRow[t + b] = recordedRow[i];
      backwardCount[t + b] = countOfRow[recordedRow[i]];
    }
  }

  /** Sets row (−1: none) and number of backward actions of trajectory b's terminal state. After `finish`. */
  setTerminal(b: number, row: number, backwardCount: number): void {
    const at = this.offset[b + 1] + b;
    this.stateRow[at] = row;
    this.backwardCount[at] = backwardCount;
  }
}
