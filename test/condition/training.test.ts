import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { conditionOf, conditionsOf } from '../../src/condition/condition.ts';
import {
  conditionalHypergrid,
  defineEnvironment,
  FlowModel,
  hypergrid,
  Trainer,
  trajectoryBalance,
  varGrad,
  type Backend,
  type EnvironmentDescription,
  type TrainerOptions,
} from '../../src/index.ts';
import { pairs, type Items } from '../env/defined/pairs.ts';

const environment = conditionalHypergrid({ dimensions: 2, side: 5 });
const backends: readonly Backend[] = ['native', 'typescript'];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gflownet-condition-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** How many items a set has. */
function chosenItems({ chosen }: Items): number {
  return chosen.replaceAll('0', '').length;
}

/** Sets of items for two objectives, the number of items and the pairs' reward; weights are the condition. */
const preferencesDescription: EnvironmentDescription<Items> = {
  ...pairs,
  name: 'preferences',
  condition: { size: 2, distribution: { kind: 'dirichlet', concentration: 1 } },
  logReward: (state, [few, many]) => {
    const share = chosenItems(state) / state.chosen.length;
    return Math.log(few * (1 - share) + many * share + 1e-3);
  },
};
const preferences = defineEnvironment(preferencesDescription);

function options(changes: Partial<TrainerOptions> = {}): TrainerOptions {
  return { environment, objective: trajectoryBalance(), batchSize: 8, seed: 3, hidden: [16], threads: 1, ...changes };
}

/** The conditions of all objects that some steps visit. */
async function visitedConditions(trainer: Trainer, steps: number): Promise<number[][]> {
  const { environment: own } = trainer.options;
  const visited: number[][] = [];
  for await (const report of trainer.train({ steps, keepVisited: true })) {
    const { terminalState, count, logReward } = report.visited!;
    for (let i = 0; i < count; i++) {
      const x = terminalState.subarray(i * own.stateSize, (i + 1) * own.stateSize);
      visited.push(conditionOf(own, x));
      // The reward that was trained on is that of the trajectory's own condition.
      expect(logReward[i]).toBeCloseTo(own.logReward(x), 12);
    }
  }
  return visited;
}

