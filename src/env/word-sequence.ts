import { badArgument, stringOption } from '../options.ts';
import { bitSequenceTestSet, resolveModes } from './bit-sequence-modes.ts';
import { wordsFor, writeBits } from './bit-packing.ts';
import type { Environment, EnvironmentParameters, Modes, ObservationSpec } from './environment.ts';
import { integer, number, resolveOptions, strings, type OptionValues } from './option.ts';
import { checkSizes, countOf, parametersOf } from './sizes.ts';

/** Most bits of a test set: all its strings together. */
const LARGEST_TEST_SET_BITS = 2 ** 25;

/** Options of the bit-sequence environments. */
export interface BitSequenceOptions {
  /** Bits of a sequence, a multiple of wordBits; default 120. */
  readonly length?: number;
  /** Bits of a word; default 8, prepend-append and autoregressive 4. */
  readonly wordBits?: number;
  /** Modes to draw; default 60. */
  readonly modeCount?: number;
  /** Explicit modes in place of drawn ones, each `length` characters 0 or 1. */
  readonly modes?: readonly string[];
  /** Seed of the drawn modes; default 1. */
  readonly modeSeed?: number;
  /** A mode counts as found when a sequence is nearer than this; default length / 4. */
  readonly modeDistance?: number;
}

/** The options of a bit-sequence environment with this default of `wordBits`. */
export function bitSequenceOptions(wordBits: number) {
  return {
    length: integer({ description: 'bits of a sequence', default: 120, minimum: 1, maximum: 2 ** 31 - 1 }),
    wordBits: integer({
      description: 'bits of a word, a divisor of length',
      default: wordBits,
      minimum: 1,
      maximum: 16,
    }),
    modeCount: integer({
      description: 'modes to draw',
      default: undefined,
      defaultText: '60',
      minimum: 1,
      maximum: 2 ** 31 - 1,
    }),
    modes: strings({
      description: 'explicit modes in place of drawn ones',
      defaultText: 'drawn from blocks of 8 bits with modeSeed',
      allowed: 'a list of strings of length bits',
    }),
    modeSeed: integer({
      description: 'seed of the drawn modes',
      default: 1,
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
    }),
    modeDistance: number({
      description: 'a mode is found by a sequence at a Hamming distance below this',
      defaultText: 'length / 4',
      minimum: 0,
      maximum: 2 ** 31 - 1,
    }),
  };
}

/** Checked options of a bit-sequence environment: everything its constructor needs. */
export type ResolvedBitSequenceOptions = OptionValues<ReturnType<typeof bitSequenceOptions>> & {
  readonly modes: readonly string[];
  readonly modeDistance: number;
};

/** Checks options and fills in defaults. Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_TOO_LARGE. */
export function resolveBitSequence(
  subject: string,
  options: ReturnType<typeof bitSequenceOptions>,
  given: BitSequenceOptions,
  actionsOf: (positions: number, words: number) => number,
): ResolvedBitSequenceOptions {
  const values = resolveOptions(subject, options, given);
  const { length, wordBits } = values;
  if (length % wordBits !== 0) badArgument('length', `a multiple of wordBits, ${wordBits}`, length);
  const positions = length / wordBits;
  const words = 2 ** wordBits;
  checkSizes(
    subject,
    {
      stateSize: positions + 1,
      actions: actionsOf(positions, words),
      backwardActions: positions,
      observationSize: positions * (words + 1),
    },
    { length, wordBits },
  );
  const modes = resolveModes(length, values);
  return { ...values, modes, modeCount: modes.length, modeDistance: values.modeDistance ?? length / 4 };
}

/**
 * What the bit-sequence environments share (Malkin et al. 2022, section 5): `positions` words of `wordBits` bits. A
 * state is the words, 2^wordBits standing for an empty position, then the number of positions filled. A trajectory
 * ends, without a stop action, when all are. log R(x) = −min over the modes of the Hamming distance / length.
 */
export abstract class WordSequence implements Environment {
  abstract readonly name: string;
  abstract readonly actions: number;
  abstract readonly backwardActions: number;
  abstract readonly stateCount: number;
  readonly parameters: EnvironmentParameters;
  readonly stateSize: number;
  readonly keyWords: number;
  readonly observation: ObservationSpec;
  readonly maximumLength: number;
  readonly terminalCount: number;
  readonly modes: Modes;
  /** The published test set (`bitSequenceTestSet`, drawn with modeSeed); absent where it would be too large. */
  readonly testSet?: () => Int32Array;
  protected readonly positions: number;
  protected readonly wordBits: number;
  /** Number of different words, and the entry of an empty position. */
  protected readonly words: number;
  private readonly length: number;
  /** [modes × positions] */
  private readonly modeWords: Int32Array;

