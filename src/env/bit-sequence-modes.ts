import { GfnError } from '../error.ts';
import { badArgument } from '../options.ts';
import { Purpose, RandomStream } from '../sampler/philox.ts';

/** What modes are made of (Malkin et al. 2022, section 5): blocks of 8 bits, whatever the word length. */
const blocks = ['00000000', '11111111', '11110000', '00001111', '00111100'] as const;
const BLOCK_BITS = 8;

/** Most bits of a mode set: all modes together. */
const LARGEST_MODE_BITS = 2 ** 26;

/**
 * `count` modes of `length` bits (a multiple of 8), each a row of blocks drawn uniformly with replacement; two modes
 * may be equal. Block j of mode m comes from the uniform number (m, j) of the seed's reward stream.
 */
export function drawModes(length: number, count: number, seed: number): string[] {
  checkModeBits(length, count);
  const stream = new RandomStream(seed, Purpose.reward);
  return Array.from({ length: count }, (_, mode) => {
    let text = '';
    for (let j = 0; j < length / BLOCK_BITS; j++) text += blocks[Math.floor(stream.uniform(mode, j) * blocks.length)];
    return text;
  });
}

/**
 * The published test set (Malkin et al. 2022, section 5): every mode, and for each number of flips from 1 to n−1
 * the mode with that many distinct bits flipped: modes·n strings of n bits, mode by mode, in order of the flips.
 */
export function bitSequenceTestSet(modes: readonly string[], seed: number): string[] {
  const stream = new RandomStream(seed, Purpose.reward);
  return modes.flatMap((mode, m) =>
    Array.from(mode, (_, flips) => {
      const trajectory = modes.length + m * mode.length + flips; // numbers below modes.length draw the modes
      const order = Array.from(mode, (_, i) => i);
      const bits = Array.from(mode);
      for (let i = 0; i < flips; i++) {
        const j = i + Math.floor(stream.uniform(trajectory, i) * (order.length - i));
        [order[i], order[j]] = [order[j], order[i]];
        bits[order[i]] = bits[order[i]] === '0' ? '1' : '0';
      }
      return bits.join('');
    }),
  );
}

interface ModeOptions {
  readonly modeCount: number | undefined;
  readonly modes: readonly string[] | undefined;
  readonly modeSeed: number;
}

/** The modes given, checked, or those drawn from the seed. Throws ERR_ARGUMENT or ERR_TOO_LARGE. */
export function resolveModes(length: number, options: ModeOptions): readonly string[] {
  const { modes, modeCount = modes?.length ?? 60, modeSeed } = options;
  if (modes === undefined) {
    if (length % BLOCK_BITS !== 0) {
      badArgument('length', `a multiple of ${BLOCK_BITS} where modes are drawn from blocks (or give modes)`, length);
    }
    return drawModes(length, modeCount, modeSeed);
  }
  if (modeCount !== modes.length) {
    badArgument('modeCount', `the number of modes given, ${modes.length}, or nothing`, modeCount);
  }
  checkModeBits(length, modes.length);
  for (const mode of modes) {
    if (mode.length !== length || !/^[01]*$/.test(mode)) badArgument('modes', `strings of ${length} bits`, mode);
  }
  return modes;
}

function checkModeBits(length: number, count: number): void {
  if (length * count <= LARGEST_MODE_BITS) return;
  throw new GfnError(
    'ERR_TOO_LARGE',
    `modeCount: ${count} modes of ${length} bits are ${length * count} bits, at most ${LARGEST_MODE_BITS} are supported`,
  );
}
