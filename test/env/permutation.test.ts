import { describe, expect, test } from 'vitest';
import { permutation } from '../../src/env/permutation.ts';
import { createEnvironment } from '../../src/env/registry.ts';
import { nativeAddon } from '../../src/native-addon.ts';
import { logSumExp, reachableStates, terminalStates, trained } from './reachable.ts';

/** All orders of these items. */
function orders(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => orders(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

const preferences = [
  [0, 1, -0.5, 2],
  [0.25, 0, 3, 0],
  [1.5, -1, 0, 0.5],
  [0, 0.75, -2, 0],
];

/** log Z of a Mallows model (Fligner and Verducci 1986). */
function mallowsLogZ(items: number, dispersion: number): number {
  let logZ = 0;
  for (let i = 1; i <= items; i++) logZ += Math.log((1 - Math.exp(-i * dispersion)) / (1 - Math.exp(-dispersion)));
  return logZ;
}

describe.each(['any', 'fixed'] as const)('order %s', (order) => {
  test.each([
    [1, 2, 2],
    [2, 7, 5],
    [3, 34, 16],
    [4, 209, 65],
    [5, 1546, 326],
  ])('%i items: counts of states', (items, any, fixed) => {
    const environment = permutation({ items, order });
    const terminal = terminalStates(environment);
    const expected = orders(Array.from({ length: items }, (_, i) => i));
    expect(new Set(terminal.map((x) => environment.format(x)))).toEqual(new Set(expected.map((o) => o.join(','))));
    expect([terminal.length, environment.terminalCount]).toEqual([expected.length, expected.length]);
    const states = order === 'any' ? any : fixed;
    expect([reachableStates(environment).size, environment.stateCount]).toEqual([states, states]);
  });

  test('linear ordering: every pair once, by brute force', () => {
    const environment = permutation({ items: 4, order, preferences });
    for (const x of orders([0, 1, 2, 3])) {
      let expected = 0;
      x.forEach((i, p) => x.slice(p + 1).forEach((j) => (expected += preferences[i][j])));
      expect(environment.logReward(environment.parse(x.join(',')))).toBeCloseTo(expected, 12);
    }
    expect(environment.modes).toBeNull();
  });

  test.each([
    [0.7, undefined],
    [0.7, [2, 0, 4, 1, 3]],
    [-0.4, [2, 0, 4, 1, 3]],
  ])('Mallows model, dispersion %d, centre %j: Z and mode', (dispersion, center) => {
    const environment = permutation({ items: 5, order, dispersion, center });
    const terminal = terminalStates(environment);
    const logRewards = terminal.map((x) => environment.logReward(x));
    expect(logSumExp(logRewards)).toBeCloseTo(mallowsLogZ(5, dispersion), 12);
    const most = Math.max(...logRewards);
    terminal.forEach((x, i) => expect(environment.modes!.of(x)).toEqual(logRewards[i] === most ? [0] : []));
    const centre = center ?? [0, 1, 2, 3, 4];
    expect(environment.logReward(environment.parse(centre.join(',')))).toBe(0);
    const swapped = [centre[1], centre[0], ...centre.slice(2)];
    expect(environment.logReward(environment.parse(swapped.join(',')))).toBeCloseTo(-dispersion, 12);
    expect(environment.logReward(environment.parse(centre.toReversed().join(',')))).toBeCloseTo(-10 * dispersion, 12);
  });
});

test('any order: actions place an item at a position', () => {
  const environment = permutation({ items: 3, order: 'any' });
  const state = new Int32Array(environment.stateSize);
  environment.initial(state);
  expect(environment.apply(state, 1 * 3 + 2)).toBe(1);
  expect(environment.format(state)).toBe('.,2,.');
  const allowed = Array.from({ length: 9 }, (_, a) => a).filter((action) => environment.allowed(state, action));
  expect(allowed).toEqual([0, 1, 6, 7]);
});

test('defaults', () => {
  expect(permutation().parameters).toEqual({ items: 4, order: 'fixed' });
  expect(permutation().logReward(permutation().parse('3,1,0,2'))).toBe(0);
  expect(permutation({ center: [3, 2, 1, 0] }).parameters).toMatchObject({ dispersion: 1, center: [3, 2, 1, 0] });
  expect(permutation({ items: 18 }).terminalCount).toBe(6402373705728000);
  expect(permutation({ items: 19 }).terminalCount).toBe(Infinity);
});

describe('bad input', () => {
  test.each<[object, RegExp]>([
    [{ items: 0 }, /^items: expected an integer from 1 to 1023, got 0$/],
    [{ items: 1024 }, /^items: .*got 1024$/],
    [{ items: 3, preferences: [[1]] }, /^preferences: expected 3 × 3 numbers/],
    [{ items: 2, center: [0, 0] }, /^center: expected the items 0 to 1 in some order, got \[0,0\]$/],
    [{ items: 2, center: [0, 2] }, /^center: expected the items 0 to 1 in some order/],
    [{ items: 2, center: [0] }, /^center: expected 2 numbers, the items in some order, got \[0\]$/],
    [
      { items: 1, preferences: [0], dispersion: 1 },
      /^dispersion: expected nothing where preferences are given, got 1$/,
    ],
    [{ items: 1, preferences: [0], center: [0] }, /^center: expected nothing where preferences are given/],
    [{ dispersion: NaN }, /^dispersion: expected a finite number/],
  ])('%j', (options, message) => {
    const create = () => createEnvironment('permutation', options);
    expect(create).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
    expect(create).toThrow(message);
  });

  test.each(['', '0,1', '0,1,1', '0,1,3', '0,1,2,3', '0,1,.', '00,1,2'])('no order of three: %j', (text) => {
    expect(() => permutation({ items: 3 }).parse(text)).toThrow(/^text: expected the items 0 to 2 in some order, got /);
  });

  test.each<[object, RegExp]>([
    [{ items: 1024, order: 'any' }, /^items: expected an integer from 1 to 1023/],
    [{ items: 3, order: 'x' }, /^order: expected any or fixed, got x/],
    [{ items: 3, order: 'any', preferences: [1] }, /^preferences: expected 9 numbers, got 1/],
    [{ items: 2, order: 'any', dispersion: 1, center: [0, 2] }, /^center: expected items, got another number/],
  ])('native, %j', (parameters, message) => {
    expect(() => nativeAddon().traceEnvironment('permutation', parameters, new Int32Array())).toThrow(message);
  });
});

test.each([
  [{ order: 'any', preferences: preferences.map((row) => row.map((v) => v / 2)) }, 'native', 0.1],
  [{ order: 'fixed', dispersion: 0.5 }, 'typescript', 0.05],
] as const)('training reaches the exact distribution, %j, %s', async (options, backend, bound) => {
  const environment = permutation({ items: 4, ...options });
  const evaluation = await trained(environment, 800, backend);
  if ('dispersion' in options) expect(evaluation.exactLogZ).toBeCloseTo(mallowsLogZ(4, 0.5), 10);
  expect(evaluation.l1Sum).toBeLessThan(bound);
});
