import { expect, test } from 'vitest';
import { philox, Purpose, RandomStream } from '../../src/sampler/philox.ts';

// Known answers of the Random123 distribution (Salmon et al. 2011), philox4x32-10: counter, key, result.
const knownAnswers = [
  ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
  ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
  ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
];

function words(text: string): number[] {
  return text.split(' ').map((word) => Number.parseInt(word, 16));
}

test.each(knownAnswers)('philox of counter %s and key %s', (counter, key, result) => {
  const out = new Uint32Array(4);
  const [c0, c1, c2, c3] = words(counter);
  const [k0, k1] = words(key);
  philox(out, c0, c1, c2, c3, k0, k1);
  expect([...out]).toEqual(words(result));
});

test('a stream places trajectory, step, purpose and seed in the counter and key', () => {
  const trajectory = 0x85a308d3 * 0x100000 + 7;
  const seed = 0x1f31d0 * 0x100000000 + 0xa4093822;
  const out = new Uint32Array(4);
  philox(out, trajectory % 2 ** 32, Math.floor(trajectory / 2 ** 32), 9, Purpose.backward, 0xa4093822, 0x1f31d0);
  const stream = new RandomStream(seed, Purpose.backward);
  expect([...stream.draw(trajectory, 9)]).toEqual([...out]);
  const u = stream.uniform(trajectory, 9);
  expect(u).toBe((Math.floor(out[0] / 32) * 2 ** 26 + Math.floor(out[1] / 64)) / 2 ** 53);
});

test('uniform numbers have the mean and variance of [0, 1)', () => {
  const stream = new RandomStream(5, Purpose.training);
  let sum = 0;
  let squares = 0;
  const count = 20_000;
  for (let i = 0; i < count; i++) {
    const u = stream.uniform(i >> 3, i & 7);
    expect(u).toBeGreaterThanOrEqual(0);
    expect(u).toBeLessThan(1);
    sum += u;
    squares += u * u;
  }
  expect(Math.abs(sum / count - 1 / 2)).toBeLessThan(5 / Math.sqrt(12 * count));
  expect(Math.abs(squares / count - 1 / 3)).toBeLessThan(0.011);
});
