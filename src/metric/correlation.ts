import { sampleCorrelation, sampleRankCorrelation } from 'simple-statistics';
import { GfnError } from '../error.ts';

/**
 * Pearson's correlation of two series, e.g. log p̂(x) with log R(x) over a set of objects. Null where it is not
 * defined: fewer than two entries, or a series that is constant or has an infinite entry (R = 0).
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  return correlate(sampleCorrelation, x, y);
}

/** Spearman's rank correlation: Pearson's of the ranks, ties getting their mean rank. Null as for `pearson`. */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  return correlate(sampleRankCorrelation, x, y);
}

function correlate(
  correlation: (x: number[], y: number[]) => number,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
): number | null {
  if (x.length !== y.length) {
    throw new GfnError('ERR_ARGUMENT', `y: expected as many numbers as x has, ${x.length}, got ${y.length}`);
  }
  const [xs, ys] = [Array.from(x), Array.from(y)];
  const usable = (values: number[]) => values.every(Number.isFinite) && values.some((value) => value !== values[0]);
  return usable(xs) && usable(ys) ? correlation(xs, ys) : null;
}
