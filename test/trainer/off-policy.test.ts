import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  defineEnvironment,
  detailedBalance,
  flowMatching,
  hypergrid,
  subTrajectoryBalance,
  trajectoryBalance,
  Trainer,
  varGrad,
  type Objective,
  type TrainerOptions,
} from '../../src/index.ts';
import { pairs } from '../env/defined/pairs.ts';

const objectives: readonly [string, Objective, boolean][] = [
  ['trajectory balance', trajectoryBalance(), true],
  ['flow matching', flowMatching(), false],
  ['detailed balance', detailedBalance(), false],
  ['sub-trajectory balance', subTrajectoryBalance(), true],
  ['VarGrad', varGrad(), false],
];

const ways: readonly [string, Partial<TrainerOptions>][] = [
  ['replay', { replay: { trajectories: 6, capacity: 50, draw: 'reward' } }],
  ['replay of the best, unique', { replay: { trajectories: 6, capacity: 20, keep: 'best', unique: true, warmUp: 9 } }],
  [
    'replay of the best with noise, which drops several at a time',
    { replay: { trajectories: 5, capacity: 12, keep: 'best', unique: true, noise: 0.3, drop: 0.25 } },
  ],
  ['a dataset', { dataset: { trajectories: 5, objects: ['3,4', '0,0', '1,2'] } }],
  ['local search', { localSearch: { trajectories: 4, rounds: 3 } }],
  ['greedy local search', { localSearch: { trajectories: 4, rounds: 2, acceptance: 'greedy', backRatio: 0.9 } }],
  [
    'late rewards',
    { rewardDelay: 3, reward: { score: (objects: readonly Int32Array[]) => objects.map((x) => 1 + x[0]) } },
  ],
  [
    'all of it',
    {
      replay: { trajectories: 3 },
      dataset: { trajectories: 2, objects: ['3,4'] },
      localSearch: { trajectories: 2, acceptance: 'barker' },
      rewardDelay: 1,
      reward: {
        scale: 'log',
        objects: 'text',
        score: (objects: readonly string[]) => objects.map((x) => x.length / 3),
      },
    },
  ],
];

async function run(options: Partial<TrainerOptions>, steps: number, samples = 200) {
  using trainer = await Trainer.create({
    environment: hypergrid({ dimensions: 2, side: 6 }),
    objective: trajectoryBalance(),
    hidden: [32],
    seed: 7,
    ...options,
  });
  const reports = [];
  for await (const { loss, logZ, visits, meanLength, meanLogReward, visited } of trainer.train({
    steps,
    keepVisited: true,
  })) {
    reports.push({ loss, logZ, visits, meanLength, meanLogReward, visited });
  }
  const { l1Sum } = await trainer.evaluate({ samples });
  return { reports, l1Sum };
}

describe.each(ways)('training with %s', (_, way) => {
  it.each(objectives)('is the same on both backends: %s', async (__, objective, learnBackward) => {
    const options = { objective, learnBackward, exploration: 0.1, ...way };
    const native = await run(options, 6);
    const typescript = await run({ ...options, backend: 'typescript' }, 6);
    native.reports.forEach((report, i) => {
      const other = typescript.reports[i];
      expect(report.visited).toEqual(other.visited);
      expect([report.visits, report.meanLength]).toEqual([other.visits, other.meanLength]);
      for (const name of ['loss', 'logZ', 'meanLogReward'] as const) {
        expect(Math.abs(report[name] - other[name]), name).toBeLessThan(1e-4 * (1 + Math.abs(other[name])));
      }
    });
  });

  it.each(['native', 'typescript'] as const)('goes on from its state bit for bit: %s', async (backend) => {
    const create = (): Promise<Trainer> =>
      Trainer.create({
        environment: hypergrid({ dimensions: 2, side: 6 }),
        objective: trajectoryBalance(),
        learnBackward: true,
        hidden: [16],
        seed: 4,
        backend,
        ...way,
      });
    const losses = async (trainer: Trainer, steps: number): Promise<number[]> => {
      const all: number[] = [];
      for await (const { loss } of trainer.train({ steps })) all.push(loss);
      return all;
    };
    const folder = await mkdtemp(join(tmpdir(), 'gflownet-'));
    using whole = await create();
    const expected = await losses(whole, 9);
    using first = await create();
    await losses(first, 5);
    await first.saveCheckpoint(folder);
    using second = await create();
    await second.restoreCheckpoint(folder);
    expect(await losses(second, 4)).toEqual(expected.slice(5));
    expect(second.visits).toBe(whole.visits);
    await rm(folder, { recursive: true });
  });

  it('does not depend on memory or threads', async () => {
    const whole = await run({ ...way, learnBackward: true }, 5);
    const inParts = await run({ ...way, learnBackward: true, memoryBytes: 60_000, threads: 2 }, 5);
    inParts.reports.forEach((report, i) => {
      expect(report.visited).toEqual(whole.reports[i].visited);
      expect(report.loss).toBeCloseTo(whole.reports[i].loss, 4);
    });
  });
});

describe.each(objectives)('%s', (_, objective, learnBackward) => {
  it.each([
    ['replay', { replay: { trajectories: 8, capacity: 200 } }],
    ['local search', { localSearch: { trajectories: 8 } }],
  ])('reaches the exact distribution with %s', async (__, way) => {
    const environment = hypergrid({ dimensions: 2, side: 8 });
    const options = { environment, objective, learnBackward, hidden: [64, 64], batchSize: 16, exploration: 0.05 };
    const { l1Sum } = await run(
      { ...options, learningRate: { kind: 'cosine', start: 5e-3, end: 0, steps: 1500 }, ...way },
      1500,
    );
    expect(l1Sum).toBeLessThan(0.05);
  });
});

describe('off-policy training', () => {
  it('goes back from objects of an environment of the user’s own', async () => {
    const environment = defineEnvironment(pairs);
    const objects = [{ chosen: '110000', finished: true }, '0,3,6'];
    const { reports } = await run({ environment, dataset: { trajectories: 4, objects }, batchSize: 0 }, 3);
    expect(reports.map(({ visits, meanLength }) => [visits, meanLength])).toEqual([
      [0, 3],
      [0, 3],
      [0, 3],
    ]);
  });

  it.each([
    [{ replay: { trajectories: 0 } }, /^replay.trajectories: expected an integer/],
    [{ replay: { trajectories: 4, capasity: 3 } }, /replay: unknown option "capasity"; did you mean "capacity"/],
    [{ replay: { trajectories: 4, keep: 'oldest' } }, /^replay.keep: expected one of newest, best/],
    [{ replay: 8 }, /^replay: expected an object like/],
    [{ dataset: { trajectories: 4, objects: [] } }, /^dataset.objects: expected an array of at least one object/],
    [{ dataset: { trajectories: 4, objects: ['9,9'] } }, /9,9/],
    [{ dataset: { trajectories: 4, objects: [Int32Array.of(1, 1, 0)] } }, /^dataset.objects\[0\]: expected an object/],
    [
      { localSearch: { trajectories: 4, backRatio: 2 } },
      /^localSearch.backRatio: expected a finite number from 0 to 1/,
    ],
    [{ rewardDelay: -1 }, /^rewardDelay: expected an integer/],
    [{ batchSize: 0 }, /^batchSize: expected an integer from 1/],
  ])('refuses %j', async (options, message) => {
    await expect(run(options as Partial<TrainerOptions>, 1)).rejects.toThrow(message);
  });
});
