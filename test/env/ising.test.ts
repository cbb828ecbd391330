import { describe, expect, test } from 'vitest';
import type { Environment } from '../../src/env/environment.ts';
import { ising } from '../../src/env/ising.ts';
import { createEnvironment } from '../../src/env/registry.ts';
import { nativeAddon } from '../../src/native-addon.ts';
import { trajectoryBalance } from '../../src/objective/define-objective.ts';
import { RandomStream, Purpose } from '../../src/sampler/philox.ts';
import { Trainer } from '../../src/trainer/trainer.ts';

/** Every terminal state, through `parse`. */
function terminalStates(environment: Environment, side: number): Int32Array[] {
  const sites = side * side;
  return Array.from({ length: 2 ** sites }, (_, x) => environment.parse(x.toString(2).padStart(sites, '0')));
}

/** J = σA with A counted from the four neighbours of every site, by their coordinates. */
function interactions(side: number, coupling: number): number[][] {
  const sites = side * side;
  const matrix = Array.from({ length: sites }, () => Array<number>(sites).fill(0));
  for (let i = 0; i < sites; i++) {
    const [row, column] = [Math.floor(i / side), i % side];
    for (const [r, c] of [
      [row - 1, column],
      [row + 1, column],
      [row, column - 1],
      [row, column + 1],
    ]) {
      matrix[i][((r + side) % side) * side + ((c + side) % side)] += coupling;
    }
  }
  return matrix;
}

/** sᵀJs */
function quadraticForm(matrix: readonly number[][], x: Int32Array): number {
  const spin = (i: number) => 2 * x[i] - 1;
  return matrix.reduce((sum, row, i) => sum + row.reduce((inner, entry, j) => inner + spin(i) * entry * spin(j), 0), 0);
}

function logSumExp(values: readonly number[]): number {
  const most = Math.max(...values);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}

/** log Z of the n × n torus whose bonds weigh K > 0, each counted once (Kaufman 1949), for weights exp(K Σ s s'). */
function kaufman(n: number, K: number): number {
  const gamma = (k: number): number => {
    if (k === 0) return 2 * K + Math.log(Math.tanh(K)); // its sign matters
    return Math.acosh(Math.cosh(2 * K) / Math.tanh(2 * K) - Math.cos((Math.PI * k) / n));
  };
  const product = (first: number, factor: (x: number) => number) =>
    Array.from({ length: n }, (_, k) => 2 * factor((n / 2) * gamma(2 * k + first))).reduce((a, b) => a * b);
  const sum = product(1, Math.cosh) + product(1, Math.sinh) + product(0, Math.cosh) + product(0, Math.sinh);
  return ((n * n) / 2) * Math.log(2 * Math.sinh(2 * K)) + Math.log(sum / 2);
}

describe('reward', () => {
  test.each([
    [2, 0.44],
    [2, -0.3],
    [3, 0.2],
    [3, -0.7],
    [3, 0],
  ])('is the quadratic form of J at every state, side %i, coupling %d; native the same', (side, coupling) => {
    const environment = ising({ side, coupling });
    const matrix = interactions(side, coupling);
    for (const x of terminalStates(environment, side)) {
      const got = environment.logReward(x);
      expect(Math.abs(got - quadraticForm(matrix, x))).toBeLessThan(1e-12);
      const actions = x.slice(0, side * side).map((spin, i) => spin * side * side + i);
      expect(nativeAddon().traceEnvironment('ising', environment.parameters, actions).logReward).toBe(got);
    }
  });

  test('at the largest side', () => {
    const side = 63;
    const environment = ising({ side, coupling: 0.1 });
    const random = new RandomStream(3, Purpose.evaluation);
    const bits = Array.from({ length: side * side }, (_, i) => (random.uniform(0, i) < 0.5 ? '0' : '1')).join('');
    const x = environment.parse(bits);
    const expected = quadraticForm(interactions(side, 0.1), x);
    expect(environment.logReward(x)).toBeCloseTo(expected, 9);
    expect(environment.logReward(environment.parse('1'.repeat(side * side)))).toBeCloseTo(4 * 0.1 * side * side, 9);
  });

  test.each([
    [2, 0.05],
    [2, 0.44],
    [3, 0.1],
    [3, 0.44],
    [4, 0.2],
  ])('partition function of the torus, side %i, coupling %d', (side, coupling) => {
    const environment = ising({ side, coupling });
    const logRewards = terminalStates(environment, side).map((x) => environment.logReward(x));
    expect(logRewards.length).toBe(environment.terminalCount);
    expect(logSumExp(logRewards)).toBeCloseTo(kaufman(side, 2 * coupling), 10);
  });
});

