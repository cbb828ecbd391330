import { expect, test } from 'vitest';
import { drawChoice, drawUniform } from '../../src/sampler/draw.ts';

const logits = Float32Array.of(9, 0.5, -1, 30, 2, 7);
const allowed = Uint8Array.of(1, 1, 1, 0, 1, 1);
const OFFSET = 1; // the row's choices are logits 1 to 4, of which 3 is not allowed

function draw(u: number, temperature = 1, exploration = 0): number {
  return drawChoice(logits, allowed, OFFSET, temperature, exploration, u, new Float64Array(4));
}

function probabilities(temperature: number, exploration: number): number[] {
  const weight = [0.5, -1, -Infinity, 2].map((logit) => Math.exp(logit / temperature));
  const total = weight.reduce((a, b) => a + b);
  return weight.map((w) => (1 - exploration) * (w / total) + (w > 0 ? exploration / 3 : 0));
}

test.each([
  [1, 0],
  [0.5, 0],
  [2, 0.3],
  [1, 1],
])('temperature %d, exploration %d: choices change at the cumulative probabilities', (temperature, exploration) => {
  const p = probabilities(temperature, exploration);
  const tiny = 1e-9;
  expect(draw(0, temperature, exploration)).toBe(0);
  expect(draw(p[0] - tiny, temperature, exploration)).toBe(0);
  expect(draw(p[0] + tiny, temperature, exploration)).toBe(1);
  expect(draw(p[0] + p[1] - tiny, temperature, exploration)).toBe(1);
  expect(draw(p[0] + p[1] + tiny, temperature, exploration)).toBe(3);
});

test('the last allowed choice takes what rounding leaves', () => {
  expect(draw(1 - 2 ** -53)).toBe(3);
  expect(draw(1)).toBe(3);
});

test('logits of any size are drawn from', () => {
  const large = Float32Array.of(-3e38, 3e38, 3e38);
  const weight = new Float64Array(3);
  expect(drawChoice(large, Uint8Array.of(1, 1, 1), 0, 1, 0, 0.49, weight)).toBe(1);
  expect(drawChoice(large, Uint8Array.of(1, 1, 1), 0, 1, 0, 0.51, weight)).toBe(2);
});

test('a uniform draw splits [0, 1) evenly', () => {
  expect([0, 0.19, 0.21, 0.5, 0.79, 0.81, 1].map((u) => drawUniform(5, u))).toEqual([0, 0, 1, 2, 3, 4, 4]);
  expect(drawUniform(1, 0.999)).toBe(0);
});