  constructor(options: ResolvedBitSequenceOptions) {
    this.parameters = parametersOf(options);
    this.length = options.length;
    this.wordBits = options.wordBits;
    this.words = 2 ** options.wordBits;
    this.positions = options.length / options.wordBits;
    this.stateSize = this.positions + 1;
    this.keyWords = wordsFor(this.positions * (this.wordBits + 1));
    this.observation = { width: this.positions, size: this.positions * (this.words + 1) };
    this.maximumLength = this.positions;
    this.terminalCount = countOf(2 ** options.length);
    this.modeWords = new Int32Array(options.modes.length * this.positions);
    options.modes.forEach((mode, m) => {
      this.readWords(mode, this.modeWords.subarray(m * this.positions));
    });
    this.modes = {
      count: options.modes.length,
      definition: `Hamming distance below ${options.modeDistance} to one of the ${options.modes.length} modes`,
      of: (x) => options.modes.flatMap((_, m) => (this.distance(x, m) < options.modeDistance ? [m] : [])),
    };
    if (options.modes.length * options.length ** 2 <= LARGEST_TEST_SET_BITS) {
      this.testSet = () => this.parseAll(bitSequenceTestSet(options.modes, options.modeSeed));
    }
  }

  abstract allowed(state: Int32Array, action: number): boolean;
  abstract apply(state: Int32Array, action: number): number;
  abstract backwardAllowed(state: Int32Array, backward: number): boolean;
  abstract undo(state: Int32Array, backward: number): number;

  initial(state: Int32Array): void {
    state.fill(this.words, 0, this.positions);
    state[this.positions] = 0;
  }

  isTerminal(state: Int32Array): boolean {
    return state[this.positions] === this.positions;
  }

  key(state: Int32Array, key: Uint32Array): void {
    key.fill(0, 0, 2 * this.keyWords);
    let position = 0;
    for (let i = 0; i < this.positions; i++) position = writeBits(key, position, state[i], this.wordBits + 1);
  }

  observe(state: Int32Array, indices: Int32Array): void {
    for (let i = 0; i < this.positions; i++) indices[i] = i * (this.words + 1) + state[i];
  }

  logReward(x: Int32Array): number {
    let least = this.length;
    for (let m = 0; m < this.modes.count; m++) least = Math.min(least, this.distance(x, m));
    return least === 0 ? 0 : -least / this.length;
  }

  /** The bits, with `.` for those of an empty position. */
  format(state: Int32Array): string {
    let text = '';
    for (let i = 0; i < this.positions; i++) {
      const empty = state[i] === this.words;
      text += empty ? '.'.repeat(this.wordBits) : state[i].toString(2).padStart(this.wordBits, '0');
    }
    return text;
  }

  parse(text: string): Int32Array {
    stringOption('text', text);
    if (text.length !== this.length || !/^[01]*$/.test(text)) badArgument('text', `${this.length} bits`, text);
    const x = new Int32Array(this.stateSize);
    this.readWords(text, x);
    x[this.positions] = this.positions;
    return x;
  }

  /** Number of states whose filled positions come first: Σ words^i. */
  protected prefixCount(): number {
    let count = 0;
    for (let i = 0; i <= this.positions; i++) count += this.words ** i;
    return countOf(count);
  }

  /** [texts × stateSize] */
  private parseAll(texts: readonly string[]): Int32Array {
    const states = new Int32Array(texts.length * this.stateSize);
    texts.forEach((text, i) => {
      states.set(this.parse(text), i * this.stateSize);
    });
    return states;
  }

  private readWords(text: string, words: Int32Array): void {
    for (let i = 0; i < this.positions; i++) {
      words[i] = Number.parseInt(text.slice(i * this.wordBits, (i + 1) * this.wordBits), 2);
    }
  }

  /** Hamming distance of a full sequence to mode m. */
  private distance(x: Int32Array, m: number): number {
    let distance = 0;
    for (let i = 0; i < this.positions; i++) distance += popcount16(x[i] ^ this.modeWords[m * this.positions + i]);
    return distance;
  }
}

/** Number of ones of a 16-bit integer. */
function popcount16(word: number): number {
  let v = word - ((word >>> 1) & 0x5555);
  v = (v & 0x3333) + ((v >>> 2) & 0x3333);
  v = (v + (v >>> 4)) & 0x0f0f;
  return (v + (v >>> 8)) & 0x1f;
}
