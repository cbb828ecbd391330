import type { Modes } from './environment.ts';

/** How near a cell is to the peak, on average over the dimensions: γ of torchgfn's `mode_gamma`. */
const GAMMA = 0.8;
/** More cells than this are not listed. */
const MOST_CELLS = 2 ** 16;

/**
 * The modes of the cosine reward: cells where ∏ (cos(50u) + 1)·φ(5u) is at least γ^n of the largest value that it can
 * have, (2 / √(2π))^n; `share[c]` is the share of 2 / √(2π) that coordinate c has. Null where no cell reaches that,
 * as on coarse grids, or more than 65,536 do.
 */
export function cosineModes(dimensions: number, share: Float64Array): Modes | null {
  const cells = listCells(dimensions, share);
  if (cells === null || cells.length === 0) return null;
  const number = new Map(cells.map((cell, i) => [cell, i]));
  return {
    count: cells.length,
    definition: `the ${cells.length} cells whose product of cosine factors is at least ${GAMMA}^${dimensions} of its largest possible value`,
    of: (x) => {
      const mode = number.get(x.subarray(0, dimensions).join(','));
      return mode === undefined ? [] : [mode];
    },
  };
}

/** The cells as text, in lexicographic order; null if they are too many. */
function listCells(dimensions: number, share: Float64Array): string[] | null {
  const largest = share.reduce((high, value) => Math.max(high, value), 0);
  // What the coordinates still to come can make good at most.
  const rest = Array.from({ length: dimensions }, (_, taken) => (largest / GAMMA) ** (dimensions - 1 - taken));
  const coordinates = [...share.keys()].filter((c) => (share[c] / GAMMA) * rest[0] >= 1);
  const cells: string[] = [];
  const cell: number[] = [];
  const extend = (product: number): boolean => {
    const taken = cell.length;
    if (taken === dimensions) return cells.push(cell.join(',')) <= MOST_CELLS;
    for (const c of coordinates) {
      const next = product * (share[c] / GAMMA);
      if (next * rest[taken] < 1) continue;
      cell.push(c);
      const few = extend(next);
      cell.pop();
      if (!few) return false;
    }
    return true;
  };
  return extend(1) ? cells : null;
}
