import type { EnvironmentDefinition } from './definition.ts';
import { countOf } from './sizes.ts';
import {
  bitSequenceOptions,
  resolveBitSequence,
  WordSequence,
  type BitSequenceOptions,
  type ResolvedBitSequenceOptions,
} from './word-sequence.ts';

const options = bitSequenceOptions(8);

/**
 * Bit sequences filled in any order (Tiapkin et al. 2024): action p·2^wordBits + w writes word w at the
 * empty position p, backward action p empties position p.
 */
class BitSequence extends WordSequence {
  readonly name = 'bit-sequence';
  readonly actions: number;
  readonly backwardActions: number;
  readonly stateCount: number;

  constructor(resolved: ResolvedBitSequenceOptions) {
    super(resolved);
    this.actions = this.positions * this.words;
    this.backwardActions = this.positions;
    this.stateCount = countOf((this.words + 1) ** this.positions);
  }

  allowed(state: Int32Array, action: number): boolean {
    return state[action >>> this.wordBits] === this.words;
  }

  apply(state: Int32Array, action: number): number {
    const position = action >>> this.wordBits;
    state[position] = action & (this.words - 1);
    state[this.positions]++;
    return position;
  }

  backwardAllowed(state: Int32Array, backward: number): boolean {
    return state[backward] !== this.words;
  }

  undo(state: Int32Array, backward: number): number {
    const action = backward * this.words + state[backward];
    state[backward] = this.words;
    state[this.positions]--;
    return action;
  }
}

/** Builds a non-autoregressive bit sequence. Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_TOO_LARGE. */
export function bitSequence(given: BitSequenceOptions = {}): WordSequence {
  return new BitSequence(resolveBitSequence('bit-sequence', options, given, (positions, words) => positions * words));
}

export const bitSequenceDefinition: EnvironmentDefinition = {
  name: 'bit-sequence',
  summary: 'bit sequences, words written at any empty position (Tiapkin et al. 2024)',
  options,
  create: bitSequence,
};
