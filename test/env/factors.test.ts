import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { factors } from '../../src/env/factors.ts';
import { ising } from '../../src/env/ising.ts';
import { createEnvironment } from '../../src/env/registry.ts';
import { nativeAddon } from '../../src/native-addon.ts';
import { logSumExp, reachableStates, terminalStates, trained } from './reachable.ts';

const folder = mkdtempSync(join(tmpdir(), 'gflownet-factors-'));
afterAll(() => rmSync(folder, { recursive: true }));

const cardinalities = [2, 3, 2];
const unary = [
  [0.5, -1],
  [0, 1, 2],
  [-0.25, 0.75],
];
const first = { variables: [0, 1], values: [[1, 0, -1], [0, 2, 0.5]] } as const; // prettier-ignore
const second = { variables: [2, 1], values: [[0, 1, 2], [3, -4, 5]] } as const; // prettier-ignore
const pairwise = [first, second];

/** Every assignment with log R from the definition. */
function bruteForce(): { x: number[]; logReward: number }[] {
  return [0, 1].flatMap((a) =>
    [0, 1, 2].flatMap((b) =>
      [0, 1].map((c) => ({
        x: [a, b, c],
        logReward: unary[0][a] + unary[1][b] + unary[2][c] + first.values[a][b] + second.values[c][b],
      })),
    ),
  );
}

describe('rewards', () => {
  const json = join(folder, 'pairwise.json');
  writeFileSync(json, JSON.stringify(pairwise));

  test.each([
    ['factors', { unary, pairwise }],
    ['a flat list', { unary: unary.flat(), pairwise: [0, 1, 1, 0, -1, 0, 2, 0.5, 2, 1, 0, 1, 2, 3, -4, 5] }],
    ['a file', { unary, pairwise: json }],
    ['factors with flat values', { unary, pairwise: pairwise.map((f) => ({ ...f, values: f.values.flat() })) }],
  ])('from %s', (_, given) => {
    for (const order of ['any', 'fixed'] as const) {
      const environment = factors({ cardinalities, order, ...given });
      const expected = bruteForce();
      for (const { x, logReward } of expected) {
        expect(environment.logReward(environment.parse(x.join(',')))).toBeCloseTo(logReward, 12);
      }
      const terminal = terminalStates(environment).map((x) => environment.format(x));
      expect(new Set(terminal)).toEqual(new Set(expected.map(({ x }) => x.join(','))));
      expect([terminal.length, environment.terminalCount]).toEqual([12, 12]);
      const states = order === 'any' ? 3 * 4 * 3 : 1 + 2 + 6 + 12;
      expect([reachableStates(environment).size, environment.stateCount]).toEqual([states, states]);
    }
  });

  test('a chain of three-valued variables: Z by transfer matrices', () => {
    const values = [[1, 0.2, -1], [0, 0.5, 0.25], [-0.75, 0, 2]]; // prettier-ignore
    const chain = [0, 1, 2, 3].map((i) => ({ variables: [i, i + 1] as const, values }));
    const environment = factors({ variables: 5, cardinalities: [3], pairwise: chain });
    let weights = [1, 1, 1];
    for (let i = 0; i < 4; i++) {
      weights = [0, 1, 2].map((b) => weights.reduce((sum, weight, a) => sum + weight * Math.exp(values[a][b]), 0));
    }
    const logZ = Math.log(weights.reduce((a, b) => a + b));
    expect(logSumExp(terminalStates(environment).map((x) => environment.logReward(x)))).toBeCloseTo(logZ, 12);
  });

  test('the Ising model as factors', () => {
    const [side, coupling] = [3, 0.3];
    const spin = [[coupling, -coupling], [-coupling, coupling]]; // prettier-ignore
    const bonds = Array.from({ length: 9 }, (_, i) => {
      const [row, column] = [Math.floor(i / side), i % side];
      const right = row * side + ((column + 1) % side);
      const below = ((row + 1) % side) * side + column;
      return [right, below].map((j) => ({ variables: [i, j] as const, values: spin.map((r) => r.map((v) => 2 * v)) }));
    }).flat();
    const model = factors({ variables: 9, pairwise: bonds });
    const reference = ising({ side, coupling });
    for (let x = 0; x < 512; x++) {
      const bits = x.toString(2).padStart(9, '0');
      const got = model.logReward(model.parse(Array.from(bits).join(',')));
      expect(got).toBeCloseTo(reference.logReward(reference.parse(bits)), 12);
    }
    expect(model).toMatchObject({ actions: 18, backwardActions: 9, stateCount: 3 ** 9, terminalCount: 512 });
  });

  test('default: all assignments alike', () => {
    const environment = factors();
    expect(environment.parameters).toEqual({ cardinalities: [2, 2, 2, 2], order: 'any' });
    expect(environment.logReward(environment.parse('0,1,1,0'))).toBe(0);
    expect(factors({ cardinalities: [5], variables: 2 }).parameters.cardinalities).toEqual([5, 5]);
  });

  test('in the fixed order the next variable is set', () => {
    const environment = factors({ cardinalities: [2, 3], order: 'fixed' });
    const state = new Int32Array(environment.stateSize);
    environment.initial(state);
    const allowed = () => [0, 1, 2, 3, 4].filter((action) => environment.allowed(state, action));
    expect(allowed()).toEqual([0, 1]);
    environment.apply(state, 1);
    expect(allowed()).toEqual([2, 3, 4]);
    environment.apply(state, 4);
    expect([environment.format(state), environment.isTerminal(state)]).toEqual(['1,2', true]);
  });
});

