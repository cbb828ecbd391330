import { GfnError } from '../error.ts';

/*
 * Distances between two distributions over the same objects, each an array of probabilities. `learned` is p_θ or an
 * empirical p̂, `target` is p. Logarithms are natural. All throw ERR_ARGUMENT if the lengths differ.
 */

/** Σ|p̂(x) − p(x)|, in [0, 2]. */
export function l1Sum(learned: Float64Array, target: Float64Array): number {
  checkLengths(learned, target);
  let sum = 0;
  for (let i = 0; i < target.length; i++) sum += Math.abs(learned[i] - target[i]);
  return sum;
}

/** Σ|p̂(x) − p(x)| / |X|: the L1 of Bengio et al. 2021. */
export function l1Mean(learned: Float64Array, target: Float64Array): number {
  return l1Sum(learned, target) / target.length;
}

/** ½ Σ|p̂(x) − p(x)|, in [0, 1]. */
export function totalVariation(learned: Float64Array, target: Float64Array): number {
  return 0.5 * l1Sum(learned, target);
}

/** KL(p̂ ‖ p) = Σ p̂ log(p̂ / p); Infinity where p̂ has mass and p none. */
export function klDivergence(learned: Float64Array, target: Float64Array): number {
  checkLengths(learned, target);
  let sum = 0;
  for (let i = 0; i < target.length; i++) if (learned[i] > 0) sum += learned[i] * Math.log(learned[i] / target[i]);
  return sum;
}

/** Jensen-Shannon divergence ½ KL(p̂ ‖ m) + ½ KL(p ‖ m), m = (p̂ + p) / 2; in [0, log 2]. */
export function jensenShannonDivergence(learned: Float64Array, target: Float64Array): number {
  checkLengths(learned, target);
  const mixture = target.map((p, i) => 0.5 * (p + learned[i]));
  return 0.5 * (klDivergence(learned, mixture) + klDivergence(target, mixture));
}

function checkLengths(learned: Float64Array, target: Float64Array): void {
  if (learned.length === target.length) return;
  throw new GfnError(
    'ERR_ARGUMENT',
    `learned: expected as many probabilities as the target has, ${target.length}, got ${learned.length}`,
  );
}
