import { gammaln } from 'simple-statistics';
import { integerOption } from '../options.ts';

/**
 * The empirical L1 sum that a perfect sampler shows: E Σ|p̂(x) − p(x)| with p̂ from n independent samples of p. An
 * empirical figure cannot be expected below it.
 *
 * Exact: for X ~ Binomial(n, p) and m = ⌊np⌋ + 1, E|X − np| = 2m·C(n, m)·p^m·(1 − p)^(n − m + 1) (de Moivre).
 */
export function empiricalL1SumFloor(target: ArrayLike<number>, samples: number): number {
  integerOption('samples', samples, 1, Number.MAX_SAFE_INTEGER);
  let sum = 0;
  for (let i = 0; i < target.length; i++) sum += meanDeviation(samples, target[i]);
  return sum / samples;
}

/** E|X − np| of X ~ Binomial(n, p). */
function meanDeviation(n: number, p: number): number {
  const m = Math.floor(n * p) + 1;
  if (p <= 0 || m > n) return 0; // X is constant
  const logChoose = gammaln(n + 1) - gammaln(m + 1) - gammaln(n - m + 1);
  return 2 * m * Math.exp(logChoose + m * Math.log(p) + (n - m + 1) * Math.log1p(-p));
}