describe('modes', () => {
  const found = (environment: Environment, side: number) =>
    terminalStates(environment, side).flatMap((x) => {
      const modes = environment.modes!.of(x);
      return modes.length > 0 ? [[environment.format(x), ...modes]] : [];
    });

  test('are the states of highest reward', () => {
    for (const [side, coupling] of [
      [2, 1],
      [2, -1],
      [3, 0.3],
      [4, -0.3],
    ]) {
      const environment = ising({ side, coupling });
      const states = terminalStates(environment, side);
      const most = Math.max(...states.map((x) => environment.logReward(x)));
      expect(most).toBeCloseTo(4 * Math.abs(coupling) * side * side, 12);
      for (const x of states) expect(environment.modes!.of(x).length).toBe(environment.logReward(x) === most ? 1 : 0);
    }
  });

  test('of a ferromagnet and of an antiferromagnet', () => {
    const ferromagnet = ising({ side: 3 });
    expect(found(ferromagnet, 3)).toEqual([
      ['000000000', 0],
      ['111111111', 1],
    ]);
    expect(ferromagnet.modes!.definition).toBe('one of the 2 ground states, all spins equal');
    const antiferromagnet = ising({ side: 4, coupling: -0.44 });
    expect(found(antiferromagnet, 4)).toEqual([
      ['0101101001011010', 0],
      ['1010010110100101', 1],
    ]);
    expect(antiferromagnet.modes!.definition).toBe('one of the 2 ground states, the checkerboards');
  });

  test('are not told where ground states are many', () => {
    expect(ising({ side: 3, coupling: -0.44 }).modes).toBeNull();
    expect(ising({ side: 4, coupling: 0 }).modes).toBeNull();
  });
});

test('sizes', () => {
  expect(ising()).toMatchObject({
    parameters: { side: 6, coupling: 0.44 },
    stateSize: 37,
    actions: 72,
    backwardActions: 36,
    keyWords: 2,
    maximumLength: 36,
    terminalCount: 2 ** 36,
    stateCount: Infinity,
    observation: { width: 36, size: 108 },
  });
  expect(ising({ side: 63 })).toMatchObject({ keyWords: 125, terminalCount: Infinity });
});

test('actions set sites, and what the model sees of them', () => {
  const environment = ising({ side: 2 });
  const state = new Int32Array(environment.stateSize);
  environment.initial(state);
  expect(environment.apply(state, 2)).toBe(2);
  expect(environment.apply(state, 4 + 1)).toBe(1);
  expect(environment.format(state)).toBe('.10.');
  expect([...state]).toEqual([-1, 1, 0, -1, 2]);
  expect(Array.from({ length: 8 }, (_, a) => environment.allowed(state, a))).toEqual(
    [1, 0, 0, 1, 1, 0, 0, 1].map(Boolean),
  );
  const indices = new Int32Array(4);
  environment.observe(state, indices);
  expect([...indices]).toEqual([0, 5, 7, 9]);
});

