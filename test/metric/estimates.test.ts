import { describe, expect, test } from 'vitest';
import { bitSequence } from '../../src/env/bit-sequence.ts';
import { hypergrid } from '../../src/env/hypergrid.ts';
import { pearson, spearman } from '../../src/metric/correlation.ts';
import { evidenceLowerBound, evidenceUpperBound, importanceLogZ } from '../../src/metric/evidence-bound.ts';
import { estimateLogProbability } from '../../src/metric/log-probability.ts';
import { ModesFound } from '../../src/metric/modes-found.ts';
import { stateKey } from '../../src/metric/state-key.ts';
import { TopK } from '../../src/metric/top-k.ts';

describe('correlation', () => {
  test('by hand', () => {
    expect(pearson([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 14);
    expect(pearson([1, 2, 3, 4], [1, 3, 2, 4])).toBeCloseTo(0.8, 14);
    expect(spearman([1, 2, 3, 4], [10, 1000, 100, 1e6])).toBeCloseTo(0.8, 14);
    expect(spearman([1, 1, 2], [1, 2, 3])).toBeCloseTo(Math.sqrt(3) / 2, 14); // ties: ranks 1.5, 1.5, 3
    expect(spearman(Float64Array.of(3, 2, 1), [1, 2, 9])).toBeCloseTo(-1, 14);
  });

  test('null where it is not defined', () => {
    for (const correlation of [pearson, spearman]) {
      expect(correlation([1], [1])).toBeNull();
      expect(correlation([], [])).toBeNull();
      expect(correlation([1, 1], [1, 2])).toBeNull();
      expect(correlation([1, 2, 3], [1, 2, -Infinity])).toBeNull();
      expect(() => correlation([1, 2], [1])).toThrow(/y: expected as many numbers as x has, 2, got 1/);
    }
  });
});

describe('log-probability from backward trajectories', () => {
  test('is the log of the mean ratio, object by object', () => {
    const logPf = Float64Array.from([0.1, 0.3, 0.5, 0.5], Math.log);
    const logPb = Float64Array.from([0.5, 0.5, 1, 0.25], Math.log);
    const estimate = estimateLogProbability(logPf, logPb, 2);
    expect(Math.exp(estimate[0])).toBeCloseTo(0.4, 14);
    expect(Math.exp(estimate[1])).toBeCloseTo(1.25, 14);
    expect(estimate.length).toBe(2);
  });

  test('does not overflow, and checks lengths', () => {
    const estimate = estimateLogProbability(Float64Array.of(-2000), Float64Array.of(-1000), 1);
    expect(estimate[0]).toBe(-1000);
    expect(() => estimateLogProbability(new Float64Array(3), new Float64Array(3), 2)).toThrow(/multiple of 2, got 3/);
    expect(() => estimateLogProbability(new Float64Array(2), new Float64Array(4), 2)).toThrow(/got 4 for 2/);
    expect(() => estimateLogProbability(new Float64Array(2), new Float64Array(2), 0)).toThrow(/multiple of 0/);
  });
});

describe('evidence bounds', () => {
  const weighted = {
    logPf: Float64Array.of(-1, -2),
    logPb: Float64Array.of(-0.5, 0),
    logReward: Float64Array.of(1, 3),
  };

  test('by hand, β counted once', () => {
    expect(evidenceLowerBound(weighted, 1)).toBe((1.5 + 5) / 2);
    expect(evidenceUpperBound(weighted, 2)).toBe((2.5 + 8) / 2);
    expect(importanceLogZ(weighted, 1)).toBeCloseTo(Math.log((Math.exp(1.5) + Math.exp(5)) / 2), 14);
  });

  test('at the optimum all equal log Z', () => {
    const logPb = Float64Array.of(-0.3, -1.2, 0);
    const logReward = Float64Array.of(0.4, -2, 1);
    const optimum = { logPb, logReward, logPf: logPb.map((value, i) => value + logReward[i] - 1.7) };
    for (const bound of [evidenceLowerBound, evidenceUpperBound, importanceLogZ]) {
      expect(bound(optimum, 1)).toBeCloseTo(1.7, 14);
    }
  });

  test('null of nothing; lengths must agree', () => {
    const empty = { logPf: new Float64Array(), logPb: new Float64Array(), logReward: new Float64Array() };
    expect([evidenceLowerBound, evidenceUpperBound, importanceLogZ].map((bound) => bound(empty, 1))).toEqual([
      null,
      null,
      null,
    ]);
    expect(() => evidenceLowerBound({ ...weighted, logPb: new Float64Array(3) }, 1)).toThrow(/got 3 and 2/);
  });
});

test('state keys tell states apart, words above 2^53 included', () => {
  const environment = bitSequence();
  const keyOf = stateKey(environment);
  const sequence = (ones: number) => keyOf(environment.parse('1'.repeat(ones).padEnd(120, '0')));
  expect(new Set(Array.from({ length: 121 }, (_, ones) => sequence(ones))).size).toBe(121);
  expect(sequence(60)).toBe(sequence(60));
});

test('modes found are counted once', () => {
  const environment = hypergrid({ dimensions: 2, side: 8 });
  const found = new ModesFound(environment);
  expect(found).toMatchObject({ count: 0, of: 4, definition: environment.modes!.definition });
  found.add(Int32Array.of(1, 1, 1, 1, 1, 1, 0, 0, 1));
  expect(found.count).toBe(1);
  found.add(Int32Array.of(6, 1, 1, 6, 6, 1));
  expect(found.count).toBe(3);
  expect(() => new ModesFound(hypergrid({ side: 4 }))).toThrow(/environment: expected one with modes/);
});

describe('top-k', () => {
  const environment = hypergrid({ dimensions: 1, side: 10 });
  const states = (...xs: number[]) => Int32Array.from(xs.flatMap((x) => [x, 1]));
  const logs = (...rewards: number[]) => Float64Array.from(rewards, Math.log);

  test('is the mean reward of the best distinct objects', () => {
    const top = new TopK(environment, 3);
    top.add(states(1, 2, 1), logs(1, 2, 1));
    expect(top.meanReward(1)).toBeCloseTo(2, 14);
    expect(top.meanReward(2)).toBeCloseTo(1.5, 14);
    expect(top.meanReward(3)).toBeNull();
    top.add(states(3, 4, 5, 2, 5), logs(0.5, 4, 3, 2, 3));
    expect(top.meanReward(3)).toBeCloseTo(3, 14);
    expect(top.objects(5).map(({ state }) => state[0])).toEqual([4, 5, 2]);
    expect(() => top.meanReward(4)).toThrow(/k: expected an integer from 1 to 3, got 4/);
  });

  test('does not depend on the order of the objects, save among equals', () => {
    const objects = [7, 3, 9, 0, 5, 1, 8, 2, 6, 4];
    const top = new TopK(environment, 4);
    for (const x of [...objects, ...objects]) top.add(states(x), logs(x + 1));
    expect(top.objects(4).map(({ state }) => state[0])).toEqual([9, 8, 7, 6]);
  });
});
