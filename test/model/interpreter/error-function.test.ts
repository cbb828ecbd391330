import { expect, test } from 'vitest';
import { errorFunction } from '../../../src/model/interpreter/error-function.ts';

/** 2/√π · e^(−x²) · Σ 2^n x^(2n+1) / (2n+1)!!: all terms have one sign. */
function series(x: number): number {
  let term = x;
  let sum = 0;
  for (let n = 1; Math.abs(term) > 1e-20 * Math.abs(sum); n++) {
    sum += term;
    term *= (2 * x * x) / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

test('agrees with the series', () => {
  for (let x = -4; x <= 4; x += 1 / 64) expect(Math.abs(errorFunction(x) - series(x))).toBeLessThan(1e-14);
});

test('is ±1 to float32 further out, and NaN for NaN', () => {
  for (const x of [4.01, 10, Infinity]) {
    expect(Math.abs(errorFunction(x) - 1)).toBeLessThan(2e-8);
    expect(errorFunction(-x)).toBe(-errorFunction(x));
  }
  expect(errorFunction(NaN)).toBeNaN();
});
