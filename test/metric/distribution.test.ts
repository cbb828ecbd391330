import { describe, expect, test } from 'vitest';
import { hypergrid } from '../../src/env/hypergrid.ts';
import {
  jensenShannonDivergence,
  klDivergence,
  l1Mean,
  l1Sum,
  totalVariation,
} from '../../src/metric/distribution-distance.ts';
import { EmpiricalDistribution, empiricalDistances } from '../../src/metric/empirical-distribution.ts';
import { exactLogZ, logSumExp, targetDistribution } from '../../src/metric/log-partition.ts';
import { empiricalL1SumFloor } from '../../src/metric/noise-floor.ts';

const learned = Float64Array.of(0.5, 0.25, 0.25, 0);
const target = Float64Array.of(0.25, 0.25, 0.25, 0.25);

describe('distances', () => {
  test('by hand', () => {
    expect(l1Sum(learned, target)).toBe(0.5);
    expect(l1Mean(learned, target)).toBe(0.125);
    expect(totalVariation(learned, target)).toBe(0.25);
    expect(klDivergence(learned, target)).toBeCloseTo(0.5 * Math.log(2), 14);
    expect(klDivergence(target, learned)).toBe(Infinity);
    // m = (3/8, 1/4, 1/4, 1/8): KL(p̂‖m) = ½ log(4/3), KL(p‖m) = ¼ log(2/3) + ¼ log 2
    const expected = 0.5 * (0.5 * Math.log(4 / 3) + 0.25 * Math.log(4 / 3));
    expect(jensenShannonDivergence(learned, target)).toBeCloseTo(expected, 14);
    expect(jensenShannonDivergence(target, learned)).toBeCloseTo(expected, 14);
  });

  test('disjoint distributions are as far as can be', () => {
    const [a, b] = [Float64Array.of(1, 0), Float64Array.of(0, 1)];
    expect([l1Sum(a, b), totalVariation(a, b)]).toEqual([2, 1]);
    expect(jensenShannonDivergence(a, b)).toBeCloseTo(Math.log(2), 14);
  });

  test('lengths must agree', () => {
    expect(() => l1Sum(learned, target.subarray(1))).toThrow(/learned: expected .* 3, got 4/);
    expect(() => jensenShannonDivergence(learned, target.subarray(1))).toThrow(/learned: /);
  });
});

describe('log-partition', () => {
  test('logSumExp', () => {
    expect(logSumExp([Math.log(1), Math.log(2), Math.log(5)])).toBeCloseTo(Math.log(8), 14);
    expect(logSumExp([1000, 1000])).toBeCloseTo(1000 + Math.log(2), 12);
    expect(logSumExp([-2000, -2000])).toBeCloseTo(-2000 + Math.log(2), 12);
    expect(logSumExp([])).toBe(-Infinity);
    expect(logSumExp([-Infinity, 3])).toBe(3);
    expect(logSumExp([NaN, 3])).toBeNaN();
  });

  test('exactLogZ and the target carry β once', () => {
    const logReward = [Math.log(1), Math.log(3), -Infinity];
    expect(exactLogZ(logReward, 1)).toBeCloseTo(Math.log(4), 14);
    expect(exactLogZ(logReward, 2)).toBeCloseTo(Math.log(10), 14);
    expect(targetDistribution(logReward, 2)[1]).toBeCloseTo(0.9, 14);
    expect(targetDistribution(logReward, 0)).toEqual(Float64Array.of(0.5, 0.5, 0));
    expect(() => targetDistribution([-Infinity], 1)).toThrow(expect.objectContaining({ code: 'ERR_REWARD' }));
  });
});

describe('empirical distribution', () => {
  const environment = hypergrid({ dimensions: 1, side: 3 });
  const cells = (...xs: number[]) => Int32Array.from(xs.flatMap((x) => [x, 1]));

  test('of the last samples only', () => {
    const empirical = new EmpiricalDistribution(environment, cells(2, 0, 1), 4);
    expect(empirical.probabilities()).toBeNull();
    expect(empiricalDistances(empirical, Float64Array.of(1, 0, 0))).toBeNull();
    empirical.add(cells(0, 0));
    expect(empirical.probabilities()).toEqual(Float64Array.of(0, 1, 0));
    expect(empirical.size).toBe(2);
    empirical.add(cells(1, 2, 2));
    expect(empirical.size).toBe(4);
    expect(empirical.probabilities()).toEqual(Float64Array.of(0.5, 0.25, 0.25));
    const half = Float64Array.of(1 / 2, 1 / 2, 0);
    const empiricalJensenShannonDivergence = jensenShannonDivergence(Float64Array.of(1 / 2, 1 / 4, 1 / 4), half);
    expect(empiricalDistances(empirical, half)).toEqual({
      samples: 4,
      empiricalL1Sum: 0.5,
      empiricalL1Mean: 0.5 / 3,
      empiricalTotalVariation: 0.25,
      empiricalKlDivergence: Infinity,
      empiricalJensenShannonDivergence,
    });
    empirical.add(cells(2, 2, 2, 2, 2));
    expect(empirical.probabilities()).toEqual(Float64Array.of(1, 0, 0));
  });

  test('a state that is not an object is an error', () => {
    const empirical = new EmpiricalDistribution(environment, cells(2, 0));
    expect(() => empirical.add(cells(0, 1))).toThrow(/terminalStates: expected objects of the target, got 1/);
    expect(() => new EmpiricalDistribution(environment, cells(2), 0)).toThrow(/capacity: expected an integer from 1/);
  });
});

describe('noise floor', () => {
  const grid = (dimensions: number, side: number) => {
    const environment = hypergrid({ dimensions, side });
    const logReward = Array.from({ length: side ** dimensions }, (_, number) => {
      const cell = Array.from({ length: dimensions }, (_, i) => Math.floor(number / side ** i) % side);
      return environment.logReward(Int32Array.from([...cell, 1]));
    });
    return targetDistribution(logReward, 1);
  };

  // Mean and standard deviation of the L1 sum of 60 multinomial draws (NumPy).
  test.each([
    [2, 8, 2e5, 0.01147, 0.00118],
    [2, 16, 2e5, 0.0249, 0.00117],
    [4, 8, 2e5, 0.1067, 0.00114],
    [4, 16, 2e5, 0.43742, 0.00118],
    [2, 16, 1e4, 0.11184, 0.00561],
  ])('%i dimensions of %i at %i samples', (dimensions, side, samples, mean, deviation) => {
    const floor = empiricalL1SumFloor(grid(dimensions, side), samples);
    expect(Math.abs(floor - mean)).toBeLessThan((3 * deviation) / Math.sqrt(60));
  });

  test('equals the sum over the binomial distribution', () => {
    const n = 12;
    for (const p of [0, 0.01, 0.3, 0.5, 0.75, 0.999, 1]) {
      let expected = 0;
      let choose = 1;
      for (let k = 0; k <= n; k++) {
        expected += (choose * p ** k * (1 - p) ** (n - k) * Math.abs(k - n * p)) / n;
        choose = (choose * (n - k)) / (k + 1);
      }
      expect(empiricalL1SumFloor([p], n)).toBeCloseTo(expected, 12);
    }
  });
});
