import { countOf } from './sizes.ts';

/** n choose k, exactly. */
export function binomial(n: number, k: number): bigint {
  let value = 1n;
  for (let i = 1; i <= k; i++) value = (value * BigInt(n - k + i)) / BigInt(i);
  return value;
}

/** n! / (n − k)!, exactly. */
export function fallingFactorial(n: number, k: number): bigint {
  let value = 1n;
  for (let i = 0; i < k; i++) value *= BigInt(n - i);
  return value;
}

/** A sum of exact counts as the `Environment` contract wants it: Infinity above 2^53. */
export function totalCount(counts: readonly bigint[]): number {
  return countOf(Number(counts.reduce((sum, count) => sum + count, 0n)));
}
