import type { Environment } from '../env/environment.ts';
import { int32Buffer, uint8Buffer } from './growable-buffer.ts';
import { RowLimitError } from './row-limit.ts';
import type { RowModel } from './row-model.ts';
import { StateTable } from './state-table.ts';

/**
 * The distinct states of a batch, a row each: the state, its masks, and through the model its outputs. Arrays hold at
 * least `count` rows and are replaced when they grow.
 */
export class StateRows {
  /** Most rows; one more makes `rowOf` throw RowLimitError. */
  limit = Infinity;
  /** Bytes that the limit counts for a row: for its message. */
  limitedBytesPerRow = 0;
  private readonly table: StateTable;
  private readonly key: Uint32Array;
  private readonly indices: Int32Array;
  private readonly states = int32Buffer();
  private readonly allowedMasks = uint8Buffer();
  private readonly backwardMasks = uint8Buffer();
  private readonly backwardCounts = int32Buffer();
  private evaluated = 0;

  constructor(
    readonly environment: Environment,
    readonly model: RowModel,
  ) {
    this.table = new StateTable(2 * environment.keyWords);
    this.key = new Uint32Array(2 * environment.keyWords);
    this.indices = new Int32Array(environment.observation.width);
  }

  get count(): number {
    return this.table.count;
  }

  /** [R × A] */
  get allowed(): Uint8Array {
    return this.allowedMasks.data;
  }

  /** [R × Ab]; empty unless P_B is learned. */
  get backwardAllowed(): Uint8Array {
    return this.backwardMasks.data;
  }

  /** [R] number of backward actions. */
  get backwardCount(): Int32Array {
    return this.backwardCounts.data;
  }

  /** Bytes that a row takes, the model's buffers and the table's slots included. */
  get bytesPerRow(): number {
    const { stateSize, actions, backwardActions, keyWords } = this.environment;
    const masks = actions + (this.model.learnedBackward ? backwardActions : 0);
    const slots = 4 * (4 + 4);
    return 4 * stateSize + masks + 4 + 8 * keyWords + slots + this.model.bytesPerRow;
  }

  clear(): void {
    this.table.clear();
    this.evaluated = 0;
  }

  /** The row of a state. An unseen one gets the next row; `evaluate` must follow before the model's outputs are read. */
  rowOf(state: Int32Array): number {
    this.environment.key(state, this.key);
    const known = this.table.count;
    const row = this.table.rowOf(this.key);
    if (row === known) {
      if (row >= this.limit) throw new RowLimitError(this.limit, this.limitedBytesPerRow);
      this.writeState(row, state);
      this.writeMasks(row, state);
      this.environment.observe(state, this.indices);
      this.model.observe(row, this.indices);
    }
    return row;
  }

  /** Asks the model about the rows that are new since the last call. */
  evaluate(): void {
    if (this.evaluated < this.count) this.model.evaluate(this.evaluated, this.count);
    this.evaluated = this.count;
  }

  /** Copies the state of a row into `state`. */
  readState(row: number, state: Int32Array): void {
    const { stateSize } = this.environment;
    const states = this.states.data;
    for (let i = 0, at = row * stateSize; i < stateSize; i++, at++) state[i] = states[at];
  }

  private writeState(row: number, state: Int32Array): void {
    const { stateSize } = this.environment;
    const states = this.states.reserve((row + 1) * stateSize);
    for (let i = 0, at = row * stateSize; i < stateSize; i++, at++) states[at] = state[i];
  }

  private writeMasks(row: number, state: Int32Array): void {
    const { environment } = this;
    const { actions, backwardActions } = environment;
    const allowed = this.allowedMasks.reserve((row + 1) * actions);
    for (let action = 0, at = row * actions; action < actions; action++, at++) {
      allowed[at] = environment.allowed(state, action) ? 1 : 0;
    }
    this.backwardCounts.reserve(row + 1)[row] = countBackward(environment, state);
    if (!this.model.learnedBackward) return;
    const backwardAllowed = this.backwardMasks.reserve((row + 1) * backwardActions);
    for (let backward = 0, at = row * backwardActions; backward < backwardActions; backward++, at++) {
      backwardAllowed[at] = environment.backwardAllowed(state, backward) ? 1 : 0;
    }
  }
}

/** Number of backward actions of a state. */
export function countBackward(environment: Environment, state: Int32Array): number {
  let count = 0;
  for (let backward = 0; backward < environment.backwardActions; backward++) {
    if (environment.backwardAllowed(state, backward)) count++;
  }
  return count;
}
