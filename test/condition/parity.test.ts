import { afterAll, describe, expect, test } from 'vitest';
import { bitsOf } from '../../src/condition/condition.ts';
import { defineEnvironment } from '../../src/env/defined/define-environment.ts';
import type { Environment } from '../../src/env/environment.ts';
import { createEnvironment } from '../../src/env/registry.ts';
import { TemperedEnvironment } from '../../src/env/tempered-environment.ts';
import type { Objective } from '../../src/objective/objective.ts';
import { pairs, type Items } from '../env/defined/pairs.ts';
import { Purpose, RandomStream } from '../../src/sampler/philox.ts';
import { cases, trainingOptions } from '../trainer/engine-set-up.ts';
import { enginesFor, expectClose, within, type ParitySetUp } from '../trainer/parity-engines.ts';

/** Trajectories of a comparison, and the conditions that they take in turn. */
const TRAJECTORIES = 12;

interface Subject {
  readonly name: string;
  readonly environment: Environment;
  readonly conditions: readonly (readonly number[])[];
}

const grid = createEnvironment('hypergrid', { dimensions: 2, side: 6 });
const subjects: readonly Subject[] = [
  {
    name: 'conditional hypergrid',
    environment: createEnvironment('conditional-hypergrid', { dimensions: 2, side: 6 }),
    conditions: [[0], [0.3], [1]],
  },
  {
    name: 'thermometer',
    environment: new TemperedEnvironment(grid, { minimum: 0.5, maximum: 8, bins: 32 }),
    conditions: [[0.5], [1.7], [8]],
  },
  {
    name: 'log β',
    environment: new TemperedEnvironment(grid, { minimum: 0.5, maximum: 8, bins: 0 }),
    conditions: [[0.5], [1.7], [8]],
  },
  {
    name: 'own environment under a temperature',
    environment: new TemperedEnvironment(defineEnvironment(pairs), { minimum: 0.5, maximum: 2, bins: 8 }),
    conditions: [[0.5], [1.25], [2]],
  },
  {
    name: 'own environment whose reward depends on a condition',
    environment: defineEnvironment<Items>({
      ...pairs,
      name: 'weighed-pairs',
      condition: { size: 2 },
      logReward: (state, [a, b]) => a * pairs.logReward(state) - b * Number(state.chosen[0]),
    }),
    conditions: [
      [1, 0],
      [0.5, 0.75],
      [2, -1],
    ],
  },
];

/** A condition for each of `count` trajectories. */
function assigned({ conditions }: Subject, count: number): Int32Array {
  return bitsOf(Float32Array.from(Array.from({ length: count }, (_, i) => conditions[i % conditions.length]).flat()));
}

/** Without kinks, for finite differences. */
const smoothEngines = (environment: Environment, learned: boolean, setUp: ParitySetUp = {}) =>
  enginesFor(environment, learned, { ...setUp, model: { activation: 'tanh' } });

/** With a uniform P_B. VarGrad is none of them: it holds its mean fixed. */
const objectivesOfSteps = cases.filter(({ objective, learned }) => !learned && objective.name !== 'vargrad');

describe.each(subjects)('$name', (subject) => {
  const { environment, conditions } = subject;

  test.each([false, true])(
    'samples, exact distributions and flows of each condition, learned P_B %s',
    async (learned) => {
      const { native, typescript } = smoothEngines(environment, learned);
      afterAll(() => native.dispose());
      const seen = new Set<string>();
      for (const numbers of conditions) {
        const condition = bitsOf(Float32Array.from(numbers));
        const sampling = { seed: 5, firstTrajectory: 3, condition };
        const [got, wanted] = [await native.sampleForward(20, sampling), await typescript.sampleForward(20, sampling)];
        expect(got.forwardAction).toEqual(wanted.forwardAction);
        expect(got.terminalState).toEqual(wanted.terminalState);
        expectClose(got.logReward, wanted.logReward, within(1e-12));
        expectClose(got.logPf, wanted.logPf);
        const back = await native.sampleBackward(got.terminalState, sampling);
        const wantedBack = await typescript.sampleBackward(got.terminalState, sampling);
        expect(back.terminalState).toEqual(got.terminalState);
        expect(back.forwardAction).toEqual(wantedBack.forwardAction);
        expectClose(back.logPb, wantedBack.logPb);
        const exact = await native.exactDistribution(10_000, condition);
        const wantedExact = await typescript.exactDistribution(10_000, condition);
        expect(exact.terminalState).toEqual(wantedExact.terminalState);
        expectClose(exact.logReward, wantedExact.logReward, within(1e-12));
        expectClose(exact.probability, wantedExact.probability);
        const [flow, wantedFlow] = [await native.initialFlow(condition), await typescript.initialFlow(condition)];
        expectClose([flow.logStateFlow!, flow.logSumExp], [wantedFlow.logStateFlow!, wantedFlow.logSumExp]);
        seen.add(`${flow.logStateFlow} ${flow.logSumExp} ${exact.probability[0]} ${back.logPb[0]}`);
      }
      // The condition reaches P_F and F: an untrained model answers differently under each.
      expect(seen.size).toBe(conditions.length);
    },
  );

  test.each(cases)('loss and gradient over several conditions: $name', async ({ objective, learned }) => {
    const engines = smoothEngines(environment, learned);
    const { native, typescript } = engines;
    const given = assigned(subject, TRAJECTORIES);
    const { offset, forwardAction } = await native.sampleForward(TRAJECTORIES, { seed: 3, firstTrajectory: 0 });
    const options = trainingOptions(objective, { beta: 1.5 });
    const got = await native.evaluateObjective(options, offset, forwardAction, given);
    const wanted = await typescript.evaluateObjective(options, offset, forwardAction, given);
    expectClose(got.logPf, wanted.logPf);
    expectClose(got.logPb, wanted.logPb);
    expectClose([got.loss, got.gradientLogZ], [wanted.loss, wanted.gradientLogZ]);
    const largest = wanted.gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
    expect(largest).toBeGreaterThan(0);
    expectClose(
      got.gradient.map((g) => g / largest),
      wanted.gradient.map((g) => g / largest),
    );
    native.dispose();
  });
});

