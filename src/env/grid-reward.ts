import { badArgument } from '../options.ts';
import { cosineModes } from './cosine-modes.ts';
import type { Modes } from './environment.ts';

export const gridRewardNames = ['corners', 'cosine', 'sparse', 'deceptive'] as const;
export type GridRewardName = (typeof gridRewardNames)[number];

/** Reward constants; `rewardR2` does not exist for every reward. */
export interface GridRewardConstants {
  readonly rewardR0: number;
  readonly rewardR1: number;
  readonly rewardR2: number | undefined;
}

/** Region numbers and target numbers are bit masks over the dimensions, held in a double. */
const LARGEST_MASK = 52;

/**
 * The constants with the defaults of this reward filled in. Throws ERR_ARGUMENT for a constant that the reward does
 * not have.
 */
export function gridRewardConstants(
  reward: GridRewardName,
  defaults: GridRewardConstants,
  given: Readonly<Partial<GridRewardConstants>>,
): GridRewardConstants {
  if (defaults.rewardR2 === undefined && given.rewardR2 !== undefined) {
    badArgument('rewardR2', `nothing with reward ${reward}, which has no R2`, given.rewardR2);
  }
  return {
    rewardR0: given.rewardR0 ?? defaults.rewardR0,
    rewardR1: given.rewardR1 ?? defaults.rewardR1,
    rewardR2: given.rewardR2 ?? defaults.rewardR2,
  };
}

/**
 * Rewards of grid cells, with ax = |x/(side−1) − 1/2| for each coordinate:
 * - corners: R0 + R1·∏1[ax > 0.25] + R2·∏1[0.3 < ax < 0.4] (Bengio et al. 2021, section 4.1);
 * - cosine: R0 + R1·∏(cos(50u) + 1)·φ(5u), u = cosineScale·ax, φ the standard normal density (ibid., appendix A.6);
 * - sparse: R1 where every coordinate is 1 or side−2 and at least one is side−2, else R0 (Pan et al. 2023);
 * - deceptive: R0 + R1·(1 − ∏1[ax > 0.1]) + R2·∏1[0.3 < ax < 0.4] (Kim et al. 2025).
 *
 * Thresholds are compared in integers, with d = |2x − (side−1)| = 2·(side−1)·ax, so that every language agrees.
 */
export class GridReward {
  private readonly r2: number;

  constructor(
    private readonly reward: GridRewardName,
    private readonly dimensions: number,
    private readonly side: number,
    private readonly constants: GridRewardConstants,
    private readonly cosineScale: 1 | 2,
  ) {
    this.r2 = constants.rewardR2 ?? 0;
  }

  /** log R of the cell at the first `dimensions` entries of x. */
  logReward(x: Int32Array): number {
    const { rewardR0: r0, rewardR1: r1 } = this.constants;
    switch (this.reward) {
      case 'corners':
        return Math.log(r0 + (this.inCorner(x) ? r1 : 0) + (this.inBand(x) ? this.r2 : 0));
      case 'cosine':
        return Math.log(r0 + r1 * this.cosineProduct(x));
      case 'sparse':
        return Math.log(this.isTarget(x) ? r1 : r0);
      case 'deceptive':
        return Math.log(r0 + (this.awayFromCentre(x) ? 0 : r1) + (this.inBand(x) ? this.r2 : 0));
    }
  }

  /** The modes of this reward; null where none are defined or no cell has one. */
  modes(): Modes | null {
    const { dimensions, side } = this;
    if (dimensions > LARGEST_MASK) return null;
    if (this.reward === 'sparse') {
      const single = side === 3; // 1 and side − 2 are the same coordinate
      return {
        count: single ? 1 : 2 ** dimensions - 1,
        definition: 'target cells: every coordinate 1 or side−2, at least one side−2',
        of: (x) => (this.isTarget(x) ? [single ? 0 : this.mask(x, (c) => c === side - 2) - 1] : []),
      };
    }
    if (this.reward === 'cosine')
      return this.constants.rewardR1 > 0 ? cosineModes(dimensions, this.peakShares()) : null;
    if (!this.bandHasCells()) return null;
    const maximum = this.reward === 'corners' ? 'R0+R1+R2' : 'R0+R2';
    return {
      count: 2 ** dimensions,
      definition: `the 2^${dimensions} corner regions in which a cell of reward ${maximum} was found (every coordinate with 0.3 < |x/(side−1) − 1/2| < 0.4)`,
      of: (x) => (this.inBand(x) ? [this.mask(x, (c) => 2 * c > side - 1)] : []),
    };
  }

  private mask(x: Int32Array, bit: (coordinate: number) => boolean): number {
    let mask = 0;
    for (let i = 0; i < this.dimensions; i++) if (bit(x[i])) mask += 2 ** i;
    return mask;
  }

  private inCorner(x: Int32Array): boolean {
    const m = this.side - 1;
    for (let i = 0; i < this.dimensions; i++) if (2 * Math.abs(2 * x[i] - m) <= m) return false;
    return true;
  }

  private inBand(x: Int32Array): boolean {
    for (let i = 0; i < this.dimensions; i++) if (!this.coordinateInBand(x[i])) return false;
    return true;
  }

  private coordinateInBand(coordinate: number): boolean {
    const m = this.side - 1;
    const d = 10 * Math.abs(2 * coordinate - m);
    return 6 * m < d && d < 8 * m;
  }

  private bandHasCells(): boolean {
    for (let x = 0; x < this.side; x++) if (this.coordinateInBand(x)) return true;
    return false;
  }

  private awayFromCentre(x: Int32Array): boolean {
    const m = this.side - 1;
    for (let i = 0; i < this.dimensions; i++) if (5 * Math.abs(2 * x[i] - m) <= m) return false;
    return true;
  }

  private isTarget(x: Int32Array): boolean {
    const high = this.side - 2;
    let some = false;
    for (let i = 0; i < this.dimensions; i++) {
      if (x[i] === high) some = true;
      else if (x[i] !== 1) return false;
    }
    return some;
  }

  private cosineProduct(x: Int32Array): number {
    let product = 1;
    for (let i = 0; i < this.dimensions; i++) product *= this.cosineFactor(x[i]);
    return product;
  }

  private cosineFactor(coordinate: number): number {
    const m = this.side - 1;
    const u = (this.cosineScale * Math.abs(2 * coordinate - m)) / (2 * m);
    const half = Math.cos(25 * u); // cos(50u) + 1 = 2cos²(25u), without cancellation
    const z = 5 * u;
    return (2 * half * half * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI);
  }

  /** The cosine factor of each coordinate over its largest possible value, [side]. */
  private peakShares(): Float64Array {
    const peak = 2 / Math.sqrt(2 * Math.PI);
    return Float64Array.from({ length: this.side }, (_, coordinate) => this.cosineFactor(coordinate) / peak);
  }
}
