import { describe, expect, test } from 'vitest';
import type { Environment } from '../../src/env/environment.ts';
import { hypergrid2021 } from '../../src/env/hypergrid-2021.ts';
import { hypergrid, hypergridRewardPresets } from '../../src/env/hypergrid.ts';

/** Every terminal cell, through `parse`. */
function terminalCells(environment: Environment, dimensions: number, side: number): Int32Array[] {
  const cells: Int32Array[] = [];
  for (let number = 0; number < side ** dimensions; number++) {
    const cell = Array.from({ length: dimensions }, (_, i) => Math.floor(number / side ** i) % side);
    try {
      cells.push(environment.parse(cell.join(',')));
    } catch {
      // not a terminal state
    }
  }
  return cells;
}

const partition = (environment: Environment, cells: readonly Int32Array[]) =>
  cells.reduce((sum, cell) => sum + Math.exp(environment.logReward(cell)), 0);

describe('hypergrid', () => {
  test.each([
    [{ dimensions: 2, side: 8 }, 22.4],
    [{ dimensions: 2, side: 16 }, 65.6],
    [{ dimensions: 2, side: 20, ...hypergridRewardPresets.easy }, 82.4],
    [{ dimensions: 2, side: 20, ...hypergridRewardPresets.hard }, 148.04],
    [{ dimensions: 2, side: 20, rewardPreset: 'easy' }, 82.4],
    [{ dimensions: 2, side: 20, rewardPreset: 'hard' }, 148.04],
    [{ dimensions: 4, side: 8 }, 569.6],
    [{ dimensions: 4, side: 8, rewardR0: 0.01 }, 200.96],
    [{ dimensions: 4, side: 8, rewardR0: 0.001 }, 164.096],
  ] as const)('partition function, %j', (options, expected) => {
    const environment = hypergrid(options);
    const cells = terminalCells(environment, options.dimensions, options.side);
    expect(cells.length).toBe(environment.terminalCount);
    expect(partition(environment, cells)).toBeCloseTo(expected, 8);
  });

  test('mean reward on 8 × 8', () => {
    const environment = hypergrid();
    const cells = terminalCells(environment, 2, 8);
    const squares = cells.reduce((sum, cell) => sum + Math.exp(2 * environment.logReward(cell)), 0);
    expect(squares / partition(environment, cells)).toBeCloseTo(1.421429, 6);
  });

  test.each([
    [2, 20, 16],
    [4, 8, 16],
    [4, 16, 16],
    [2, 32, 36],
    [3, 20, 64],
  ])('cells of maximum reward, %i dimensions of %i', (dimensions, side, count) => {
    const environment = hypergrid({ dimensions, side });
    const top = terminalCells(environment, dimensions, side).filter((x) => environment.modes!.of(x).length > 0);
    expect(top.length).toBe(count);
    for (const x of top) expect(environment.logReward(x)).toBe(Math.log(0.1 + 0.5 + 2));
    expect(environment.modes!.count).toBe(2 ** dimensions);
    expect(new Set(top.flatMap((x) => environment.modes!.of(x))).size).toBe(2 ** dimensions);
  });

  test('thresholds are strict and agree with their real-valued form', () => {
    for (const side of [2, 5, 6, 11, 21, 30, 64, 101, 1001]) {
      const environment = hypergrid({ dimensions: 1, side });
      for (let x = 0; x < side; x++) {
        const ax = Math.abs(x / (side - 1) - 0.5);
        if ([0.25, 0.3, 0.4].some((threshold) => Math.abs(ax - threshold) < 1e-9)) continue;
        const expected = 0.1 + (ax > 0.25 ? 0.5 : 0) + (0.3 < ax && ax < 0.4 ? 2 : 0);
        expect(environment.logReward(environment.parse(String(x)))).toBeCloseTo(Math.log(expected), 12);
      }
    }
    const reward = (side: number, x: number) => {
      const environment = hypergrid({ dimensions: 1, side });
      return Math.exp(environment.logReward(environment.parse(String(x))));
    };
    expect(reward(5, 1)).toBeCloseTo(0.1, 12); // ax = 0.25 exactly
    expect(reward(11, 2)).toBeCloseTo(0.6, 12); // ax = 0.3
    expect(reward(11, 1)).toBeCloseTo(0.6, 12); // ax = 0.4
  });

  test('without a cell in the band there are no modes', () => {
    expect(hypergrid({ side: 4 }).modes).toBeNull();
    expect(hypergrid({ reward: 'cosine' }).modes).toBeNull();
    expect(hypergrid({ dimensions: 60 }).modes).toBeNull();
  });

  test('cosine reward', () => {
    const environment = hypergrid({ dimensions: 2, side: 30, reward: 'cosine' });
    const factor = (x: number) => {
      const ax = Math.abs(x / 29 - 0.5);
      return ((Math.cos(50 * ax) + 1) * Math.exp(-12.5 * ax * ax)) / Math.sqrt(2 * Math.PI);
    };
    for (const [x, y] of [
      [0, 0],
      [3, 17],
      [14, 15],
      [29, 8],
    ]) {
      const reward = Math.exp(environment.logReward(environment.parse(`${x},${y}`)));
      expect(reward).toBeCloseTo(0.1 + 0.5 * factor(x) * factor(y), 12);
    }
  });

  // R >= R0 + R1·(0.8·2/√(2π))^n. On 30 cells the coordinates 11, 14, 15 and 18 reach 0.8 of the peak and no other.
  test.each([
    [1, 30],
    [2, 30],
    [3, 12],
    [2, 65],
    [3, 33],
    [2, 5],
  ])('modes of the cosine reward, %i dimensions of %i', (dimensions, side) => {
    const environment = hypergrid({ dimensions, side, reward: 'cosine', rewardR0: 0.3, rewardR1: 2 });
    const threshold = 0.3 + 2 * ((0.8 * 2) / Math.sqrt(2 * Math.PI)) ** dimensions;
    const cells = terminalCells(environment, dimensions, side);
    const high = cells.filter((x) => Math.exp(environment.logReward(x)) >= threshold);
    const found = cells.filter((x) => (environment.modes?.of(x).length ?? 0) > 0);
    expect(found).toEqual(high);
    expect(environment.modes?.count ?? 0).toBe(high.length);
    if (side === 30) expect(high.length).toBe(4 ** dimensions);
    const numbers = high.flatMap((x) => environment.modes!.of(x)).sort((a, b) => a - b);
    expect(numbers).toEqual(high.map((_, i) => i));
  });

  test('modes of the cosine reward on the grid of 2021, and where they are too many or none', () => {
    const environment = hypergrid2021({ dimensions: 2, side: 5, reward: 'cosine' });
    expect(environment.modes!.count).toBe(1);
    expect(environment.modes!.of(environment.parse('2,2'))).toEqual([0]);
    expect(hypergrid({ dimensions: 8, side: 30, reward: 'cosine' }).modes!.count).toBe(4 ** 8);
    expect(hypergrid({ dimensions: 9, side: 30, reward: 'cosine' }).modes).toBeNull();
    expect(hypergrid({ side: 30, reward: 'cosine', rewardR1: 0 }).modes).toBeNull();
  });

  test('presets are the constants that they stand for, and go with nothing else', () => {
    const { rewardR0, rewardR1, rewardR2 } = hypergridRewardPresets.hard;
    const environment = hypergrid({ rewardPreset: 'hard' });
    expect(environment.parameters).toEqual(hypergrid({ rewardR0, rewardR1, rewardR2 }).parameters);
    expect(() => hypergrid({ rewardPreset: 'easy', reward: 'cosine' })).toThrow(
      'rewardPreset: expected nothing with reward cosine, got "easy"',
    );
    expect(() => hypergrid({ rewardPreset: 'easy', rewardR1: 1 })).toThrow(/nothing where rewardR1 is given/);
  });

  test('sparse reward: 2^n − 1 targets', () => {
    const environment = hypergrid({ dimensions: 3, side: 6, reward: 'sparse' });
    const targets = terminalCells(environment, 3, 6).filter((x) => environment.logReward(x) === 0);
    const expected = ['4,4,4', '1,4,4', '4,1,4', '4,4,1', '1,1,4', '1,4,1', '4,1,1'];
    expect(targets.map((x) => environment.format(x)).sort()).toEqual(expected.sort());
    expect(environment.modes!.count).toBe(7);
    expect(new Set(targets.flatMap((x) => environment.modes!.of(x))).size).toBe(7);
    expect(environment.logReward(environment.parse('1,1,1'))).toBeCloseTo(Math.log(1e-12), 10);
    expect(hypergrid({ dimensions: 3, side: 3, reward: 'sparse' }).modes!.count).toBe(1);
  });

  test('deceptive reward', () => {
    const environment = hypergrid({ dimensions: 2, side: 8, reward: 'deceptive' });
    const reward = (text: string) => Math.exp(environment.logReward(environment.parse(text)));
    expect(reward('3,0')).toBeCloseTo(0.10001, 12); // ax = 1/14 in one coordinate
    expect(reward('2,5')).toBeCloseTo(1e-5, 12);
    expect(reward('1,6')).toBeCloseTo(2.00001, 12);
    expect(environment.modes!.of(environment.parse('1,6'))).toEqual([2]);
  });

  test('a reward of zero is minus infinity', () => {
    const environment = hypergrid({ rewardR0: 0 });
    expect(environment.logReward(environment.parse('3,3'))).toBe(-Infinity);
  });

  test('sizes: counts, key words, forms', () => {
    expect(hypergrid({ dimensions: 4, side: 16 })).toMatchObject({
      stateSize: 5,
      actions: 5,
      backwardActions: 5,
      keyWords: 1,
      maximumLength: 61,
      terminalCount: 65536,
      observation: { width: 4, size: 64 },
    });
    expect(hypergrid({ dimensions: 63, side: 2 }).keyWords).toBe(1);
    expect(hypergrid({ dimensions: 64, side: 2 }).keyWords).toBe(2);
    expect(hypergrid({ dimensions: 54, side: 2 }).terminalCount).toBe(Infinity);
    expect(hypergrid().parameters).toEqual({
      dimensions: 2,
      side: 8,
      reward: 'corners',
      rewardR0: 0.1,
      rewardR1: 0.5,
      rewardR2: 2,
    });
    expect(hypergrid().format(new Int32Array([3, 7, 0]))).toBe('3,7');
  });
});

