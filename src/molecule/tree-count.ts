import type { BlockTables } from './block-tables.ts';

/** A power series in the number of blocks, up to the most blocks of a molecule. */
type Series = readonly bigint[];

/** Numbers of block trees that the process can build, by their number of blocks. */
export interface TreeCounts {
  /** [maximum + 1] */
  readonly all: readonly bigint[];
  /** [maximum + 1] Those without an open stem. */
  readonly closed: readonly bigint[];
}

/**
 * Counts block trees up to isomorphism by Pólya's theorem, with the series of Otter (1948) for trees without a root:
 * trees with a root less trees with a junction bond that no automorphism turns around as their root. Roots are blocks
 * that all others can have been joined to, one after the other: each hangs by one of its joins. They are a subtree of
 * the tree, and the junction bonds within it are those that join at both ends.
 */
export function countTrees(tables: BlockTables, maximum: number): TreeCounts {
  return {
    all: withoutRoot(tables, maximum, 1n),
    closed: withoutRoot(tables, maximum, 0n),
  };
}

/** `open`: ways of a stem to be left open, 1 or 0. */
function withoutRoot(tables: BlockTables, maximum: number, open: bigint): Series {
  const degree = maximum + 1;
  let hanging: Series = Array<bigint>(degree).fill(0n);
  // Every round is right for one block more.
  for (let round = 0; round < maximum; round++) hanging = hangingTrees(tables, withStem(hanging, open));
  const rooted = Array<bigint>(degree).fill(0n);
  const fill = new Arrangements(withStem(hanging, open));
  for (let block = 0; block < tables.blocks; block++) {
    const { capacity, automorphisms } = {
      capacity: tables.capacity[block],
      automorphisms: tables.automorphisms[block],
    };
    const count = fill.count(capacity, automorphisms);
    for (let n = 1; n < degree; n++) rooted[n] += count[n - 1];
  }
  const square = product(hanging, hanging);
  const turned = spread(hanging, 2);
  return rooted.map((count, n) => count - (square[n] - turned[n]) / 2n);
}

/** Trees that hang by one of their joins, from one end of a junction bond. */
function hangingTrees(tables: BlockTables, stem: Series): Series {
  const count = Array<bigint>(stem.length).fill(0n);
  const fill = new Arrangements(stem);
  for (let join = 0; join < tables.joins; join++) {
    const block = tables.joinBlock[join];
    const held = tables.joinAttachment[join];
    const capacity = tables.capacity[block].map((bonds, attachment) => bonds - (attachment === held ? 1 : 0));
    const fixing = tables.automorphisms[block].filter((images) => images[held] === held);
    const below = fill.count(capacity, fixing);
    for (let n = 1; n < count.length; n++) count[n] += below[n - 1];
  }
  return count;
}

function withStem(hanging: Series, open: bigint): Series {
  return hanging.map((count, n) => (n === 0 ? open : count));
}

/** Ways to put on the attachments of a block what `stem` counts, up to automorphisms of the block. */
class Arrangements {
  private readonly fillings = new Map<string, Series>();

  constructor(private readonly stem: Series) {}

  /** The average over the automorphisms of what they leave as it is. */
  count(capacity: readonly number[], automorphisms: readonly (readonly number[])[]): Series {
    const kinds = new Map<string, { cycles: [length: number, bonds: number][]; times: bigint }>();
    for (const images of automorphisms) {
      const cycles = cyclesOf(images).map(([first, length]): [number, number] => [length, capacity[first]]);
      const kind = cycles
        .map((cycle) => cycle.join())
        .sort()
        .join(' ');
      kinds.set(kind, { cycles, times: (kinds.get(kind)?.times ?? 0n) + 1n });
    }
    const sum = Array<bigint>(this.stem.length).fill(0n);
    for (const { cycles, times } of kinds.values()) {
      let term: Series = sum.map((_, n) => (n === 0 ? times : 0n));
      for (const [length, bonds] of cycles) term = product(term, this.filling(length, bonds));
      term.forEach((count, n) => (sum[n] += count));
    }
    return sum.map((count) => count / BigInt(automorphisms.length));
  }

  /**
   * Ways to fill `length` attachments of so many bonds each that an automorphism turns round: all alike, and bonds of
   * one attachment in no order. m·h_m = Σ_k p_k h_(m−k), as for homogeneous symmetric functions.
   */
  private filling(length: number, bonds: number): Series {
    const key = `${length} ${bonds}`;
    const known = this.fillings.get(key);
    if (known !== undefined) return known;
    let sum: Series = this.stem.map((_, n) => (n === 0 && bonds === 0 ? 1n : 0n));
    for (let k = 1; k <= bonds; k++) {
      const term = product(spread(this.stem, k * length), this.filling(length, bonds - k));
      sum = sum.map((count, n) => count + term[n]);
    }
    if (bonds > 0) sum = sum.map((count) => count / BigInt(bonds));
    this.fillings.set(key, sum);
    return sum;
  }
}

function cyclesOf(images: readonly number[]): [first: number, length: number][] {
  const cycles: [number, number][] = [];
  const seen = images.map(() => false);
  for (let first = 0; first < images.length; first++) {
    let length = 0;
    for (let i = first; !seen[i]; i = images[i]) {
      seen[i] = true;
      length++;
    }
    if (length > 0) cycles.push([first, length]);
  }
  return cycles;
}

/** a(z)·b(z), as far as the series go. */
function product(a: Series, b: Series): bigint[] {
  const result = a.map(() => 0n);
  for (let i = 0; i < a.length; i++) {
    if (a[i] === 0n) continue;
    for (let j = 0; i + j < a.length; j++) result[i + j] += a[i] * b[j];
  }
  return result;
}

/** a(z^k) */
function spread(a: Series, k: number): bigint[] {
  return a.map((_, n) => (n % k === 0 ? a[n / k] : 0n));
}
