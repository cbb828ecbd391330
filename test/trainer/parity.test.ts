import { describe, expect, test } from 'vitest';
import { createEnvironment, environments } from '../../src/env/registry.ts';
import type { Objective } from '../../src/objective/objective.ts';
import type { RegressionLoss } from '../../src/objective/regression-loss.ts';
import type { Engine } from '../../src/trainer/engine.ts';
import { cases } from '../env/cases.ts';
import { trainingOptions } from './engine-set-up.ts';
import { enginesFor, expectClose, relative } from './parity-engines.ts';

const squared: RegressionLoss = { kind: 'squared' };

/** Every objective with every weighting, and every regression loss at least once. */
const objectives: readonly Objective[] = [
  { name: 'flow-matching', flowEpsilon: 1e-3, leafCoefficient: 2, weighting: 'mean', regressionLoss: squared },
  {
    name: 'flow-matching',
    flowEpsilon: 0,
    leafCoefficient: 3,
    weighting: 'balanced',
    regressionLoss: { kind: 'log-cosh' },
  },
  { name: 'detailed-balance', leafCoefficient: 5, regressionLoss: { kind: 'half-squared' } },
  { name: 'trajectory-balance', regressionLoss: squared },
  { name: 'trajectory-balance', regressionLoss: { kind: 'huber', delta: 1 } },
  { name: 'trajectory-balance', regressionLoss: { kind: 'absolute' } },
  { name: 'vargrad', regressionLoss: squared },
  { name: 'detailed-balance', leafCoefficient: 1, regressionLoss: { kind: 'shifted-cosh' } },
  { name: 'detailed-balance', leafCoefficient: 1, regressionLoss: { kind: 'linex', alpha: 0.5 } },
  ...(
    [
      'geometric-within',
      'geometric',
      'equal-within',
      'equal',
      'trajectory-balance',
      'detailed-balance',
      'modified-detailed-balance',
    ] as const
  ).map((weighting): Objective => ({
    name: 'sub-trajectory-balance',
    lambda: 1.9,
    weighting,
    regressionLoss: squared,
  })),
];

function label({ regressionLoss, ...objective }: Objective): string {
  const weighting = 'weighting' in objective ? ` ${objective.weighting}` : '';
  return `${objective.name}${weighting} ${regressionLoss.kind}`;
}

async function compareObjective(
  { native, typescript }: { native: Engine; typescript: Engine },
  objective: Objective,
  offset: Int32Array,
  actions: Int32Array,
): Promise<void> {
  const options = trainingOptions(objective, { beta: 1.5 });
  const got = await native.evaluateObjective(options, offset, actions);
  const wanted = await typescript.evaluateObjective(options, offset, actions);
  expectClose(got.logPf, wanted.logPf, relative);
  expectClose(got.logPb, wanted.logPb, relative);
  expectClose([got.loss, got.gradientLogZ], [wanted.loss, wanted.gradientLogZ], relative);
  // Two summation orders over many rows differ element by element: the measure is the largest entry.
  const largest = wanted.gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
  expect(largest).toBeGreaterThan(0);
  expectClose(got.gradient, wanted.gradient, () => 1e-5 * largest);
}

const registered = environments.flatMap(({ name }) =>
  cases[name].map((parameters) => ({
    name: `${name} ${JSON.stringify(parameters)}`,
    environment: createEnvironment(name, parameters),
  })),
);

// Some cases of the laws have hundreds of thousands of actions: minutes for the pure-TypeScript model.
const modest = registered.filter(({ environment }) => environment.actions <= 10_000);

describe.each(modest)('$name', ({ environment }) => {
  test.each([false, true])('every objective, learned P_B %s', async (learned) => {
    const engines = enginesFor(environment, learned);
    const { offset, forwardAction } = await engines.native.sampleForward(6, { seed: 3, firstTrajectory: 2 ** 33 });
    for (const objective of objectives) {
      if (objective.name === 'flow-matching' && (learned || environment.maximumLength > 2000)) continue;
      try {
        await compareObjective(engines, objective, offset, forwardAction);
      } catch (error) {
        throw new Error(`${label(objective)}: ${(error as Error).message}`, { cause: error });
      }
    }
    engines.native.dispose();
    engines.typescript.dispose();
  });

  test('the same seed gives the same trajectories, forward and backward', async () => {
    for (const learned of [false, true]) {
      const { native, typescript } = enginesFor(environment, learned);
      const sampling = { seed: 2 ** 40 + 5, firstTrajectory: 7 };
      const got = await native.sampleForward(5, sampling);
      const wanted = await typescript.sampleForward(5, sampling);
      expect(got.forwardAction).toEqual(wanted.forwardAction);
      expect(got.terminalState).toEqual(wanted.terminalState);
      expect(got.offset).toEqual(wanted.offset);
      expectClose(got.logReward, wanted.logReward, () => 1e-12);
      expectClose(got.logPf, wanted.logPf, relative);
      expectClose(got.logPb, wanted.logPb, relative);
      const back = await native.sampleBackward(got.terminalState, sampling);
      const wantedBack = await typescript.sampleBackward(got.terminalState, sampling);
      expect(back.forwardAction).toEqual(wantedBack.forwardAction);
      expect(back.terminalState).toEqual(got.terminalState);
      expectClose(back.logPf, wantedBack.logPf, relative);
      expectClose(back.logPb, wantedBack.logPb, relative);
      native.dispose();
      typescript.dispose();
    }
  });
});

