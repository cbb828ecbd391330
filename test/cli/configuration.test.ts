import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  readConfiguration,
  recordedConfiguration,
  resolveRun,
  withFlags,
  type Configuration,
} from '../../src/cli/configuration.ts';
import { objectiveNames } from '../../src/cli/objective-option.ts';
import { environments } from '../../src/env/registry.ts';
import { resolveTrainerOptions } from '../../src/trainer/trainer-options.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gflownet-configuration-'));
});
afterAll(() => rm(folder, { recursive: true }));

const empty: Configuration = { settings: {} };

async function record(configuration: Configuration) {
  const run = await resolveRun(configuration);
  return recordedConfiguration(run, resolveTrainerOptions(run.trainerOptions), folder);
}

async function readBack(content: object): Promise<Configuration> {
  const path = join(folder, 'config.json');
  await writeFile(path, JSON.stringify(content));
  return readConfiguration(path);
}

describe('a recorded configuration', () => {
  const cases = environments.flatMap(({ name }) => objectiveNames.map((objective) => [name, objective] as const));

  it.each(cases)('of %s, %s is read back as it was', async (environment, objective) => {
    const first = await record(withFlags(empty, environment, { objective, seed: 7, exploration: 0.1, threads: 2 }));
    expect(await record(await readBack(first))).toEqual(first);
  });

  it('keeps schedules and regression losses', async () => {
    const learningRate = { kind: 'cosine', start: 1e-3, end: 1e-5, steps: 50 };
    const regressionLoss = { kind: 'huber', delta: 0.5 };
    const first = await record(withFlags(empty, 'hypergrid', { learningRate, regressionLoss }));
    const second = await record(await readBack(first));
    expect(second.learningRate).toEqual(learningRate);
    expect(second.objective.regressionLoss).toEqual(regressionLoss);
  });

  it('holds the size of the evaluation where it was given', async () => {
    const plain = await record(withFlags(empty, 'hypergrid', {}));
    expect(plain).not.toHaveProperty('evaluationSamples');
    const first = await record(withFlags(empty, 'hypergrid', { evaluationSamples: 500 }));
    expect(first.evaluationSamples).toBe(500);
    expect(await record(await readBack(first))).toEqual(first);
  });

  it('holds nothing of the machine unless it was asked for', async () => {
    const plain = await record(withFlags(empty, 'hypergrid', {}));
    expect(plain).not.toHaveProperty('threads');
    expect(plain).not.toHaveProperty('memoryBytes');
    expect((await record(withFlags(empty, 'hypergrid', { threads: 3 }))).threads).toBe(3);
  });
});

describe('a configuration file', () => {
  it('may name environment and objective alone and write schedules as text', async () => {
    const content = { environment: 'hypergrid', objective: 'vargrad', learningRate: 'linear:1:0:5', steps: 9 };
    const recorded = await record(await readBack(content));
    expect(recorded.environment).toMatchObject({ name: 'hypergrid', dimensions: 2, side: 8 });
    expect(recorded.objective.name).toBe('vargrad');
    expect(recorded.learningRate).toEqual({ kind: 'linear', start: 1, end: 0, steps: 5 });
    expect(recorded.steps).toBe(9);
  });

  it('is overridden by flags', async () => {
    const file = await readBack({ environment: { name: 'hypergrid', side: 5 }, objective: 'vargrad', seed: 3 });
    const recorded = await record(
      withFlags(file, undefined, { side: '6', seed: 4, regressionLoss: { kind: 'absolute' } }),
    );
    expect(recorded.environment).toMatchObject({ side: 6, dimensions: 2 });
    expect(recorded.seed).toBe(4);
    expect(recorded.objective).toEqual({ name: 'vargrad', regressionLoss: { kind: 'absolute' } });
  });

  it('gives its options only to its own environment and objective', async () => {
    const file = await readBack({
      environment: { name: 'hypergrid', side: 5 },
      objective: { name: 'flow-matching', flowEpsilon: 0.5 },
    });
    const recorded = await record(withFlags(file, 'hypergrid-2021', { objective: 'detailed-balance' }));
    expect(recorded.environment).toMatchObject({ name: 'hypergrid-2021', side: 8 });
    expect(recorded.objective).not.toHaveProperty('flowEpsilon');
  });

  it.each([
    [{ enviroment: 'hypergrid' }, /unknown option "enviroment"; did you mean "environment"\?/],
    [{ learnRate: 1 }, /did you mean "learningRate"\?/],
    [{ environment: 3 }, /environment: expected a name or an object with name and options, got 3/],
  ])('with wrong keys is rejected: %j', async (content, message) => {
    await expect(readBack(content)).rejects.toThrow(message);
  });

  it.each([
    [{ environment: 'hypergrid', batchSize: '16' }, /batchSize: expected an integer/],
    [{ environment: 'hypergrid', steps: 1.5 }, /steps: expected an integer/],
    [{ environment: { name: 'hypergrid', sides: 8 } }, /unknown option "sides"; did you mean "side"\?/],
    [{ environment: 'hypergrid', objective: { name: 'vargrad', lamda: 1 } }, /unknown option "lamda"/],
    [{ environment: 'hypergrid', hidden: '256' }, /hidden: expected an array/],
    [{ environment: 'hypergrid', learningRate: null }, /learningRate: expected a number or a schedule/],
    [{ objective: 'vargrad' }, /environment: expected one of hypergrid/],
  ])('with wrong values is rejected: %j', async (content, message) => {
    const file = await readBack(content);
    await expect(async () => record(withFlags(file, undefined, {}))).rejects.toThrow(message);
  });

  it('that is no JSON object is rejected', async () => {
    const path = join(folder, 'broken.json');
    await writeFile(path, '{"steps": 3');
    await expect(readConfiguration(path)).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    await writeFile(path, '[1]');
    await expect(readConfiguration(path)).rejects.toThrow(/expected a JSON object/);
    await expect(readConfiguration(join(folder, 'missing.json'))).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  });
});
