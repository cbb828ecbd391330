import { describe, expect, it } from 'vitest';
import { part } from './part.ts';

const { median, spread, pairedRatios, costs } = await part<{
  median: (values: readonly number[]) => number;
  spread: (values: readonly number[]) => Record<string, number>;
  pairedRatios: (longer: readonly number[], shorter: readonly number[]) => number[];
  costs: (first: readonly number[], second: readonly number[], total: readonly number[]) => number[];
}>('statistics');

const { slope } = await part<{ slope: (samples: readonly { step: number; bytes: number }[]) => number }>('memory');

describe('spread', () => {
  it('is between the two nearest, whatever the order', () => {
    const values = Array.from({ length: 200 }, (_, i) => ((i * 77) % 200) + 1);
    expect(spread(values)).toEqual({
      n: 200,
      lowest: 1,
      quartile1: 50.75,
      median: 100.5,
      quartile3: 150.25,
      p99: 198.01,
      highest: 200,
    });
  });

  it('leaves the values in their order', () => {
    const values = [3, 1, 2];
    expect(median(values)).toBe(2);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('costs', () => {
  const [first, second] = [
    [10, 200, 3000],
    [10, 500, 90_000],
  ];

  it('tells apart what two kinds of things cost', () => {
    const [a, b] = costs(
      first,
      second,
      first.map((value, i) => 3 * value + 0.25 * second[i]),
    );
    expect(a).toBeCloseTo(3, 10);
    expect(b).toBeCloseTo(0.25, 10);
  });

  it('weighs errors by the total, so that a small one is not drowned', () => {
    const totals = [32.5 * 1.01, 725 / 1.01, 31_500];
    const [a, b] = costs(first, second, totals);
    totals.forEach((total, i) => expect(Math.abs((a * first[i] + b * second[i]) / total - 1)).toBeLessThan(0.02));
  });
});

describe('pairedRatios', () => {
  it('divides within a round, so that a slow round does not count', () => {
    const quiet = pairedRatios([20, 22, 18], [2, 2.2, 1.8]);
    const disturbed = pairedRatios([20, 220, 18], [2, 22, 1.8]);
    expect(median(disturbed)).toBeCloseTo(median(quiet), 12);
    expect(disturbed.map((ratio) => Math.round(ratio))).toEqual([10, 10, 10]);
  });

  it('refuses rounds that are not pairs', () => {
    expect(() => pairedRatios([1, 2], [1])).toThrow('pairs: expected as many of both, got 2 and 1');
  });
});

describe('slope of memory', () => {
  it('is that of the line of least squares', () => {
    const bytes = [100, 103, 104, 107]; // 2.2 a sample
    expect(slope(bytes.map((value, i) => ({ step: 1000 * i, bytes: value })))).toBeCloseTo(0.0022, 12);
  });
});
