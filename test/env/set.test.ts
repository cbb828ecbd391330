import { describe, expect, test } from 'vitest';
import { createEnvironment } from '../../src/env/registry.ts';
import { set } from '../../src/env/set.ts';
import { nativeAddon } from '../../src/native-addon.ts';
import { logSumExp, reachableStates, terminalStates, trained } from './reachable.ts';

const weights = [0.3, -1, 2, 0.5, -0.2];
const interactions = [
  [0, 1, -0.5, 2, 0.1],
  [1, 0, 0.25, 0, -2],
  [-0.5, 0.25, 0, -1, 0],
  [2, 0, -1, 0, 0.7],
  [0.1, -2, 0, 0.7, 0],
];

/** Every set as the members that a binary number names, with log R from the definition. */
function bruteForce(items: number, minimum: number, maximum: number): { members: number[]; logReward: number }[] {
  const all = Array.from({ length: 2 ** items }, (_, mask) =>
    Array.from({ length: items }, (_, i) => i).filter((i) => (mask >> i) & 1),
  );
  return all
    .filter(({ length }) => length >= minimum && length <= maximum)
    .map((members) => ({
      members,
      logReward: members.reduce(
        (sum, i) => sum + weights[i] + members.filter((j) => j < i).reduce((s, j) => s + interactions[i][j], 0),
        0,
      ),
    }));
}

describe('sets', () => {
  test.each([
    [0, 5],
    [1, 3],
    [2, 2],
    [5, 5],
    [0, 1],
  ])('of %i to %i of 5 items: states, counts and rewards by brute force', (minimum, maximum) => {
    const environment = set({ items: 5, minimum, maximum, weights, interactions });
    const expected = bruteForce(5, minimum, maximum);
    const terminal = terminalStates(environment);
    expect(new Set(terminal.map((x) => environment.format(x)))).toEqual(
      new Set(expected.map(({ members }) => `{${members.join(',')}}`)),
    );
    expect([terminal.length, environment.terminalCount]).toEqual([expected.length, expected.length]);
    const interior = bruteForce(5, 0, maximum).length;
    const states = minimum === maximum ? interior : interior + expected.length;
    expect([reachableStates(environment).size, environment.stateCount]).toEqual([states, states]);
    for (const { members, logReward } of expected) {
      expect(environment.logReward(environment.parse(`{${members.join(',')}}`))).toBeCloseTo(logReward, 12);
    }
  });

  test('item weights alone: Z = Π (1 + exp(weight))', () => {
    const environment = set({ items: 5, minimum: 0, maximum: 5, weights });
    const logZ = weights.reduce((sum, weight) => sum + Math.log1p(Math.exp(weight)), 0);
    expect(logSumExp(terminalStates(environment).map((x) => environment.logReward(x)))).toBeCloseTo(logZ, 12);
  });

  test('default: half of the items, all sets alike', () => {
    const environment = set({ items: 7 });
    expect(environment).toMatchObject({ parameters: { items: 7, size: 4 }, terminalCount: 35, maximumLength: 4 });
    expect(environment.logReward(environment.parse('{0,1,2,3}'))).toBe(0);
    expect(set({ items: 3, minimum: 2 }).parameters).toEqual({ items: 3, minimum: 2, maximum: 3 });
    expect(set({ items: 3, maximum: 2 }).parameters).toEqual({ items: 3, minimum: 0, maximum: 2 });
    expect(set({ items: 100, minimum: 0 }).terminalCount).toBe(Infinity);
    expect(set({ items: 52, minimum: 1 }).terminalCount).toBe(2 ** 52 - 1);
  });

  test('the stop is allowed from the least size on, and alone at the most', () => {
    const environment = set({ items: 3, minimum: 1, maximum: 2 });
    const state = new Int32Array(environment.stateSize);
    environment.initial(state);
    const allowed = () => [0, 1, 2, 3].filter((action) => environment.allowed(state, action));
    expect(allowed()).toEqual([0, 1, 2]);
    environment.apply(state, 1);
    expect(allowed()).toEqual([0, 2, 3]);
    environment.apply(state, 0);
    expect(allowed()).toEqual([3]);
    expect(environment.apply(state, 3)).toBe(3);
    expect([allowed(), environment.isTerminal(state), environment.format(state)]).toEqual([[], true, '{0,1}']);
    expect([0, 1, 2, 3].map((b) => environment.backwardAllowed(state, b))).toEqual([false, false, false, true]);
  });
});

