/** How a sequence may grow. */
export type SequenceStyle = 'append' | 'prepend-append' | 'insert';
export const sequenceStyles: readonly SequenceStyle[] = ['append', 'prepend-append', 'insert'];

/**
 * One way for a sequence to grow by a symbol. Methods get the symbols of a sequence of `length` and change only those;
 * `symbols` is the size of the alphabet. Every edge exists once: no two allowed actions give the same sequence, no two
 * allowed backward actions the same parent.
 */
export interface SequenceGrowth {
  readonly actions: number;
  readonly backwardActions: number;
  allowed(state: Int32Array, length: number, action: number): boolean;
  /** Adds a symbol; returns the backward action that removes it. */
  apply(state: Int32Array, length: number, action: number): number;
  backwardAllowed(state: Int32Array, length: number, backward: number): boolean;
  /** Removes a symbol; returns the forward action that adds it. */
  undo(state: Int32Array, length: number, backward: number): number;
}

/** Growth of sequences of at most `maximum` of this many `symbols`, whose number marks an empty position. */
export function sequenceGrowth(style: SequenceStyle, symbols: number, maximum: number): SequenceGrowth {
  if (style === 'append') return new Append(symbols);
  return style === 'insert' ? new Insert(symbols, maximum) : new PrependAppend(symbols);
}

/** Action w appends symbol w, backward action 0 removes the last one: the states form a tree. */
class Append implements SequenceGrowth {
  readonly actions: number;
  readonly backwardActions = 1;

  constructor(private readonly symbols: number) {
    this.actions = symbols;
  }

  allowed(): boolean {
    return true;
  }

  apply(state: Int32Array, length: number, action: number): number {
    state[length] = action;
    return 0;
  }

  backwardAllowed(): boolean {
    return true;
  }

  undo(state: Int32Array, length: number): number {
    const action = state[length - 1];
    state[length - 1] = this.symbols;
    return action;
  }
}

const REMOVE_LAST = 0;
const REMOVE_FIRST = 1;

/**
 * Action w appends symbol w, action `symbols` + w prepends it; backward action 0 removes the last symbol, 1 the first.
 * w·s = s·v only where s repeats w and v = w, so there w is only appended and only the last symbol removed.
 */
class PrependAppend implements SequenceGrowth {
  readonly actions: number;
  readonly backwardActions = 2;

  constructor(private readonly symbols: number) {
    this.actions = 2 * symbols;
  }

  allowed(state: Int32Array, length: number, action: number): boolean {
    return action < this.symbols || !repeats(state, length, action - this.symbols);
  }

  apply(state: Int32Array, length: number, action: number): number {
    if (action < this.symbols) {
      state[length] = action;
      return REMOVE_LAST;
    }
    insertAt(state, length, 0, action - this.symbols);
    return REMOVE_FIRST;
  }

  backwardAllowed(state: Int32Array, length: number, backward: number): boolean {
    return backward === REMOVE_LAST || !repeats(state, length, state[0]);
  }

  undo(state: Int32Array, length: number, backward: number): number {
    const symbol = removeAt(state, length, backward === REMOVE_LAST ? length - 1 : 0, this.symbols);
    return backward === REMOVE_LAST ? symbol : this.symbols + symbol;
  }
}

/**
 * Action p·symbols + w inserts symbol w before position p, or at the end where p is the length; backward action p
 * removes the symbol at position p.
 *
 * Inserting w at p < q gives the same sequence just where all symbols from p to q − 1 are w. So w is inserted only at
 * the front of a run of w (the symbol before p is another one), and only the first symbol of a run is removed: one
 * action for every child, one backward action for every parent.
 */
class Insert implements SequenceGrowth {
  readonly actions: number;
  readonly backwardActions: number;

  constructor(
    private readonly symbols: number,
    maximum: number,
  ) {
    this.actions = maximum * symbols;
    this.backwardActions = maximum;
  }

  allowed(state: Int32Array, length: number, action: number): boolean {
    const position = Math.floor(action / this.symbols);
    return position <= length && (position === 0 || state[position - 1] !== action % this.symbols);
  }

  apply(state: Int32Array, length: number, action: number): number {
    const position = Math.floor(action / this.symbols);
    insertAt(state, length, position, action % this.symbols);
    return position;
  }

  backwardAllowed(state: Int32Array, length: number, backward: number): boolean {
    return backward < length && (backward === 0 || state[backward - 1] !== state[backward]);
  }

  undo(state: Int32Array, length: number, backward: number): number {
    return backward * this.symbols + removeAt(state, length, backward, this.symbols);
  }
}

/** Whether every symbol of the sequence is `symbol`; true of the empty one. */
function repeats(state: Int32Array, length: number, symbol: number): boolean {
  for (let i = 0; i < length; i++) if (state[i] !== symbol) return false;
  return true;
}

function insertAt(state: Int32Array, length: number, position: number, symbol: number): void {
  state.copyWithin(position + 1, position, length);
  state[position] = symbol;
}

/** Removes and returns the symbol at a position; `empty` marks the position that gets free. */
function removeAt(state: Int32Array, length: number, position: number, empty: number): number {
  const symbol = state[position];
  state.copyWithin(position, position + 1, length);
  state[length - 1] = empty;
  return symbol;
}
