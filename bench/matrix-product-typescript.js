import { performance } from 'node:perf_hooks';
import { multiplyAdd } from '../dist/model/interpreter/matrix-product.js';

/**
 * One product of a training step: c[m × n] += left[m × k] · right[k × n], where a factor may stand transposed.
 * @typedef {object} Product
 * @property {string} name
 * @property {number} m
 * @property {number} n
 * @property {number} k
 * @property {boolean} transposeLeft
 * @property {boolean} transposeRight
 */

/** Uniform in [−1, 1): Numerical Recipes' 32-bit generator; reference/matrix_product.cpp draws the same. */
export function uniform(/** @type {number} */ count, /** @type {number} */ seed) {
  const values = new Float32Array(count);
  let state = seed >>> 0;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = state / 2 ** 31 - 1;
  }
  return values;
}

/** Seconds of `repetitions` products by the TypeScript path, and the sum of the elements of all of them added up. */
export function timeTypeScript(
  /** @type {Product} */ { m, n, k, transposeLeft, transposeRight },
  /** @type {number} */ repetitions,
) {
  const left = {
    data: uniform(m * k, 1),
    offset: 0,
    rowStride: transposeLeft ? 1 : k,
    columnStride: transposeLeft ? m : 1,
  };
  const right = {
    data: uniform(k * n, 2),
    offset: 0,
    rowStride: transposeRight ? 1 : n,
    columnStride: transposeRight ? k : 1,
  };
  const c = new Float32Array(m * n);
  const started = performance.now();
  for (let i = 0; i < repetitions; i++) multiplyAdd(m, n, k, 1, left, right, c, 0);
  const seconds = (performance.now() - started) / 1000;
  return { seconds, checksum: c.reduce((sum, value) => sum + value, 0) };
}
