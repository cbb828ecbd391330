/** What a random number is drawn for: the fourth counter word, so that uses never share a number. */
export const Purpose = {
  training: 0,
  evaluation: 1,
  replay: 2,
  backward: 3,
  initialization: 4,
  reward: 5,
  baseline: 6,
  offPolicy: 7,
  localSearch: 8,
  condition: 9,
} as const;
export type Purpose = (typeof Purpose)[keyof typeof Purpose];

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** High 32 bits of the product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const low = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(low / 0x10000)) >>> 0;
}

/**
 * Philox 4x32-10 (Salmon et al. 2011): four unsigned words from a counter of four words and a key of two. Writes
 * into `out`.
 */
export function philox(
  out: Uint32Array,
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
): void {
  let c0 = counter0 >>> 0;
  let c1 = counter1 >>> 0;
  let c2 = counter2 >>> 0;
  let c3 = counter3 >>> 0;
  let k0 = key0 >>> 0;
  let k1 = key1 >>> 0;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(M0, c0);
    const low0 = Math.imul(M0, c0) >>> 0;
    const high1 = multiplyHigh(M1, c2);
    const low1 = Math.imul(M1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/**
 * Uniform numbers that depend only on seed, trajectory number, step and purpose: never on batch order, threads or
 * language.
 */
export class RandomStream {
  private readonly words = new Uint32Array(4);
  private readonly key0: number;
  private readonly key1: number;

  /** `seed`: an integer in [0, 2^53). */
  constructor(
    seed: number,
    private readonly purpose: Purpose,
  ) {
    this.key0 = seed >>> 0;
    this.key1 = Math.floor(seed / 0x100000000) >>> 0;
  }

  /** The uniform double in [0, 1) (53 bits) of this trajectory (in [0, 2^53)) and step. */
  uniform(trajectory: number, step: number): number {
    const words = this.draw(trajectory, step);
    return ((words[0] >>> 5) * 0x4000000 + (words[1] >>> 6)) / 0x20000000000000;
  }

  /** The four words of this trajectory and step; overwritten by the next draw. */
  draw(trajectory: number, step: number): Uint32Array {
    philox(
      this.words,
      trajectory >>> 0,
      Math.floor(trajectory / 0x100000000) >>> 0,
      step,
      this.purpose,
      this.key0,
      this.key1,
    );
    return this.words;
  }
}
