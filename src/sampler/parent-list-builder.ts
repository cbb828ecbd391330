import { int32Buffer } from './growable-buffer.ts';
import type { PackedBatch, ParentLists } from './packed-batch.ts';
import type { StateRows } from './state-rows.ts';

/** Finds the edges into every visited state. Arrays hold at least the stated elements and are reused. */
export class ParentListBuilder implements ParentLists {
  visitedRows = 0;
  private edges = 0;
  private readonly offsets = int32Buffer();
  private readonly rows = int32Buffer();
  private readonly actions = int32Buffer();
  private readonly multiplicities = int32Buffer();
  private readonly child: Int32Array;
  private readonly parent: Int32Array;

  constructor(private readonly stateRows: StateRows) {
    this.child = new Int32Array(stateRows.environment.stateSize);
    this.parent = new Int32Array(stateRows.environment.stateSize);
  }

  /** Bytes that a row and the edges into it take. */
  get bytesPerRow(): number {
    return 2 * 4 * (this.stateRows.environment.backwardActions + 1);
  }

  get offset(): Int32Array {
    return this.offsets.data;
  }
  get row(): Int32Array {
    return this.rows.data;
  }
  get action(): Int32Array {
    return this.actions.data;
  }
  get multiplicity(): Int32Array {
    return this.multiplicities.data;
  }

  /**
   * Lists the parents of all visited rows and of the terminal states of a batch sampled with uniform P_B (whose rows
   * are the visited live states). Parents that no trajectory passed get further rows, evaluated in one call.
   */
  build(batch: PackedBatch, terminalStates: readonly Int32Array[]): void {
    const { stateRows, child } = this;
    const { trajectories } = batch;
    this.visitedRows = stateRows.count;
    this.edges = 0;
    const offset = this.offsets.reserve(this.visitedRows + trajectories + 1);
    offset[0] = 0;
    for (let row = 0; row < this.visitedRows; row++) {
      stateRows.readState(row, child);
      this.addParents(child);
      offset[row + 1] = this.edges;
    }
    for (let b = 0; b < trajectories; b++) {
      this.addParents(terminalStates[b]);
      offset[this.visitedRows + b + 1] = this.edges;
    }
    stateRows.evaluate();
    this.countVisits(batch);
  }

  private addParents(child: Int32Array): void {
    const { stateRows, parent } = this;
    const { environment } = stateRows;
    for (let backward = 0; backward < environment.backwardActions; backward++) {
      if (!environment.backwardAllowed(child, backward)) continue;
      parent.set(child);
      const edge = this.edges++;
      this.actions.reserve(edge + 1)[edge] = environment.undo(parent, backward);
      this.rows.reserve(edge + 1)[edge] = stateRows.rowOf(parent);
    }
  }

  private countVisits(batch: PackedBatch): void {
    const multiplicity = this.multiplicities.reserve(this.visitedRows).fill(0, 0, this.visitedRows);
    const { offset, stateRow } = batch;
    for (let b = 0; b < batch.trajectories; b++) {
      for (let t = offset[b]; t < offset[b + 1]; t++) multiplicity[stateRow[t + b]]++;
    }
  }
}