test('VarGrad takes its mean over the trajectories of a condition', async () => {
  const [subject] = subjects;
  const objective: Objective = { name: 'vargrad', regressionLoss: { kind: 'squared' } };
  const options = trainingOptions(objective);
  const { native, typescript } = smoothEngines(subject.environment, false);
  const drawn = await native.sampleForward(TRAJECTORIES, { seed: 3, firstTrajectory: 0 });
  const each = async (condition: readonly number[], numbers: readonly number[]) => {
    const lengths = numbers.map((b) => drawn.forwardAction.subarray(drawn.offset[b], drawn.offset[b + 1]));
    const offset = Int32Array.from([
      0,
      ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((n, a) => n + a.length, 0)),
    ]);
    const actions = Int32Array.from(lengths.flatMap((actionsOf) => Array.from(actionsOf)));
    const conditions = bitsOf(Float32Array.from(numbers.flatMap(() => condition)));
    return (await typescript.evaluateObjective(options, offset, actions, conditions)).loss;
  };
  const parts = await Promise.all(
    subject.conditions.map((condition, k) =>
      each(
        condition,
        Array.from({ length: TRAJECTORIES / 3 }, (_, i) => 3 * i + k),
      ),
    ),
  );
  const mean = parts.reduce((sum, loss) => sum + loss, 0) / 3;
  for (const engine of [native, typescript]) {
    const whole = await engine.evaluateObjective(
      options,
      drawn.offset,
      drawn.forwardAction,
      assigned(subject, TRAJECTORIES),
    );
    expect(whole.loss).toBeCloseTo(mean, 5);
  }
  native.dispose();
});

test.each(objectivesOfSteps)('the derivative of $name is that of its loss', async ({ objective }) => {
  const [subject] = subjects;
  const random = new RandomStream(1, Purpose.evaluation);
  const direction = (i: number): number => 2 * random.uniform(i, 0) - 1;
  const options = trainingOptions(objective);
  const evaluate = async (distance: number) => {
    const { native, typescript } = smoothEngines(subject.environment, false, { move: (i) => distance * direction(i) });
    const { offset, forwardAction } = await native.sampleForward(TRAJECTORIES, { seed: 3, firstTrajectory: 0 });
    const given = assigned(subject, TRAJECTORIES);
    native.dispose();
    return { actions: { offset, forwardAction }, given, typescript };
  };
  const { actions, given, typescript } = await evaluate(0);
  const { gradient } = await typescript.evaluateObjective(options, actions.offset, actions.forwardAction, given);
  const lossAt = async (distance: number): Promise<number> => {
    const moved = (await evaluate(distance)).typescript;
    return (await moved.evaluateObjective(options, actions.offset, actions.forwardAction, given)).loss;
  };
  const step = 1e-3;
  const slope = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
  const expected = gradient.reduce((sum, g, i) => sum + g * direction(i), 0);
  expect(Math.abs(expected)).toBeGreaterThan(0.01);
  expect(Math.abs(slope - expected)).toBeLessThan(0.01 * Math.abs(expected));
});

test('a batch in parts has the gradient of the whole', async () => {
  const [subject] = subjects;
  const given = assigned(subject, 60);
  for (const { objective } of objectivesOfSteps) {
    const gradients: Float32Array[] = [];
    const losses: number[] = [];
    for (const memoryBytes of [2 ** 30, 2 ** 17]) {
      const { native, typescript } = smoothEngines(subject.environment, false, { memoryBytes });
      const { offset, forwardAction } = await native.sampleForward(60, { seed: 3, firstTrajectory: 0 });
      const { gradient, loss } = await typescript.evaluateObjective(
        trainingOptions(objective),
        offset,
        forwardAction,
        given,
      );
      gradients.push(gradient);
      losses.push(loss);
      native.dispose();
    }
    expect(losses[1]).toBeCloseTo(losses[0], 6);
    const largest = gradients[0].reduce((most, g) => Math.max(most, Math.abs(g)), 0);
    expectClose(
      gradients[1].map((g) => g / largest),
      gradients[0].map((g) => g / largest),
    );
  }
});
