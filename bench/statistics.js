import { medianSorted, quantileSorted } from 'simple-statistics';

const ascending = (/** @type {readonly number[]} */ values) => [...values].sort((a, b) => a - b);

/** The middle one, or the mean of the two. */
export function median(/** @type {readonly number[]} */ values) {
  return medianSorted(ascending(values));
}

/** How far values lie apart: quartiles, 99th percentile, extremes. */
export function spread(/** @type {readonly number[]} */ values) {
  const sorted = ascending(values);
  return {
    n: sorted.length,
    lowest: sorted[0],
    quartile1: quantileSorted(sorted, 0.25),
    median: medianSorted(sorted),
    quartile3: quantileSorted(sorted, 0.75),
    p99: quantileSorted(sorted, 0.99),
    highest: sorted[sorted.length - 1],
  };
}

/**
 * How many times longer the first took, pair by pair: what slows a round down slows both. `longer[i]` and `shorter[i]`
 * were measured in round i.
 */
export function pairedRatios(/** @type {readonly number[]} */ longer, /** @type {readonly number[]} */ shorter) {
  if (longer.length !== shorter.length) {
    throw new RangeError(`pairs: expected as many of both, got ${longer.length} and ${shorter.length}`);
  }
  return longer.map((value, round) => value / shorter[round]);
}

/**
 * a and b of total ≈ a · first + b · second: least squares of the relative error, so that small totals count as much as
 * large ones.
 * @param {readonly number[]} first
 * @param {readonly number[]} second
 * @param {readonly number[]} total
 */
export function costs(first, second, total) {
  let [ff, fs, ss, f, s] = [0, 0, 0, 0, 0];
  total.forEach((value, i) => {
    const [x, y] = [first[i] / value, second[i] / value];
    ff += x * x;
    fs += x * y;
    ss += y * y;
    f += x;
    s += y;
  });
  const determinant = ff * ss - fs * fs;
  return [(f * ss - s * fs) / determinant, (s * ff - f * fs) / determinant];
}