const small = createEnvironment('hypergrid', { dimensions: 3, side: 5 });

test.each(['one-hot', 'gather'] as const)('the encoding %s', async (encoding) => {
  const engines = enginesFor(small, true, { model: { encoding } });
  const { offset, forwardAction } = await engines.native.sampleForward(50, { seed: 3, firstTrajectory: 0 });
  await compareObjective(engines, objectives[3], offset, forwardAction);
  engines.native.dispose();
});

test.each(['relu', 'leaky-relu', 'elu', 'tanh', 'gelu'] as const)('the activation %s', async (activation) => {
  const engines = enginesFor(small, false, { model: { activation } });
  const { offset, forwardAction } = await engines.native.sampleForward(50, { seed: 3, firstTrajectory: 0 });
  await compareObjective(engines, objectives[2], offset, forwardAction);
  engines.native.dispose();
});

test('exact distributions, initial flows', async () => {
  for (const environment of [small, createEnvironment('bit-sequence', { length: 6, wordBits: 2, modes: ['001100'] })]) {
    const { native, typescript } = enginesFor(environment, false);
    const got = await native.exactDistribution(10_000);
    const wanted = await typescript.exactDistribution(10_000);
    expect(got.terminalState).toEqual(wanted.terminalState);
    expectClose(got.logReward, wanted.logReward, () => 1e-12);
    expectClose(got.probability, wanted.probability, (value) => 1e-5 * value);
    expect(got.probability.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    const [flow, wantedFlow] = [await native.initialFlow(), await typescript.initialFlow()];
    expect(flow.logStateFlow).toBeCloseTo(wantedFlow.logStateFlow!, 5);
    expect(flow.logSumExp).toBeCloseTo(wantedFlow.logSumExp, 5);
    native.dispose();
  }
});

test('an exact distribution of more states than are evaluated at once', async () => {
  const { native, typescript } = enginesFor(createEnvironment('hypergrid', { dimensions: 2, side: 80 }), false);
  const got = await native.exactDistribution(2 ** 20);
  const wanted = await typescript.exactDistribution(2 ** 20);
  expect(got.count).toBe(6400);
  // Rounding adds up along up to 158 transitions.
  expectClose(got.probability, wanted.probability, (value) => 1e-3 * value);
  native.dispose();
  typescript.dispose();
});

test('a few training steps stay together', async () => {
  for (const objective of [objectives[0], objectives[2], objectives[3], objectives[6], objectives[9]]) {
    const { native, typescript } = enginesFor(small, false);
    const options = trainingOptions(objective, {
      exploration: { kind: 'linear', start: 0.5, end: 0, steps: 10 },
      temperature: 2,
      weightDecay: 0.1,
      clip: 0.5,
      learningRate: { kind: 'cosine', start: 1e-3, end: 0, steps: 20 },
      learningRateLogZ: { kind: 'exponential', start: 1e-1, end: 1e-3, steps: 20 },
    });
    await native.train(options, 3, 1, () => undefined);
    await typescript.train(options, 3, 1, () => undefined);
    expectClose(native.parameters(), typescript.parameters(), () => 2e-5);
    expect(native.logZ).toBeCloseTo(typescript.logZ, 5);
    expect([native.step, native.visits]).toEqual([3, 48]);
    native.dispose();
  }
});

test('every registered environment is compared', () => {
  const compared = new Set(modest.map(({ environment }) => environment.name));
  expect([...compared]).toEqual(environments.map(({ name }) => name));
});

test('the comparison can fail', () => {
  expect(() => expectClose([1, 2], [1, 2.1], relative)).toThrow('entry 1');
  expect(() => expectClose([NaN], [1], relative)).toThrow('entry 0');
});
