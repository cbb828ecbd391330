import { describe, expect, it } from 'vitest';
import {
  defineEnvironment,
  hypergrid,
  trajectoryBalance,
  Trainer,
  type Environment,
  type RewardFunction,
  type TrainerOptions,
} from '../../src/index.ts';
import { pairs, type Items } from '../env/defined/pairs.ts';

const grid = hypergrid({ dimensions: 2, side: 5 });

async function trainerWith(
  reward: RewardFunction<never>,
  options: Partial<TrainerOptions> = {},
  environment: Environment = grid,
): Promise<Trainer> {
  return Trainer.create({ environment, objective: trajectoryBalance(), hidden: [16], seed: 2, reward, ...options });
}

async function train(trainer: Trainer, steps: number): Promise<void> {
  for await (const { step } of trainer.train({ steps })) expect(step).toBeGreaterThan(0);
}

describe.each(['native', 'typescript'] as const)('a reward function on the %s backend', (backend) => {
  it('takes the place of the environment’s reward', async () => {
    const score = (objects: readonly Int32Array[]) => objects.map((x) => 1 + x[0] * x[1]);
    using trainer = await trainerWith({ score }, { backend, learningRate: 5e-3 });
    await train(trainer, backend === 'native' ? 1500 : 600);
    const { l1Sum, exactLogZ } = await trainer.evaluate({ samples: 100 });
    let z = 0;
    for (let x = 0; x < 5; x++) for (let y = 0; y < 5; y++) z += 1 + x * y;
    expect(exactLogZ).toBeCloseTo(Math.log(z), 10);
    expect(l1Sum).toBeLessThan(0.1);
    const [sample] = await trainer.model.sample(1);
    expect(sample.logReward).toBeCloseTo(Math.log(1 + sample.x[0] * sample.x[1]), 10);
  });

  it('may answer later, and gets text or states of the user’s own', async () => {
    const seen: unknown[] = [];
    const later = async (objects: readonly unknown[]): Promise<Float64Array> => {
      seen.push(objects[0]);
      await new Promise((resolve) => setTimeout(resolve, 2));
      return new Float64Array(objects.length);
    };
    using texts = await trainerWith({ score: later, scale: 'log', objects: 'text' }, { backend });
    await train(texts, 2);
    using states = await trainerWith({ score: later, scale: 'log' }, { backend }, defineEnvironment(pairs));
    await train(states, 2);
    expect(seen[0]).toMatch(/^\d,\d$/);
    expect((seen[2] as Items).finished).toBe(true);
  });

  it('is asked once for an object that its cache remembers', async () => {
    let asked = 0;
    const score = (objects: readonly Int32Array[]) => {
      asked += objects.length;
      return objects.map((x) => 1 + x[0]);
    };
    using trainer = await trainerWith({ score, cache: 100 }, { backend });
    await train(trainer, 50);
    expect(asked).toBeLessThanOrEqual(25);
  });

  const bad: readonly [string, RewardFunction<never>, RegExp][] = [
    [
      'throws',
      {
        score: () => {
          throw new Error('no ink');
        },
      },
      /reward: score failed: no ink/,
    ],
    ['rejects', { score: () => Promise.reject(new Error('no paper')) }, /reward: score failed: no paper/],
    ['never settles', { score: () => new Promise(() => undefined), timeLimit: 0.02 }, /within 0.02 s \(timeLimit\)/],
    ['returns too few', { score: () => [1] }, /expected score to return \d+ numbers, got 1/],
    ['returns nothing', { score: (() => undefined) as never }, /expected score to return \d+ numbers, got undefined/],
    ['is not a number', { score: (x: readonly unknown[]) => x.map(() => Number.NaN) }, /for \d,\d, got NaN/],
    ['is infinite', { score: (x: readonly unknown[]) => x.map(() => Infinity) }, /for \d,\d, got Infinity/],
    [
      'is negative',
      { score: (x: readonly unknown[]) => x.map(() => -2) },
      /whose transform is at least 0 for \d,\d, got -2/,
    ],
    ['is text', { score: (x: readonly unknown[]) => x.map(() => '1') as never }, /got "1"/],
    ['is zero', { score: (x: readonly unknown[]) => x.map(() => 0) }, /finite/],
  ];

  it.each(bad)('that %s stops training and leaves the trainer as it was', async (_, reward, message) => {
    let broken = false;
    const score: RewardFunction['score'] = (objects, context) =>
      broken ? (reward as RewardFunction).score(objects, context) : objects.map(() => (reward.scale === 'log' ? 0 : 1));
    using trainer = await trainerWith({ ...reward, score }, { backend });
    await train(trainer, 3);
    const before = await trainer.model.sampleTrajectories(20);
    broken = true;
    await expect(train(trainer, 3)).rejects.toMatchObject({ code: 'ERR_REWARD' });
    await expect(train(trainer, 3)).rejects.toThrow(message);
    broken = false;
    expect(trainer.step).toBe(3);
    expect(await trainer.model.sampleTrajectories(20)).toEqual(before);
    await train(trainer, 2);
    expect(trainer.step).toBe(5);
  });

  it('that never settles does not keep a trainer from being disposed', async () => {
    const trainer = await trainerWith({ score: () => new Promise(() => undefined) }, { backend });
    const training = train(trainer, 3);
    await new Promise((resolve) => setTimeout(resolve, 20));
    trainer.dispose();
    await expect(training).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  });

  it('with a delay of n trains step t on what the policy of step t − n drew', async () => {
    const score = (objects: readonly Int32Array[]) => objects.map((x) => 1 + x[0]);
    const visitedBy = async (rewardDelay: number, learningRate: number): Promise<string[]> => {
      using trainer = await trainerWith({ score }, { backend, rewardDelay, learningRate, temperature: 0.5 });
      const all: string[] = [];
      for await (const { visited } of trainer.train({ steps: 6, keepVisited: true })) {
        all.push(visited?.terminalState.join() ?? '');
      }
      return all;
    };
    // The policy of the first step is the one that never learns.
    const untrained = await visitedBy(0, 0);
    expect((await visitedBy(2, 0.3)).slice(0, 3)).toEqual(untrained.slice(0, 3));
    expect((await visitedBy(2, 0.3))[3]).not.toBe(untrained[3]);
    expect((await visitedBy(0, 0.3)).slice(1, 3)).not.toEqual(untrained.slice(1, 3));
  });

  it('with a delay trains on batches sampled before', async () => {
    let inFlight = 0;
    let most = 0;
    const score = async (objects: readonly Int32Array[]): Promise<number[]> => {
      most = Math.max(most, ++inFlight);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inFlight--;
      return objects.map((x) => 1 + x[0]);
    };
    using trainer = await trainerWith({ score }, { backend, rewardDelay: 3 });
    await train(trainer, 10);
    expect(trainer.visits).toBe(160);
    expect(most).toBeGreaterThan(1);
  });
});

