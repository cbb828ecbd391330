import { describe, expect, it } from 'vitest';
import { axisNumber, axisTo, tickInterval } from '../../src/report/axis.ts';

describe('axisNumber', () => {
  it.each([
    [0, '0'],
    [4096, '4096'],
    [262_144, '262144'],
    [0.125_44, '0.125'],
    [1234.5, '1230'],
    [2_500_000, '2.5e6'],
    [1e-12, '1e-12'],
    [-0.5, '-0.5'],
  ])('%s → %s', (value, text) => expect(axisNumber(value)).toBe(text));
});

describe('an axis that starts at 0', () => {
  it.each([
    [16, 2],
    [64, 8],
    [1000, 200],
    [3000, 500],
    [320_000, 80_000],
    [1, 0.2],
    [3, 1],
    [7, 1],
    [97, 20],
    [4096, 1000],
  ])('to %s has a tick every %s', (end, interval) => expect(tickInterval(end)).toBeCloseTo(interval, 12));

  it('has between 2 and 11 numbers, its end among them, none close to another', () => {
    for (let end = 1; end < 5000; end += 3) {
      const { interval, axisLabel } = axisTo(end);
      const ticks = Array.from({ length: Math.ceil(end / interval - 1e-9) }, (_, i) => i * interval);
      const labelled = [...ticks, end].filter((value) => axisLabel.formatter(value) !== '');
      expect(labelled.length, String(end)).toBeGreaterThanOrEqual(2);
      expect(labelled.length, String(end)).toBeLessThanOrEqual(11);
      expect(axisLabel.formatter(end)).toBe(String(end));
      for (let i = 1; i < labelled.length; i++) {
        expect(labelled[i] - labelled[i - 1], String(end)).toBeGreaterThanOrEqual(0.7 * interval);
      }
    }
  });
});