describe.each(backends)('%s', (backend) => {
  test('the same seed draws the same conditions, one a trajectory', async () => {
    await using trainer = await Trainer.create(options({ backend }));
    await using twin = await Trainer.create(options({ backend }));
    const conditions = await visitedConditions(trainer, 4);
    expect(conditions).toHaveLength(32);
    expect(new Set(conditions.map(String)).size).toBe(32);
    for (const [c] of conditions) expect(c).toBeGreaterThanOrEqual(0);
    for (const [c] of conditions) expect(c).toBeLessThanOrEqual(1);
    expect(await visitedConditions(twin, 4)).toEqual(conditions);
    await using other = await Trainer.create(options({ backend, seed: 4 }));
    expect(await visitedConditions(other, 4)).not.toEqual(conditions);
  });

  test('trajectories share a condition as they are told, and for VarGrad', async () => {
    for (const changes of [{ conditions: { trajectoriesPerCondition: 4 } }, { objective: varGrad(), batchSize: 16 }]) {
      await using trainer = await Trainer.create(options({ backend, ...changes }));
      const conditions = (await visitedConditions(trainer, 2)).map(String);
      expect(new Set(conditions).size).toBe(4);
      expect(conditions[0]).toBe(conditions[3]);
      expect(conditions[0]).not.toBe(conditions[conditions.length / 4]);
    }
  });

  const distributions: [string, TrainerOptions['conditions'], (condition: number[]) => boolean][] = [
    ['list', { distribution: { kind: 'list', values: [[0.25], [1]] } }, ([c]) => c === 0.25 || c === 1],
    [
      'log-uniform',
      { distribution: { kind: 'log-uniform', minimum: 0.1, maximum: 0.2 } },
      ([c]) => c > 0.0999 && c < 0.2001,
    ],
    ['function', { distribution: (random) => [random() / 2] }, ([c]) => c >= 0 && c < 0.5],
  ];
  test.each(distributions)('conditions of a %s', async (_, conditions, fits) => {
    await using trainer = await Trainer.create(options({ backend, conditions }));
    const drawn = await visitedConditions(trainer, 5);
    expect(drawn.every(fits)).toBe(true);
    expect(new Set(drawn.map(String)).size).toBeGreaterThan(1);
  });

  test('replay, datasets, local search and late rewards keep each trajectory its condition', async () => {
    const dataset = { trajectories: 2, objects: ['1,2', '4,4'], conditions: [[0.125], [0.875]] };
    const off: Partial<TrainerOptions> = {
      replay: { trajectories: 3, capacity: 20 },
      dataset,
      localSearch: { trajectories: 2, rounds: 2 },
      rewardDelay: 2,
    };
    await using trainer = await Trainer.create(options({ backend, ...off }));
    await visitedConditions(trainer, 6);
    const path = join(folder, `off-policy-${backend}`);
    await trainer.saveCheckpoint(path);
    await visitedConditions(trainer, 4);
    await using resumed = await Trainer.fromCheckpoint(path, { dataset, threads: 1 });
    expect(resumed.step).toBe(6);
    await visitedConditions(resumed, 4);
    expect(await parametersOf(resumed)).toEqual(await parametersOf(trainer));
  });

  test('a function must be given again to go on from a checkpoint', async () => {
    const conditions = { distribution: (random: () => number) => [random() ** 2] };
    await using trainer = await Trainer.create(options({ backend, conditions }));
    await visitedConditions(trainer, 3);
    const path = join(folder, `function-${backend}`);
    await trainer.saveCheckpoint(path);
    await visitedConditions(trainer, 2);
    await expect(Trainer.fromCheckpoint(path)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT' });
    await using resumed = await Trainer.fromCheckpoint(path, { conditions, threads: 1 });
    await visitedConditions(resumed, 2);
    expect(await parametersOf(resumed)).toEqual(await parametersOf(trainer));
  });

  test('a function that gives no condition stops the step, and the trainer goes on with the next call', async () => {
    let broken = true;
    const conditions = { distribution: () => (broken ? [1, 2] : [0.5]) };
    broken = false;
    await using trainer = await Trainer.create(options({ backend, conditions }));
    broken = true;
    const train = async (): Promise<void> => {
      for await (const { step } of trainer.train({ steps: 1 })) expect(step).toBe(1);
    };
    await expect(train()).rejects.toMatchObject({ code: 'ERR_CONDITION' });
    expect(trainer.step).toBe(0);
    broken = false;
    await train();
    expect(trainer.step).toBe(1);
  });

  test('samples of a condition, of a saved model too', async () => {
    await using trainer = await Trainer.create(options({ backend }));
    await visitedConditions(trainer, 2);
    const path = join(folder, `model-${backend}.onnx`);
    await trainer.model.save(path);
    await using loaded = await FlowModel.load(path, { backend });
    expect(loaded.conditions).toEqual([[0], [0.25], [0.5], [0.75], [1]]);
    const samples = await loaded.sample(5, { condition: [0.1], seed: 2 });
    expect(samples).toEqual(await trainer.model.sample(5, { condition: [0.1], seed: 2 }));
    for (const { x, state, condition, logReward } of samples) {
      expect(condition).toEqual([Math.fround(0.1)]);
      expect(state).toMatch(/^\d,\d$/);
      expect(logReward).toBeCloseTo(environment.logReward(x), 12);
    }
    const { conditions } = await loaded.evaluate({ samples: 10, conditions: [[0.1]] });
    expect(conditions).toHaveLength(1);
    for (const condition of [undefined, [], [1, 2], [Number.NaN], [2], [-0.1], 0.5 as unknown as number[]]) {
      const rejected = expect(loaded.sample(1, { condition })).rejects;
      await rejected.toMatchObject({
        code: 'ERR_CONDITION',
        message: expect.stringContaining('condition: expected 1 finite number') as string,
      });
    }
    await expect(loaded.exactDistribution(100)).rejects.toMatchObject({ code: 'ERR_CONDITION' });
    await expect(loaded.exactDistribution(100, [2])).rejects.toThrow(
      'condition: expected 1 finite number from 0 to 1 like [0.5], got [2]',
    );
    await expect(loaded.evaluate({ conditions: [[1, 2]] })).rejects.toMatchObject({ code: 'ERR_CONDITION' });
    await expect(loaded.evaluate({ conditions: [[0], [1.5]] })).rejects.toThrow(/^conditions\[1\]: .* from 0 to 1 /);
  });

  test("preferences over objectives of a user's own environment", async () => {
    await using trainer = await Trainer.create({
      environment: preferences,
      objective: trajectoryBalance(),
      backend,
      batchSize: 32,
      hidden: [64],
      learningRate: { kind: 'cosine', start: 1e-2, end: 1e-4, steps: 600 },
      threads: 1,
    });
    for await (const { loss } of trainer.train({ steps: 600, reportEvery: 600 })) expect(loss).toBeLessThan(1);
    const evaluation = await trainer.evaluate({
      samples: 500,
      conditions: [
        [1, 0],
        [0.5, 0.5],
        [0, 1],
      ],
    });
    for (const { l1Sum, logZ, exactLogZ } of evaluation.conditions!) {
      expect(l1Sum).toBeLessThan(0.2);
      expect(Math.abs(logZ! - exactLogZ!)).toBeLessThan(0.1);
    }
    const sizes = async (condition: number[]): Promise<number> => {
      const samples = await trainer.model.sample(200, { condition });
      return samples.reduce((sum, { x }) => sum + chosenItems(preferences.stateOf(x)), 0) / 200;
    };
    expect(await sizes([0, 1])).toBeGreaterThan((await sizes([1, 0])) + 0.5);
  });

  test('a reward function is told the conditions', async () => {
    const seen: (readonly number[])[] = [];
    await using trainer = await Trainer.create({
      ...options({ backend, environment: defineEnvironment(preferencesDescription, { compile: true }) }),
      reward: {
        scale: 'log',
        score: (objects: readonly Items[], { conditions }) => {
          seen.push(...conditions!);
          return objects.map(({ chosen }, i) => conditions![i][0] * Number(chosen[0]));
        },
      },
    });
    const drawn: number[][] = [];
    for await (const { visited } of trainer.train({ steps: 3, keepVisited: true })) {
      const { terminalState } = visited!;
      const numbers = new Float32Array(conditionsOf(preferences, terminalState).buffer);
      for (let i = 0; i < numbers.length; i += 2) drawn.push(Array.from(numbers.subarray(i, i + 2)));
    }
    expect(drawn).toEqual(seen);
    for (const [a, b] of drawn) expect(a + b).toBeCloseTo(1, 6);
  });

  test('a temperature as the condition: R^β for each β', async () => {
    for (const [base, reward] of [
      [hypergrid({ dimensions: 2, side: 5 }), undefined],
      [
        hypergrid({ dimensions: 2, side: 5 }),
        { scale: 'log', score: (xs: readonly Int32Array[]) => xs.map(([x]) => x / 4) },
      ],
      [defineEnvironment({ ...pairs, logReward: (state: Items) => Number(state.chosen[0]) }), undefined],
    ] as const) {
      await using trainer = await Trainer.create({
        environment: base,
        objective: trajectoryBalance(),
        reward,
        conditions: { temperature: { minimum: 0.5, maximum: 2, bins: 8 } },
        backend,
        batchSize: 32,
        hidden: [64],
        learningRate: { kind: 'cosine', start: 1e-2, end: 1e-4, steps: 500 },
        threads: 1,
      });
      for await (const { loss } of trainer.train({ steps: 500, reportEvery: 500 })) expect(loss).toBeLessThan(1);
      const { conditions } = await trainer.evaluate({ samples: 200, conditions: [[0.5], [1], [2]] });
      for (const { l1Sum, logZ, exactLogZ } of conditions!) {
        expect(l1Sum).toBeLessThan(0.2);
        expect(Math.abs(logZ! - exactLogZ!)).toBeLessThan(0.15);
      }
      expect(Math.abs(conditions![0].exactLogZ! - conditions![2].exactLogZ!)).toBeGreaterThan(0.3);
      if (reward !== undefined || base.name === 'pairs') continue;
      const path = join(folder, `tempered-${backend}.onnx`);
      await trainer.model.save(path);
      await using loaded = await FlowModel.load(path, { backend });
      expect(await loaded.sample(3, { condition: [2] })).toEqual(await trainer.model.sample(3, { condition: [2] }));
    }
  });
});

async function parametersOf(trainer: Trainer): Promise<string> {
  const samples = await trainer.model.sample(20, {
    condition: Array.from({ length: trainer.options.environment.condition!.size }, () => 0.5),
  });
  return JSON.stringify(samples.map(({ state, logProbability }) => [state, logProbability]));
}

test("the range of a user's own environment is its bounds, to float32", async () => {
  const ranged = (range: unknown) =>
    defineEnvironment({
      ...preferencesDescription,
      condition: { size: 2, range: range as { minimum: 0; maximum: 1 } },
    });
  const environment = ranged({ minimum: 0.1, maximum: 0.3 });
  const distribution = { kind: 'list', values: [[0.1, 0.3]] } as const;
  using trainer = await Trainer.create({ ...options({ environment }), conditions: { distribution } });
  expect(await trainer.model.sample(1, { condition: [0.3, 0.1] })).toHaveLength(1);
  await expect(trainer.model.sample(1, { condition: [0.3, 0.09] })).rejects.toThrow(
    'condition: expected 2 finite numbers from 0.1 to 0.3 like [0.10000000149011612, 0.10000000149011612], got [0.3,0.09]',
  );
  const drawn = Trainer.create({ ...options({ environment }), conditions: { distribution: () => [0.2, 0.4] } });
  await expect(drawn).rejects.toThrow(
    /^conditions: what its function returned: expected 2 finite numbers from 0\.1 to/,
  );
  for (const [range, message] of [
    [3, /^condition\.range: expected an object like/],
    [{ minimum: 1, maximum: 0 }, /^condition\.range\.maximum: expected a finite number of at least 1, got 0/],
    [{ minimum: 0, maximum: 1, step: 1 }, /^condition\.range: unknown option "step"/],
  ] as const) {
    expect(() => ranged(range)).toThrow(message);
  }
});

test.each<[string, Partial<TrainerOptions>, string, RegExp]>([
  ['no condition', { environment: hypergrid(), conditions: {} }, 'ERR_CONDITION', /hypergrid, which has no condition/],
  [
    'two conditions',
    { conditions: { temperature: { minimum: 1, maximum: 2 } } },
    'ERR_ARGUMENT',
    /a condition of its own/,
  ],
  ['VarGrad alone', { objective: varGrad(), conditions: { trajectoriesPerCondition: 1 } }, 'ERR_ARGUMENT', /from 2 to/],
  [
    'wrong size',
    { conditions: { distribution: { kind: 'list', values: [[0.5, 0.5]] } } },
    'ERR_CONDITION',
    /conditions\.distribution\.values\[0\]: expected 1 finite number from 0 to 1 like \[0\.5\], got \[0\.5,0\.5\]/,
  ],
  ['weights of one', { conditions: { distribution: { kind: 'dirichlet' } } }, 'ERR_ARGUMENT', /at least 2/],
  [
    'upside down',
    { conditions: { distribution: { kind: 'uniform', minimum: 1, maximum: 0 } } },
    'ERR_ARGUMENT',
    /maximum: expected a finite number from 1 to 1, got 0/,
  ],
  [
    'dataset without conditions',
    { dataset: { trajectories: 1, objects: ['1,1'] } },
    'ERR_CONDITION',
    /dataset\.conditions\[0\]: expected 1 finite number/,
  ],
  [
    'exponents of 0',
    {
      environment: hypergrid(),
      conditions: { temperature: { minimum: 1, maximum: 2 }, distribution: { kind: 'list', values: [[0]] } },
    },
    'ERR_CONDITION',
    /values\[0\]: expected 1 finite number from 0\.000001 to 1000000 like \[0\.5\], got \[0\]/,
  ],
  [
    'exponents of 0, drawn uniformly',
    {
      environment: hypergrid(),
      conditions: {
        temperature: { minimum: 1, maximum: 2 },
        distribution: { kind: 'uniform', minimum: 0, maximum: 1 },
      },
    },
    'ERR_ARGUMENT',
    /distribution\.minimum: expected a finite number from 0\.000001 to 1000000, got 0/,
  ],
  [
    'outside the range of the environment',
    { conditions: { distribution: { kind: 'uniform', minimum: 0, maximum: 2 } } },
    'ERR_ARGUMENT',
    /distribution\.maximum: expected a finite number from 0 to 1, got 2/,
  ],
  [
    'listed outside the range of the environment',
    { conditions: { distribution: { kind: 'list', values: [[0.5], [-1]] } } },
    'ERR_CONDITION',
    /values\[1\]: expected 1 finite number from 0 to 1 like \[0\.5\], got \[-1\]/,
  ],
  [
    'of a dataset outside the range of the environment',
    { dataset: { trajectories: 1, objects: ['1,1'], conditions: [[2]] } },
    'ERR_CONDITION',
    /dataset\.conditions\[0\]: expected 1 finite number from 0 to 1 like \[0\.5\], got \[2\]/,
  ],
])('refused: %s', async (_, changes, code, message) => {
  const created = Trainer.create(options(changes));
  await expect(created).rejects.toMatchObject({ code });
  await expect(created).rejects.toThrow(message);
});