describe('the transform of a reward', () => {
  it.each([
    [{ kind: 'identity' }, 2],
    [{ kind: 'absolute' }, 2],
    [{ kind: 'power', exponent: 3 }, 8],
    [{ kind: 'exponential', scale: 2, rate: 0.5 }, 2 * Math.E],
    [{ kind: 'shift', by: 1 }, 3],
    [{ kind: 'product', factor: 4 }, 8],
    [{ kind: 'sigmoid', slope: 1, midpoint: 2 }, 0.5],
  ] as const)('%j', async (transform, expected) => {
    using trainer = await trainerWith({ score: (x: readonly unknown[]) => x.map(() => 2), transform });
    const [{ logReward }] = await trainer.model.sample(1);
    expect(logReward).toBeCloseTo(Math.log(expected), 12);
  });

  it('has a floor', async () => {
    using trainer = await trainerWith({ score: (x: readonly unknown[]) => x.map(() => 0), floor: 1e-3 });
    const [{ logReward }] = await trainer.model.sample(1);
    expect(logReward).toBeCloseTo(Math.log(1e-3), 12);
  });

  it.each([
    [{ reward: 3 }, /^reward: expected an object with a function score/],
    [{ reward: { score: () => [], scal: 'log' } }, /reward: unknown option "scal"; did you mean "scale"/],
    [
      { reward: { score: () => [], scale: 'log', transform: { kind: 'identity' } } },
      /^reward.transform: expected none/,
    ],
    [{ reward: { score: () => [], transform: { kind: 'power' } } }, /^reward.transform.exponent: expected a finite/],
    [
      { reward: { score: () => [], transform: { kind: 'exponential', scale: 0, rate: 1 } } },
      /^reward.transform.scale: expected a finite number above 0, .* got 0/,
    ],
    [
      { reward: { onnx: 'none.onnx', transform: { kind: 'exponential', scale: -2, rate: 1 } } },
      /^reward.transform.scale: expected a finite number above 0, .* got -2/,
    ],
    [
      { reward: { score: () => [], transform: { kind: 'product', factor: 0 } } },
      /^reward.transform.factor: expected a finite number other than 0, .* got 0/,
    ],
    [{ reward: { score: () => [], timeLimit: -1 } }, /^reward.timeLimit: expected a finite number from 0 to 2147483/],
    // Node's timers would take it for a millisecond.
    [{ reward: { score: () => [], timeLimit: 1e7 } }, /^reward.timeLimit: expected a finite number from 0 to 2147483/],
  ])('%j is refused', async (options, message) => {
    await expect(
      Trainer.create({ environment: grid, objective: trajectoryBalance(), ...(options as object) }),
    ).rejects.toThrow(message);
  });
});