test('the 3^9 states of side 3 have as many keys, 2^9 of them of terminal states', () => {
  const environment = ising({ side: 3 });
  const keyOf = (state: Int32Array) => {
    const key = new Uint32Array(2 * environment.keyWords);
    environment.key(state, key);
    return key.join(' ');
  };
  const first = new Int32Array(environment.stateSize);
  environment.initial(first);
  const states = new Map([[keyOf(first), first]]);
  for (const state of states.values()) {
    for (let action = 0; action < environment.actions; action++) {
      if (!environment.allowed(state, action)) continue;
      const child = state.slice();
      environment.apply(child, action);
      if (!states.has(keyOf(child))) states.set(keyOf(child), child);
    }
  }
  expect([states.size, environment.stateCount]).toEqual([3 ** 9, 3 ** 9]);
  const terminal = [...states.values()].filter((state) => environment.isTerminal(state));
  expect([terminal.length, environment.terminalCount]).toEqual([2 ** 9, 2 ** 9]);
});

describe('bad input', () => {
  test.each<[object, string, RegExp]>([
    [{ side: 1 }, 'ERR_ARGUMENT', /^side: expected an integer from 2 to 63, got 1$/],
    [{ side: 64 }, 'ERR_ARGUMENT', /^side: .*got 64$/],
    [{ side: '6' }, 'ERR_ARGUMENT', /^side: .*got "6"$/],
    [{ coupling: NaN }, 'ERR_ARGUMENT', /^coupling: expected a finite number.*got NaN$/],
    [{ coupling: -Infinity }, 'ERR_ARGUMENT', /^coupling: .*got -Infinity$/],
    [{ couplings: 1 }, 'ERR_UNKNOWN_OPTION', /did you mean "coupling"/],
  ])('%j', (options, code, message) => {
    const create = () => createEnvironment('ising', options);
    expect(create).toThrow(expect.objectContaining({ code }));
    expect(create).toThrow(message);
  });

  test.each(['', '011', '01101', '011x', '01.1'])('a torus of 4 is not %j', (text) => {
    expect(() => ising({ side: 2 }).parse(text)).toThrow(/^text: expected 4 spins 0 or 1, got /);
  });

  test.each<[object, RegExp]>([
    [{ side: 64, coupling: 1 }, /^side: expected an integer from 2 to 63/],
    [{ side: 1, coupling: 1 }, /^side: /],
    [{ side: 3 }, /^coupling: expected a number, got nothing/],
  ])('native, %j', (parameters, message) => {
    expect(() => nativeAddon().traceEnvironment('ising', parameters, new Int32Array())).toThrow(message);
  });
});

/** Trains trajectory balance on a small torus and evaluates it exactly. */
async function trained(side: number, coupling: number, steps: number, backend: 'native' | 'typescript') {
  const learningRate = { kind: 'cosine', start: 0.005, end: 0, steps } as const;
  using trainer = await Trainer.create({
    environment: ising({ side, coupling }),
    objective: trajectoryBalance(),
    hidden: [64],
    batchSize: 32,
    seed: 1,
    learningRate,
    backend,
  });
  for await (const { step } of trainer.train({ steps, reportEvery: steps })) expect(step).toBe(steps);
  return await trainer.evaluate({ samples: 1000, seed: 1 });
}

describe('training reaches the exact distribution', () => {
  test.each([
    [2, 0.1, 600, 'typescript', 0.02],
    [2, 0.1, 600, 'native', 0.02],
    [3, 0.1, 1500, 'native', 0.1],
    [3, -0.1, 1500, 'native', 0.1],
  ] as const)('side %i, coupling %d, %i steps, %s', async (side, coupling, steps, backend, bound) => {
    const evaluation = await trained(side, coupling, steps, backend);
    const matrix = interactions(side, coupling);
    const states = terminalStates(ising({ side, coupling }), side);
    const exactLogZ = logSumExp(states.map((x) => quadraticForm(matrix, x)));
    expect(evaluation.exactLogZ).toBeCloseTo(exactLogZ, 10);
    expect(evaluation.l1Sum).toBeLessThan(bound);
    expect(Math.abs(evaluation.logZ! - exactLogZ)).toBeLessThan(0.05);
    expect(evaluation.correlationObjects).toBe(`all ${states.length} terminal states`);
  });
});