describe('bad input', () => {
  test.each<[object, string, RegExp]>([
    [{ items: 0 }, 'ERR_ARGUMENT', /^items: expected an integer from 1/],
    [{ items: 4, size: 5 }, 'ERR_ARGUMENT', /^size: expected at most the number of items, 4, got 5$/],
    [{ items: 4, size: 2, minimum: 1 }, 'ERR_ARGUMENT', /^size: expected nothing where minimum or maximum is given/],
    [{ items: 4, minimum: 3, maximum: 2 }, 'ERR_ARGUMENT', /^minimum: expected at most the maximum, 2, got 3$/],
    [{ items: 4, maximum: 5 }, 'ERR_ARGUMENT', /^maximum: expected at most the number of items, 4, got 5$/],
    [{ items: 3, weights: [1, 2] }, 'ERR_ARGUMENT', /^weights: expected 3 numbers, one for each item, got \[1,2\]$/],
    [{ items: 2, weights: [1, NaN] }, 'ERR_ARGUMENT', /^weights: .*number 1 is none, got NaN$/],
    [{ items: 2, interactions: [[0, 1]] }, 'ERR_ARGUMENT', /^interactions: expected 2 × 2 numbers.*got 1 × 2: /],
    [{ items: 2, interactions: [0, 1, 2, 0] }, 'ERR_ARGUMENT', /^interactions: expected a symmetric matrix/],
    [{ items: 2, interactions: [1, 0, 0, 0] }, 'ERR_ARGUMENT', /^interactions: expected 0 on the diagonal/],
    [{ item: 2 }, 'ERR_UNKNOWN_OPTION', /did you mean "items"/],
  ])('%j', (options, code, message) => {
    const create = () => createEnvironment('set', options);
    expect(create).toThrow(expect.objectContaining({ code }));
    expect(create).toThrow(message);
  });

  test.each(['', '0,1', '{}', '{0}', '{1,0}', '{0,0}', '{0,3}', '{0,01}', '{0,1,2}', '{0,1,}'])(
    'no set: %j',
    (text) => {
      expect(() => set({ items: 3, size: 2 }).parse(text)).toThrow(/^text: expected 2 ascending items from 0 to 2/);
    },
  );

  test.each<[object, RegExp]>([
    [{ items: 5000, size: 1 }, /^items: expected an integer from 1 to 4094/],
    [{ items: 3, size: 4 }, /^size: expected an integer from 0 to 3/],
    [{ items: 3, size: 1, weights: [1] }, /^weights: expected 3 numbers, got 1$/],
    [{ items: 3, size: 1, weights: true }, /^weights: expected numbers, got another type$/],
    [{ items: 3, size: 1, weights: 'x' }, /^weights: expected packed numbers, got another text$/],
  ])('native, %j', (parameters, message) => {
    expect(() => nativeAddon().traceEnvironment('set', parameters, new Int32Array())).toThrow(message);
  });
});

describe('training reaches the exact distribution', () => {
  test.each([
    [{ minimum: 0, maximum: 5 }, 'native', 0.05],
    [{ size: 3 }, 'typescript', 0.05],
  ] as const)('%j, %s', async (sizes, backend, bound) => {
    const environment = set({ items: 5, ...sizes, weights, interactions });
    const evaluation = await trained(environment, 800, backend);
    const { minimum, maximum } = { minimum: 3, maximum: 3, ...sizes };
    const logZ = logSumExp(bruteForce(5, minimum, maximum).map(({ logReward }) => logReward));
    expect(evaluation.exactLogZ).toBeCloseTo(logZ, 10);
    expect(evaluation.l1Sum).toBeLessThan(bound);
    expect(Math.abs(evaluation.logZ! - logZ)).toBeLessThan(0.02);
  });
});
