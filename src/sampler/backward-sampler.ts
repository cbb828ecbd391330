import { drawChoice, drawUniform } from './draw.ts';
import { int32Buffer } from './growable-buffer.ts';
import type { RandomStream } from './philox.ts';
import { countBackward, type StateRows } from './state-rows.ts';

/** Actions of N trajectories: offset [N + 1] and forwardAction [offset[N]]. */
export interface TrajectoryActions {
  readonly offset: Int32Array;
  readonly forwardAction: Int32Array;
}

/**
 * Draws a trajectory backward from each of some terminal states, all of them side by side, until the initial state:
 * the only one without a backward action.
 */
export class BackwardSampler {
  private readonly weight: Float64Array;
  private readonly recordedTrajectory = int32Buffer();
  private readonly recordedForward = int32Buffer();

  constructor(private readonly rows: StateRows) {
    this.weight = new Float64Array(rows.environment.backwardActions);
  }

  /** `terminalStates`: [N × stateSize]. Trajectory b draws as number `firstTrajectory` + b. Clears the rows. */
  sample(terminalStates: Int32Array, random: RandomStream, firstTrajectory: number): TrajectoryActions {
    const { rows } = this;
    const { environment, model } = rows;
    const { stateSize } = environment;
    const trajectories = terminalStates.length / stateSize;
    const states = terminalStates.slice();
    const state = Array.from({ length: trajectories }, (_, b) => states.subarray(b * stateSize, (b + 1) * stateSize));
    const lengths = new Int32Array(trajectories);
    const count = new Int32Array(trajectories);
    const row = new Int32Array(trajectories);
    let active = state.map((_, b) => b);
    let recorded = 0;
    rows.clear();
    for (let step = 0; active.length > 0; step++) {
      for (const b of active) {
        count[b] = countBackward(environment, state[b]);
        row[b] = model.learnedBackward && count[b] > 1 ? rows.rowOf(state[b]) : -1;
      }
      rows.evaluate();
      active = active.filter((b) => count[b] > 0);
      for (const b of active) {
        const backward = this.draw(state[b], row[b], count[b], random.uniform(firstTrajectory + b, step));
        this.recordedTrajectory.reserve(recorded + 1)[recorded] = b;
        this.recordedForward.reserve(recorded + 1)[recorded] = environment.undo(state[b], backward);
        lengths[b]++;
        recorded++;
      }
    }
    return this.pack(lengths, recorded);
  }

  private draw(state: Int32Array, row: number, count: number, u: number): number {
    const { environment, model, backwardAllowed } = this.rows;
    const backwardLogits = model.backwardLogits;
    if (backwardLogits !== null && row >= 0) {
      return drawChoice(backwardLogits, backwardAllowed, row * this.weight.length, 1, 0, u, this.weight);
    }
    const position = drawUniform(count, u);
    let backward = -1;
    for (let passed = -1; passed < position;) {
      backward++;
      if (environment.backwardAllowed(state, backward)) passed++;
    }
    return backward;
  }

  /** Actions were recorded last first, trajectories side by side. */
  private pack(lengths: Int32Array, recorded: number): TrajectoryActions {
    const offset = new Int32Array(lengths.length + 1);
    for (let b = 0; b < lengths.length; b++) offset[b + 1] = offset[b] + lengths[b];
    const forwardAction = new Int32Array(recorded);
    const next = offset.slice(1);
    for (let i = 0; i < recorded; i++) {
      forwardAction[--next[this.recordedTrajectory.data[i]]] = this.recordedForward.data[i];
    }
    return { offset, forwardAction };
  }
}
