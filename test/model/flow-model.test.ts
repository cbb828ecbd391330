import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { bitSequence } from '../../src/env/bit-sequence.ts';
import { defineEnvironment } from '../../src/env/defined/define-environment.ts';
import { hypergrid } from '../../src/env/hypergrid.ts';
import { FlowModel } from '../../src/model/flow-model.ts';
import { subTrajectoryBalance, trajectoryBalance, varGrad } from '../../src/objective/define-objective.ts';
import { GraphBuilder } from '../../src/onnx/graph-builder.ts';
import { decodeModel, encodeModel } from '../../src/onnx/protobuf.ts';
import { Trainer } from '../../src/trainer/trainer.ts';

const folder = mkdtempSync(join(tmpdir(), 'gflownet-model-'));
const path = join(folder, 'model.onnx');
const environment = hypergrid({ dimensions: 2, side: 8 });
let states: string[];

beforeAll(async () => {
  using trainer = await Trainer.create({
    environment,
    objective: trajectoryBalance(),
    learnBackward: true,
    hidden: [32],
    beta: 1.5,
  });
  for await (const { step } of trainer.train({ steps: 1000, reportEvery: 1000 })) expect(step).toBe(1000);
  await trainer.model.save(path);
  states = (await trainer.model.sample(50, { seed: 4 })).map(({ state }) => state);
  expect(readdirSync(folder)).toEqual(['model.onnx']);
});

