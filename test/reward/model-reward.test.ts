import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  FlowModel,
  hypergrid,
  trajectoryBalance,
  Trainer,
  varGrad,
  type Objective,
  type Reward,
} from '../../src/index.ts';
import { temporaryFolder } from '../checkpoint/temporary-folder.ts';
import { cornersGraph, tableGraph, written } from './reward-graphs.ts';

const grid = hypergrid({ dimensions: 2, side: 8 });
const path = temporaryFolder();

/** A model that was trained with a reward, in a folder of its own; returns its path. */
async function saved(reward: Reward | undefined, objective: Objective = trajectoryBalance()): Promise<string> {
  using trainer = await Trainer.create({ environment: grid, objective, hidden: [8], reward });
  mkdirSync(path('run'), { recursive: true });
  await trainer.model.save(path('run/model.onnx'));
  return path('run/model.onnx');
}

describe.each(['native', 'typescript'] as const)('a loaded model on the %s backend', (backend) => {
  it.each([
    ['a function', (x: Int32Array) => 1 + x[0] * x[1]],
    ['a function that answers later', async (x: Int32Array): Promise<number> => Promise.resolve(1 + x[0] * x[1])],
  ])('scores by %s', async (_, rewardOf: (x: Int32Array) => number | Promise<number>) => {
    const score = async (objects: readonly Int32Array[]) => Promise.all(objects.map(async (x) => rewardOf(x)));
    using model = await FlowModel.load(await saved(undefined), { backend, reward: { score, cache: 10 } });
    for (const { x, logReward } of await model.sample(50)) expect(logReward).toBeCloseTo(Math.log(1 + x[0] * x[1]), 12);
    const { logReward } = await model.exactDistribution();
    expect(logReward.reduce((sum, value) => sum + Math.exp(value), 0)).toBeCloseTo(64 + 28 * 28, 8);
    const { exactLogZ } = await model.evaluate({ samples: 100 });
    expect(exactLogZ).toBeCloseTo(Math.log(64 + 28 * 28), 10);
  });

  it('scores by an ONNX file', async () => {
    const onnx = written(
      path('table.onnx'),
      tableGraph(
        8,
        Array.from({ length: 64 }, (_, i) => 1 + i),
        'float32',
      ),
    );
    using model = await FlowModel.load(await saved(undefined), { backend, reward: { onnx } });
    for (const { x, logReward } of await model.sample(50))
      expect(logReward).toBeCloseTo(Math.log(1 + 8 * x[0] + x[1]), 6);
    for await (const { x, logReward } of model.stream({ count: 40 })) {
      expect(logReward).toBeCloseTo(Math.log(1 + 8 * x[0] + x[1]), 6);
    }
  });

  const bad: readonly [string, Reward, RegExp][] = [
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
    ['never settles', { score: () => new Promise(() => undefined), timeLimit: 0.02 }, /within 0.02 s/],
    ['is too short', { score: () => [] }, /to return \d+ numbers, got 0/],
    ['is NaN', { score: (x: readonly unknown[]) => x.map(() => Number.NaN) }, /got NaN/],
    ['is negative', { score: (x: readonly unknown[]) => x.map(() => -1) }, /got -1/],
  ];
  it.each(bad)('says so when the reward %s', async (_, reward, message) => {
    using model = await FlowModel.load(await saved(undefined), { backend, reward });
    await expect(model.sample(3)).rejects.toMatchObject({ code: 'ERR_REWARD' });
    await expect(model.sample(3)).rejects.toThrow(message);
    await expect(model.evaluate({ samples: 10 })).rejects.toMatchObject({ code: 'ERR_REWARD' });
  });

  it('with a reward that never settles can be disposed of', async () => {
    const model = await FlowModel.load(await saved(undefined), {
      backend,
      reward: { score: () => new Promise(() => undefined) },
    });
    const sampling = model.sample(3);
    setTimeout(() => model.dispose(), 30);
    await expect(sampling).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  });

  it.each(['proxy.onnx', 'reward.onnx'])('finds the ONNX reward beside itself, as %s', async (name) => {
    const graph = tableGraph(
      8,
      Array.from({ length: 64 }, (_, i) => 1 + i),
      'float32',
    );
    const file = await saved({ onnx: written(path('proxy.onnx'), graph), transform: { kind: 'power', exponent: 2 } });
    written(path(`run/${name}`), graph);
    using model = await FlowModel.load(file, { backend, onWarning: (message) => expect.fail(message) });
    expect(model.rewardKnown).toBe(true);
    for (const { x, logReward } of await model.sample(20)) {
      expect(logReward).toBeCloseTo(2 * Math.log(1 + 8 * x[0] + x[1]), 6);
    }
  });

  it.each([
    [
      'no file',
      (): void => undefined,
      /trained with proxy\.onnx \(SHA-256 [0-9a-f]{64}\), which is not beside it: objects come without rewards/,
    ],
    ['another file', (): void => void written(path('run/reward.onnx'), cornersGraph(8, 0.3)), /which is not beside it/],
  ] as const)('gives objects without rewards, and says so, where it finds %s', async (_, make, message) => {
    const file = await saved({ onnx: written(path('proxy.onnx'), cornersGraph(8, 0.1)) }, varGrad());
    make();
    const warnings: string[] = [];
    using model = await FlowModel.load(file, { backend, onWarning: (warning) => warnings.push(warning) });
    expect(warnings).toEqual([expect.stringMatching(message)]);
    expect(model.rewardKnown).toBe(false);
    for (const { state, logReward } of await model.sample(5)) {
      expect(state).toMatch(/^\d,\d$/);
      expect(logReward).toBeNaN();
    }
    const evaluation = await model.evaluate({ samples: 100 });
    const { l1Sum, logZ, elbo, eubo, pearson, topK, empiricalL1Sum, exactLogZ } = evaluation;
    expect([l1Sum, logZ, elbo, eubo, pearson, empiricalL1Sum, exactLogZ]).toEqual(new Array(7).fill(null));
    expect(topK.map(({ mean }) => mean)).toEqual([null, null, null]);
    expect(evaluation.modesFound).not.toBeNull();
    expect(JSON.stringify(evaluation)).not.toContain('NaN');
    using found = await FlowModel.load(file, { backend, reward: { onnx: path('proxy.onnx') } });
    expect((await found.sample(1))[0].logReward).not.toBeNaN();
  });

  it('that was trained with a function needs it again', async () => {
    const score = (objects: readonly Int32Array[]) => objects.map((x) => 1 + x[0]);
    const file = await saved({ score, scale: 'log' });
    const warnings: string[] = [];
    const onWarning = (warning: string): void => void warnings.push(warning);
    using without = await FlowModel.load(file, { backend, onWarning });
    expect((await without.sample(1))[0].logReward).toBeNaN();
    expect(warnings).toEqual([expect.stringMatching(/trained with a function of its user/)]);
    using model = await FlowModel.load(file, { backend, onWarning, reward: { score, scale: 'log' } });
    const [{ x, logReward }] = await model.sample(1);
    expect(logReward).toBe(1 + x[0]);
    expect(warnings).toHaveLength(1);
  });

  it('keeps what it says of its reward when it is saved again', async () => {
    const file = await saved({ onnx: written(path('proxy.onnx'), cornersGraph(8, 0.1)) });
    using model = await FlowModel.load(file, { backend, reward: { onnx: path('proxy.onnx') } });
    await model.save(path('run/again.onnx'));
    const warnings: string[] = [];
    using again = await FlowModel.load(path('run/again.onnx'), { backend, onWarning: (text) => warnings.push(text) });
    expect(again.rewardKnown).toBe(false);
    expect(warnings).toHaveLength(1);
  });
});