describe('hypergrid-2021', () => {
  test.each([
    [0.1, 503.8],
    [0.01, 164.23],
    [0.001, 130.273],
  ])('4 × 8 with R0 = %f: 3773 cells, Z = %f', (rewardR0, expected) => {
    const environment = hypergrid2021({ dimensions: 4, side: 8, rewardR0 });
    const cells = terminalCells(environment, 4, 8);
    expect(cells.length).toBe(3773);
    expect(environment.terminalCount).toBe(3773);
    expect(partition(environment, cells)).toBeCloseTo(expected, 8);
  });

  test('63 cells of 8 × 8', () => {
    const environment = hypergrid2021();
    expect(terminalCells(environment, 2, 8).length).toBe(63);
    expect(() => environment.parse('7,7')).toThrow(/text: expected a cell of hypergrid-2021/);
  });

  test('a coordinate that reaches the end ends the trajectory, and is the only way back', () => {
    const environment = hypergrid2021({ dimensions: 2, side: 3 });
    const state = new Int32Array([1, 1, 0]);
    expect(environment.apply(state, 1)).toBe(1);
    expect([...state]).toEqual([1, 2, 1]);
    expect(environment.isTerminal(state)).toBe(true);
    expect([0, 1, 2].map((b) => environment.backwardAllowed(state, b))).toEqual([false, true, false]);
  });

  test('cosine reward over linspace(−1, 1)', () => {
    const environment = hypergrid2021({ dimensions: 2, side: 8, reward: 'cosine' });
    const factor = (cell: number) => {
      const x = -1 + (2 * cell) / 7;
      return ((Math.cos(50 * x) + 1) * Math.exp(-12.5 * x * x)) / Math.sqrt(2 * Math.PI);
    };
    const reward = Math.exp(environment.logReward(environment.parse('3,2')));
    expect(reward).toBeCloseTo(0.01 + factor(3) * factor(2), 12);
  });
});
