import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as gflownet from '../src/index.ts';
import { createEnvironment, environments, FlowModel, hypergrid, Trainer, trajectoryBalance } from '../src/index.ts';
import { pairs } from './env/defined/pairs.ts';

const folder = mkdtempSync(join(tmpdir(), 'gflownet-index-'));
const path = join(folder, 'model.onnx');
let trainer: Trainer;
let model: FlowModel;
beforeAll(async () => {
  trainer = await Trainer.create({
    environment: hypergrid({ dimensions: 2, side: 4 }),
    objective: trajectoryBalance(),
    hidden: [4],
    backend: 'typescript',
  });
  await trainer.model.save(path);
  model = await FlowModel.load(path, { backend: 'typescript' });
});
afterAll(() => {
  trainer.dispose();
  model.dispose();
  rmSync(folder, { recursive: true });
});

/** Calls with arguments of a wrong kind, as JavaScript makes them. */
type Loose = (...values: unknown[]) => unknown;
const create: Loose = (...values) => (Trainer.create as Loose)(...values);
const load: Loose = (...values) => (FlowModel.load as Loose)(...values);
const train: Loose = (...values) =>
  (trainer.train.bind(trainer) as (...all: unknown[]) => AsyncGenerator)(...values).next();
const evaluate: Loose = (...values) => (trainer.evaluate.bind(trainer) as Loose)(...values);
const sample: Loose = (...values) => (model.sample.bind(model) as Loose)(...values);
const save: Loose = (...values) => (model.save.bind(model) as Loose)(...values);
const { signal } = new AbortController();

describe('arguments of a wrong kind are refused by name', () => {
  test.each<[string, () => unknown, string]>([
    ['Trainer.create()', () => create(), 'trainer options: expected an object, got undefined'],
    ['Trainer.create(null)', () => create(null), 'trainer options: expected an object, got null'],
    ['Trainer.create([])', () => create([]), 'trainer options: expected an object, got []'],
    ['trainer.train()', () => train(), 'train options: expected an object, got undefined'],
    ['trainer.train(100)', () => train(100), 'train options: expected an object, got 100'],
    ['trainer.train(signal)', () => train(signal), 'train options: expected an object, got {}'],
    ['a signal of train', () => train({ steps: 1, signal: 'x' }), 'signal: expected an AbortSignal, got "x"'],
    ['trainer.evaluate(null)', () => evaluate(null), 'evaluate options: expected an object, got null'],
    ['trainer.evaluate(5)', () => evaluate(5), 'evaluate options: expected an object, got 5'],
    ['a signal of evaluate', () => evaluate({ signal: {} }), 'signal: expected an AbortSignal, got {}'],
    ['model.sample(3, 5)', () => sample(3, 5), 'sample options: expected an object, got 5'],
    ['model.sample(2, signal)', () => sample(2, signal), 'sample options: expected an object, got {}'],
    ['a signal of sample', () => sample(2, { signal: 3 }), 'signal: expected an AbortSignal, got 3'],
    ['model.save()', () => save(), 'path: expected a string, got undefined'],
    ['model.save(3)', () => save(3), 'path: expected a string, got 3'],
    ['FlowModel.load()', () => load(), 'path: expected a string, got undefined'],
    ['FlowModel.load(path, null)', () => load(path, null), 'FlowModel.load options: expected an object, got null'],
    ['an environment of load', () => load(path, { environment: 5 }), 'environment: expected an environment like'],
    ['defineEnvironment()', () => (gflownet.defineEnvironment as Loose)(), 'defineEnvironment options: expected'],
  ])('%s', async (_, call, message) => {
    const refused = Promise.resolve().then(call);
    await expect(refused).rejects.toMatchObject({ name: 'GfnError', code: 'ERR_ARGUMENT' });
    await expect(refused).rejects.toThrow(message);
  });

  const objectives = [
    gflownet.flowMatching,
    gflownet.detailedBalance,
    gflownet.trajectoryBalance,
    gflownet.varGrad,
    gflownet.subTrajectoryBalance,
  ] as readonly Loose[];
  test.each(objectives)('options of %o', (objective) => {
    for (const options of [3, null, 'squared', [], new Date(0)]) {
      expect(() => objective(options)).toThrow(
        expect.objectContaining({
          code: 'ERR_ARGUMENT',
          message: expect.stringContaining('expected an object') as string,
        }),
      );
    }
  });

  const registered = environments.map(({ name }) => createEnvironment(name));
  test.each([...registered, gflownet.defineEnvironment(pairs)])('the text that $name parses', (environment) => {
    for (const text of [3, undefined, null, {}]) {
      expect(() => environment.parse(text as string)).toThrow(
        expect.objectContaining({
          code: 'ERR_ARGUMENT',
          message: expect.stringContaining('text: expected a string') as string,
        }),
      );
    }
  });
});

test('options may come from a class of the user’s own, without a prototype, and be null for a signal', async () => {
  class Count {
    readonly seed = 3;
  }
  const wanted = await model.sample(5, { seed: 3 });
  expect(await model.sample(5, new Count())).toEqual(wanted);
  const bare = Object.assign(Object.create(null) as object, { seed: 3 });
  expect(await model.sample(5, bare)).toEqual(wanted);
  expect(await sample(5, { seed: 3, signal: null })).toEqual(wanted);
});

test('after dispose, both paths say what has been disposed of', async () => {
  for (const backend of ['native', 'typescript'] as const) {
    const disposed = await FlowModel.load(path, { backend });
    disposed.dispose();
    const message = 'the trainer or model has been disposed of';
    await expect(disposed.sample(1)).rejects.toMatchObject({ code: 'ERR_DISPOSED', message });
    await expect(disposed.save(join(folder, 'late.onnx'))).rejects.toMatchObject({ code: 'ERR_DISPOSED', message });
  }
});
