import type { EnvironmentDefinition } from './definition.ts';
import {
  bitSequenceOptions,
  resolveBitSequence,
  WordSequence,
  type BitSequenceOptions,
  type ResolvedBitSequenceOptions,
} from './word-sequence.ts';

const options = bitSequenceOptions(4);

/**
 * Bit sequences written from left to right (Malkin et al. 2022, section 5): action w appends word w, the only
 * backward action removes the last word. The states form a tree.
 */
class BitSequenceAutoregressive extends WordSequence {
  readonly name = 'bit-sequence-autoregressive';
  readonly actions: number;
  readonly backwardActions = 1;
  readonly stateCount: number;

  constructor(resolved: ResolvedBitSequenceOptions) {
    super(resolved);
    this.actions = this.words;
    this.stateCount = this.prefixCount();
  }

  allowed(state: Int32Array): boolean {
    return state[this.positions] < this.positions;
  }

  apply(state: Int32Array, action: number): number {
    state[state[this.positions]++] = action;
    return 0;
  }

  backwardAllowed(state: Int32Array): boolean {
    return state[this.positions] > 0;
  }

  undo(state: Int32Array): number {
    const last = --state[this.positions];
    const action = state[last];
    state[last] = this.words;
    return action;
  }
}

/** Builds an autoregressive bit sequence. Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_TOO_LARGE. */
export function bitSequenceAutoregressive(given: BitSequenceOptions = {}): WordSequence {
  const resolved = resolveBitSequence('bit-sequence-autoregressive', options, given, (_, words) => words);
  return new BitSequenceAutoregressive(resolved);
}

export const bitSequenceAutoregressiveDefinition: EnvironmentDefinition = {
  name: 'bit-sequence-autoregressive',
  summary: 'bit sequences, words appended from left to right (Malkin et al. 2022)',
  options,
  create: bitSequenceAutoregressive,
};
