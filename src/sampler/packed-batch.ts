/**
 * Trajectories of a batch, packed without padding: plain arrays, nothing of the environment.
 *
 * B trajectories, T transitions in all, A actions, Ab backward actions, R rows. A row is a distinct state that the
 * model has been asked about. State t of trajectory b stands at `offset[b] + b + t` of the per-state arrays (each
 * trajectory has one state more than transitions).
 */
export interface PackedBatch {
  readonly trajectories: number;
  readonly transitions: number;
  readonly rows: number;
  /** [B + 1] first transition of each trajectory. */
  readonly offset: Int32Array;
  /** [T] */
  readonly forwardAction: Int32Array;
  /** [T] the backward action that undoes the transition, taken in its child state. */
  readonly backwardAction: Int32Array;
  /** [T + B] row of each state; −1 for a terminal state that the model is not asked about. */
  readonly stateRow: Int32Array;
  /** [T + B] number of backward actions of each state (0 for the initial one). */
  readonly backwardCount: Int32Array;
  /** [B] log R(x) at β = 1. */
  readonly logReward: Float64Array;
  /** [B × stateSize] */
  readonly terminalState: Int32Array;
  /** [B × their size] the end of each terminal state; none for trajectories without conditions. */
  readonly conditions?: Int32Array;
  /** [R × A] 1 where the action is allowed. */
  readonly allowed: Uint8Array;
  /** [R × Ab] 1 where the backward action is allowed; empty unless P_B is learned. */
  readonly backwardAllowed: Uint8Array;
  /** Edges into the visited states; only for flow matching. */
  readonly parents: ParentLists | null;
}

/**
 * For each node its incoming edges (parent row, action). Node r < visitedRows is row r, node visitedRows + b the
 * terminal state of trajectory b. Rows at or above `visitedRows` are parents that no trajectory passed.
 */
export interface ParentLists {
  readonly visitedRows: number;
  /** [visitedRows + B + 1] */
  readonly offset: Int32Array;
  readonly row: Int32Array;
  readonly action: Int32Array;
  /** [visitedRows] how many trajectories pass the row. */
  readonly multiplicity: Int32Array;
}
