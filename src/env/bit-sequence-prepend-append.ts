import type { EnvironmentDefinition } from './definition.ts';
import {
  bitSequenceOptions,
  resolveBitSequence,
  WordSequence,
  type BitSequenceOptions,
  type ResolvedBitSequenceOptions,
} from './word-sequence.ts';

const options = bitSequenceOptions(4);
const REMOVE_LAST = 0;
const REMOVE_FIRST = 1;

/**
 * Bit sequences grown at both ends (Shen et al. 2023): action w appends word w, action 2^wordBits + w prepends it;
 * backward action 0 removes the last word, 1 the first.
 *
 * Edges are unique: w·s = s·v only if s repeats w and v = w, so there w is only appended; likewise removing the first
 * and the last word of s give the same parent only if s repeats one word, so there only the last is removed.
 */
class BitSequencePrependAppend extends WordSequence {
  readonly name = 'bit-sequence-prepend-append';
  readonly actions: number;
  readonly backwardActions = 2;
  readonly stateCount: number;

  constructor(resolved: ResolvedBitSequenceOptions) {
    super(resolved);
    this.actions = 2 * this.words;
    this.stateCount = this.prefixCount();
  }

  allowed(state: Int32Array, action: number): boolean {
    if (state[this.positions] === this.positions) return false;
    return action < this.words || !this.repeats(state, action - this.words);
  }

  apply(state: Int32Array, action: number): number {
    const count = state[this.positions]++;
    if (action < this.words) {
      state[count] = action;
      return REMOVE_LAST;
    }
    state.copyWithin(1, 0, count);
    state[0] = action - this.words;
    return REMOVE_FIRST;
  }

  backwardAllowed(state: Int32Array, backward: number): boolean {
    return backward === REMOVE_LAST ? state[this.positions] > 0 : !this.repeats(state, state[0]);
  }

  undo(state: Int32Array, backward: number): number {
    const count = --state[this.positions];
    const word = state[backward === REMOVE_LAST ? count : 0];
    if (backward === REMOVE_FIRST) state.copyWithin(0, 1, count + 1);
    state[count] = this.words;
    return backward === REMOVE_LAST ? word : this.words + word;
  }

  /** Whether every word of the sequence is `word`; true of the empty one. */
  private repeats(state: Int32Array, word: number): boolean {
    for (let i = 0; i < state[this.positions]; i++) if (state[i] !== word) return false;
    return true;
  }
}

/** Builds a prepend-append bit sequence. Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_TOO_LARGE. */
export function bitSequencePrependAppend(given: BitSequenceOptions = {}): WordSequence {
  const resolved = resolveBitSequence('bit-sequence-prepend-append', options, given, (_, words) => 2 * words);
  return new BitSequencePrependAppend(resolved);
}

export const bitSequencePrependAppendDefinition: EnvironmentDefinition = {
  name: 'bit-sequence-prepend-append',
  summary: 'bit sequences, words added at either end (Shen et al. 2023)',
  options,
  create: bitSequencePrependAppend,
};
