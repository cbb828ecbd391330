import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Adam, ScalarAdam } from '../../src/optimizer/adam.ts';
import { clipScale, gradientNorm } from '../../src/optimizer/gradient-norm.ts';

/** A run that golden/make_adam.py recorded. */
interface Run {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly clip: number;
  readonly initial: number[];
  readonly gradients: number[][];
  readonly norms: number[];
  readonly parameters: number[][];
}

const runs = JSON.parse(readFileSync(new URL('golden/adam.json', import.meta.url), 'utf8')) as Run[];

test.each(runs)(
  "learning rate $learningRate, weight decay $weightDecay, clip $clip: steps are PyTorch's AdamW",
  ({ learningRate, weightDecay, clip, initial, gradients, norms, parameters }) => {
    const adam = new Adam(initial.length);
    const values = Float32Array.from(initial);
    gradients.forEach((given, step) => {
      const gradient = Float32Array.from(given);
      const norm = gradientNorm(gradient);
      expect(norm / norms[step]).toBeCloseTo(1, 6);
      adam.update(values, gradient, clipScale(norm, clip), learningRate, weightDecay);
      parameters[step].forEach((expected, i) => {
        // Both keep float32 moments, but PyTorch also computes in float32.
        expect(Math.abs(values[i] - expected)).toBeLessThan(2e-6 * (1 + Math.abs(expected)));
      });
    });
    expect(Math.abs(values[0] - initial[0])).toBeGreaterThan(1e-4);
  },
);

test('a single number takes the steps of a buffer of one', () => {
  const adam = new Adam(1);
  const scalar = new ScalarAdam();
  const buffer = Float32Array.of(2);
  let value = 2;
  for (const gradient of [1, -3, 0.5, 0, 7]) {
    adam.update(buffer, Float32Array.of(gradient), 1, 0.05, 0);
    value = scalar.update(value, gradient, 0.05);
    expect(value).toBeCloseTo(buffer[0], 6);
  }
});

test('clipping scales down what is larger and nothing else', () => {
  expect(clipScale(4, 1)).toBe(0.25);
  expect(clipScale(1, 1)).toBe(1);
  expect(clipScale(0.5, 1)).toBe(1);
  expect(clipScale(4, 0)).toBe(1);
});