describe('a saved model', () => {
  test('samples the same objects, on either path, and knows its environment, objective, β and logZ', async () => {
    for (const backend of ['native', 'typescript'] as const) {
      using model = await FlowModel.load(path, { backend });
      expect(model.environment.name).toBe('hypergrid');
      expect(model.environment.parameters).toEqual(environment.parameters);
      expect(model.objective?.name).toBe('trajectory-balance');
      expect(model.beta).toBe(1.5);
      const samples = await model.sample(50, { seed: 4 });
      expect(samples.map(({ state }) => state)).toEqual(states);
      const [first] = samples;
      expect(first.logReward).toBeCloseTo(environment.logReward(first.x), 12);
      expect(first.logProbability).toBeLessThan(0);
      const { logZ, exactLogZ } = await model.evaluate({ samples: 1000 });
      expect(Math.abs(logZ! - exactLogZ!)).toBeLessThan(0.3);
    }
  });

  test('of an own environment needs that', async () => {
    const own = (most: number) =>
      defineEnvironment<number>({
        name: 'tally',
        parameters: { most },
        actions: most + 1,
        maximumLength: 1,
        observation: { width: 1, size: most + 2 },
        initial: () => -1,
        isTerminal: (count) => count >= 0,
        allowed: (count) => count < 0,
        apply: (_, action) => action,
        backwardAllowed: (count, backward) => count === backward,
        undo: () => -1,
        key: (count) => [count],
        observe: (count) => [count + 1],
        logReward: (count) => count / 2,
        format: String,
      });
    const file = join(mkdtempSync(join(folder, 'own-')), 'own.onnx');
    using trainer = await Trainer.create({ environment: own(3), objective: trajectoryBalance(), hidden: [8] });
    await trainer.model.save(file);
    using model = await FlowModel.load(file, { environment: own(3) });
    const drawn = await model.sample(20);
    expect(drawn).toEqual(await trainer.model.sample(20));
    await expect(FlowModel.load(file)).rejects.toThrow(/is of the environment tally, most 3, which is none of this/);
    await expect(FlowModel.load(file, { environment: own(4) })).rejects.toMatchObject({
      code: 'ERR_MODEL_ENVIRONMENT',
      message: expect.stringMatching(/expected that of .*tally, most 3; got tally, most 4/) as string,
    });
  });

  test.each(['native', 'typescript'] as const)('has the reward that it is given, %s', async (backend) => {
    const reward = { scale: 'log', score: (grids: readonly Int32Array[]) => grids.map(([x]) => x) } as const;
    using model = await FlowModel.load(path, { backend, reward });
    const samples = await model.sample(20, { seed: 4 });
    expect(samples.map(({ state }) => state)).toEqual(states.slice(0, 20));
    for (const { x, logReward } of samples) expect(logReward).toBe(x[0]);
    const total = [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, x) => sum + 8 * Math.exp(1.5 * x), 0);
    expect((await model.evaluate({ samples: 100 })).exactLogZ).toBeCloseTo(Math.log(total), 9);
  });

  test('samples in another process', async () => {
    const script = `
      const { FlowModel } = await import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)});
      const model = await FlowModel.load(${JSON.stringify(path)});
      console.log(JSON.stringify((await model.sample(50, { seed: 4 })).map(({ state }) => state)));
    `;
    const file = join(folder, 'sample.mjs');
    writeFileSync(file, script);
    const { stdout } = await promisify(execFile)(process.execPath, [file]);
    expect(JSON.parse(stdout)).toEqual(states);
  });

  test('opens in plain onnxruntime-node, with parameters inside', async () => {
    const session = await InferenceSession.create(path);
    expect(session.inputNames).toEqual(['observation']);
    expect(session.outputNames).toEqual(['forward_logits', 'backward_logits']);
    const observation = new Float32Array(16);
    observation[0] = observation[8] = 1;
    const { forward_logits: logits } = await session.run({ observation: new Tensor('float32', observation, [1, 16]) });
    expect(logits.dims).toEqual([1, 3]);
    using model = await FlowModel.load(path);
    const { probability } = await model.exactDistribution();
    // p_θ of the origin is the probability of stopping at once.
    const weights = [...(logits.data as Float32Array)].map(Math.exp);
    const origin = weights[2] / weights.reduce((a, b) => a + b);
    expect(probability[0]).toBeCloseTo(origin, 5);
  });

  test('saves again to the same bytes', async () => {
    using model = await FlowModel.load(path);
    const again = join(folder, 'again.onnx');
    await model.save(again);
    expect(readFileSync(again).equals(readFileSync(path))).toBe(true);
  });

  test('samples go on from one another, and may be aborted', async () => {
    using model = await FlowModel.load(path);
    const rest = await model.sample(20, { seed: 4, firstTrajectory: 30 });
    expect(rest.map(({ state }) => state)).toEqual(states.slice(30));
    await expect(model.sample(10, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    await expect(model.sample(0)).rejects.toThrow(/count: expected an integer from 1/);
    await expect(model.sample(1, { sed: 1 } as object)).rejects.toMatchObject({ code: 'ERR_UNKNOWN_OPTION' });
  });

  test('serves many callers at once', async () => {
    using model = await FlowModel.load(path);
    const all = await Promise.all(Array.from({ length: 20 }, () => model.sample(50, { seed: 4 })));
    for (const samples of all) expect(samples.map(({ state }) => state)).toEqual(states);
  });
});

test('state flows survive saving', async () => {
  using trainer = await Trainer.create({ environment, objective: subTrajectoryBalance(), hidden: [8] });
  const file = join(folder, 'flows.onnx');
  await trainer.model.save(file);
  using model = await FlowModel.load(file);
  const [saved, loaded] = [await trainer.evaluate({ samples: 100 }), await model.evaluate({ samples: 100 })];
  expect(loaded).toEqual(saved);
});

test('an environment too large to enumerate has no exact metrics, and correlates on its test set', async () => {
  using trainer = await Trainer.create({
    environment: bitSequence({ length: 32, wordBits: 8, modeCount: 4 }),
    objective: trajectoryBalance(),
    hidden: [16],
  });
  const evaluation = await trainer.evaluate({ samples: 200 });
  expect(evaluation.l1Sum).toBeNull();
  expect(evaluation.exactLogZ).toBeNull();
  expect(evaluation.eubo).toBeNull();
  expect(evaluation.elbo).toBeLessThan(100);
  expect(evaluation.correlationObjects).toBe("all 128 objects of the environment's test set");
  expect(evaluation.spearman).not.toBeNull();
  await expect(trainer.model.exactDistribution(10_000)).rejects.toMatchObject({ code: 'ERR_NOT_ENUMERABLE' });
  const fewer = await trainer.evaluate({ samples: 200, correlationObjects: 50 });
  expect(fewer.correlationObjects).toBe("50 of 128 objects of the environment's test set, evenly spaced");
  expect(fewer.spearman).not.toBe(evaluation.spearman);
  expect(fewer.elbo).toBe(evaluation.elbo);
  const all = await trainer.evaluate({ samples: 200, correlationObjects: 1000 });
  expect(all).toEqual(evaluation);
});

test('an evaluation ends with the reason of its signal', async () => {
  using trainer = await Trainer.create({ environment, objective: trajectoryBalance(), hidden: [8] });
  const controller = new AbortController();
  const evaluation = trainer.evaluate({ samples: 2 ** 26, signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(evaluation).rejects.toThrow('enough');
  expect((await trainer.model.sample(1)).length).toBe(1);
});

test('logZ says over how many trajectories it is a mean, where it is one', async () => {
  using mean = await Trainer.create({ environment, objective: varGrad(), hidden: [8] });
  const evaluation = await mean.evaluate({ samples: 300 });
  expect(evaluation.logZSamples).toBe(300);
  expect(evaluation.logZ).toBe(evaluation.elbo);
  using parameter = await Trainer.create({ environment, objective: trajectoryBalance(), hidden: [8] });
  expect((await parameter.evaluate({ samples: 300 })).logZSamples).toBeNull();
});

describe('bad files', () => {
  const write = (name: string, bytes: Uint8Array): string => {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    return file;
  };
  const withMetadata = (name: string, changes: Record<string, string>): string => {
    const model = decodeModel(readFileSync(path));
    return write(name, encodeModel({ ...model, metadata: { ...model.metadata, ...changes } }));
  };
  const expectError = async (file: string, code: string, message: RegExp, options = {}): Promise<void> => {
    for (const backend of ['native', 'typescript'] as const) {
      const loaded = FlowModel.load(file, { backend, ...options });
      await expect(loaded).rejects.toMatchObject({ name: 'GfnError', code });
      await expect(loaded).rejects.toThrow(message);
    }
  };

  test('missing, a folder, empty', async () => {
    await expectError(join(folder, 'no.onnx'), 'ERR_MODEL_FILE', /no\.onnx cannot be read: ENOENT/);
    await expectError(folder, 'ERR_MODEL_FILE', /cannot be read/);
    await expectError(write('empty.onnx', new Uint8Array()), 'ERR_MODEL_FILE', /empty\.onnx/);
  });

  test('truncated anywhere, or random bytes', async () => {
    const bytes = readFileSync(path);
    for (let i = 1; i < 12; i++) {
      const length = Math.floor((bytes.length * i) / 12);
      const loaded = FlowModel.load(write('truncated.onnx', bytes.subarray(0, length)), { backend: 'native' });
      await expect(loaded, String(length)).rejects.toMatchObject({ name: 'GfnError' });
    }
    let state = 7;
    for (let i = 0; i < 20; i++) {
      const random = Uint8Array.from({ length: 50 * i + 3 }, () => (state = (state * 1103515245 + 12345) >>> 0) >>> 16);
      await expect(FlowModel.load(write('random.onnx', random))).rejects.toMatchObject({ name: 'GfnError' });
    }
    for (let i = 0; i < 40; i++) {
      const flipped = Uint8Array.from(bytes);
      flipped[(i * 7919) % bytes.length] ^= 1 << (i % 8);
      // A flipped bit of a parameter is a model like any other; whatever else is refused with an error of ours.
      try {
        const model = await FlowModel.load(write('flipped.onnx', flipped));
        model.dispose();
      } catch (error) {
        expect(error).toMatchObject({ name: 'GfnError' });
      }
    }
  });

  test('of another environment', async () => {
    const larger = hypergrid({ dimensions: 3, side: 8 });
    const named = JSON.stringify({ name: 'hypergrid', parameters: larger.parameters });
    await expectError(
      withMetadata('other.onnx', { 'gflownet.environment': named }),
      'ERR_MODEL_ENVIRONMENT',
      /expected 4 forward_logits for hypergrid, got 3/,
    );
    await expectError(path, 'ERR_MODEL_ENVIRONMENT', /environment: expected that of/, { environment: larger });
    await expectError(
      withMetadata('unknown.onnx', { 'gflownet.environment': '{"name":"hypergri","parameters":{}}' }),
      'ERR_MODEL_ENVIRONMENT',
      /is of the environment hypergri, .*none of this package \(hypergrid, .*expected it in the option environment/,
    );
    await expectError(
      withMetadata('broken.onnx', { 'gflownet.environment': '{' }),
      'ERR_MODEL_ENVIRONMENT',
      /environment cannot be used/,
    );
    await expectError(withMetadata('beta.onnx', { 'gflownet.beta': 'two' }), 'ERR_MODEL_ENVIRONMENT', /beta is two/);
  });

  test('without an environment', async () => {
    const model = decodeModel(readFileSync(path));
    const file = write('anonymous.onnx', encodeModel({ ...model, metadata: {} }));
    await expectError(file, 'ERR_MODEL_ENVIRONMENT', /names no environment/);
    using loaded = await FlowModel.load(file, { environment });
    expect((await loaded.sample(50, { seed: 4 })).map(({ state }) => state)).toEqual(states);
    expect(loaded.objective).toBeNull();
  });

  test('an operator without derivative, before any training', async () => {
    const builder = new GraphBuilder('rounded');
    const observation = builder.input('observation', 'float32', ['rows', 16]);
    const weights = builder.initializer('weights', { type: 'float32', shape: [16, 3], data: new Float32Array(48) });
    const product = builder.op('MatMul', [observation, weights]);
    builder.output(builder.op('Max', [product, product], {}, 'forward_logits'));
    const file = write('rounded.onnx', encodeModel(builder.build()));
    await expectError(file, 'ERR_NO_DERIVATIVE', /Max/, { environment });
  });

  test('an unknown option', async () => {
    await expectError(path, 'ERR_UNKNOWN_OPTION', /thread.*threads/, { thread: 1 });
  });
});

test('a file that cannot be written', async () => {
  using model = await FlowModel.load(path);
  await expect(model.save(join(folder, 'no', 'model.onnx'))).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
  const taken = join(folder, 'taken');
  mkdirSync(join(taken, 'inside'), { recursive: true });
  await expect(model.save(taken)).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