describe('bad input', () => {
  const values = [[1, 2], [3, 4]]; // prettier-ignore
  test.each<[object, RegExp]>([
    [{ cardinalities: [2, 0] }, /^cardinalities: expected integers from 1 to 2\^20, got \[2,0\]$/],
    [{ cardinalities: [2.5] }, /^cardinalities: expected integers/],
    [{ cardinalities: [] }, /^cardinalities: expected integers/],
    [{ cardinalities: [2, 2], variables: 3 }, /^cardinalities: expected one number or 3, one for each variable/],
    [{ variables: 0 }, /^variables: expected an integer from 1/],
    [{ order: 'none' }, /^order: expected one of any, fixed/],
    [{ cardinalities, unary: [1, 2] }, /^unary: expected 7 numbers, one for each value of each variable, got \[1,2\]$/],
    [
      { pairwise: [{ variables: [0, 4], values }] },
      /^pairwise\[0\]\.variables: expected two different variables from 0 to 3/,
    ],
    [{ pairwise: [{ variables: [1, 1], values }] }, /^pairwise\[0\]\.variables: .*got \[1,1\]$/],
    [{ pairwise: [{ variables: [1], values }] }, /^pairwise\[0\]\.variables: expected two variables/],
    [{ pairwise: [{ variables: [0, 1] }] }, /^pairwise\[0\]: expected a factor with variables and values/],
    [{ cardinalities, pairwise: [{ variables: [1, 0], values: [[1, 2, 3], [4, 5, 6]] }] }, /^pairwise\[0\]\.values: expected 3 × 2/], // prettier-ignore
    [{ pairwise: [0, 1, 1, 2, 3] }, /^pairwise\[0\]: expected 4 values of variables 0 and 1, got 3$/],
    [{ pairwise: [0, 1, 1, 2, 3, 4, 0, 9] }, /^pairwise\[1\]\.variables: /],
    [{ pairwise: [0] }, /^pairwise\[0\]\.variables: /],
    [{ pairwise: join(folder, 'none.json') }, /^pairwise: .*none\.json cannot be used: ENOENT/],
  ])('%j', (options, message) => {
    const create = () => createEnvironment('factors', options);
    expect(create).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
    expect(create).toThrow(message);
  });

  test.each(['', '0,1', '0,1,2', '0,3,1', '0,1,1,0', '0,01,1', '.,1,1'])('no assignment: %j', (text) => {
    expect(() => factors({ cardinalities }).parse(text)).toThrow(/^text: expected 3 values below 2, 3, 2, got /);
  });

  test.each<[object, RegExp]>([
    [{ cardinalities: [0], order: 'any' }, /^cardinalities: expected integers from 1 to 2\^20/],
    [{ order: 'any' }, /^cardinalities: expected at least one, got none/],
    [{ cardinalities: Array<number>(4096).fill(1), order: 'any' }, /^cardinalities: expected at most 4095 variables/],
    [{ cardinalities: [2], order: 'x' }, /^order: expected any or fixed, got x/],
    [{ cardinalities: [2, 2], order: 'any', unary: [1] }, /^unary: expected 4 numbers, got 1/],
    [{ cardinalities: [2, 2], order: 'any', pairwise: [0, 2, 1] }, /^pairwise: expected variables/],
    [{ cardinalities: [2, 2], order: 'any', pairwise: [0] }, /^pairwise: expected variables/],
    [{ cardinalities: [2, 2], order: 'any', pairwise: [0, 1, 1] }, /^pairwise: expected a value for every pair/],
  ])('native, %j', (parameters, message) => {
    expect(() => nativeAddon().traceEnvironment('factors', parameters, new Int32Array())).toThrow(message);
  });
});

test.each([
  ['any', 'native', 0.05],
  ['fixed', 'typescript', 0.05],
] as const)('training reaches the exact distribution, order %s, %s', async (order, backend, bound) => {
  const evaluation = await trained(factors({ cardinalities, order, unary, pairwise }), 800, backend);
  expect(evaluation.exactLogZ).toBeCloseTo(logSumExp(bruteForce().map(({ logReward }) => logReward)), 10);
  expect(evaluation.l1Sum).toBeLessThan(bound);
});
