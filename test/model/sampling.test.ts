import { describe, expect, test } from 'vitest';
import type { Environment } from '../../src/env/environment.ts';
import { hypergrid } from '../../src/env/hypergrid.ts';
import { FlowModel, type Sample } from '../../src/model/flow-model.ts';
import { differentiate } from '../../src/onnx/differentiate.ts';
import { multilayerPerceptron } from '../../src/onnx/multilayer-perceptron.ts';
import type { Engine, SamplingOptions } from '../../src/trainer/engine.ts';
import { makeEngine } from '../../src/trainer/make-engine.ts';
import { objectives, trainingOptions } from '../trainer/engine-set-up.ts';

const backends = ['native', 'typescript'] as const;
type Backend = (typeof backends)[number];
const environment: Environment = hypergrid({ dimensions: 2, side: 4 });
const perceptron = multilayerPerceptron({
  observation: environment.observation,
  actions: environment.actions,
  backwardActions: null,
  stateFlow: false,
  hidden: [8],
  activation: 'tanh',
  seed: 3,
});
const differentiated = differentiate(perceptron);

function engineOf(backend: Backend): Engine {
  const { initialParameters: parameters } = differentiated;
  const rest = { logZ: 0, threads: 1, memoryBytes: 1e9 };
  return makeEngine(backend, { environment, model: differentiated, parameters, ...rest });
}

function modelOver(engine: Engine): FlowModel {
  return new FlowModel(engine, perceptron, differentiated, {
    environment,
    objective: null,
    beta: 1,
    conditions: null,
    reward: null,
  });
}

interface Call {
  readonly seed: number;
  readonly count: number;
  readonly first: number;
}

/** A model with all calls that reach its engine, those that have ended, and a gate that holds them. */
function watchedModel(backend: Backend) {
  const engine = engineOf(backend);
  const asked: Call[] = [];
  const served: Call[] = [];
  const sampleForward = engine.sampleForward.bind(engine);
  engine.sampleForward = async (count: number, options: SamplingOptions) => {
    const call = { seed: options.seed, count, first: options.firstTrajectory };
    asked.push(call);
    const drawn = await sampleForward(count, options);
    served.push(call);
    return drawn;
  };
  return { model: modelOver(engine), engine, asked, served };
}

async function taken(stream: AsyncIterable<Sample>, count: number): Promise<string[]> {
  const states: string[] = [];
  for await (const { state } of stream) {
    states.push(state);
    if (states.length === count) break;
  }
  return states;
}

const sum = (turns: readonly { readonly count: number }[]): number => turns.reduce((all, { count }) => all + count, 0);

/** Lets everything that is ready run. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
}

describe.each(backends)('%s', (backend) => {
  test('a stream gives what sample gives, across its turns and from any trajectory', async () => {
    using model = modelOver(engineOf(backend));
    const all = (await model.sample(2500, { seed: 6 })).map(({ state }) => state);
    expect(new Set(all).size).toBeGreaterThan(8);
    expect(await taken(model.stream({ seed: 6, count: 2500 }), Infinity)).toEqual(all);
    expect(await taken(model.stream({ seed: 6, firstTrajectory: 1000 }), 1100)).toEqual(all.slice(1000, 2100));
    const arrays = await model.sampleTrajectories(2500, { seed: 6 });
    const { stateSize } = environment;
    const formatted = all.map((_, i) =>
      environment.format(arrays.terminalState.slice(i * stateSize, (i + 1) * stateSize)),
    );
    expect(formatted).toEqual(all);
    expect(arrays.offset).toHaveLength(2501);
    expect(arrays.offset[2500]).toBe(arrays.forwardAction.length);
  });

  test('a stream draws no more than a turn ahead of its reader, and nothing once it is left', async () => {
    const { model, asked } = watchedModel(backend);
    const drawn = (): number => asked.reduce((sum, { count }) => sum + count, 0);
    const stream = model.stream({ seed: 1 });
    await settle();
    expect(drawn()).toBe(0);
    for (let read = 1; read <= 6000; read++) {
      expect((await stream.next()).done).toBe(false);
      expect(drawn()).toBeLessThanOrEqual(read + 2 * 1024);
    }
    await settle();
    const before = drawn();
    expect(before).toBeLessThanOrEqual(6000 + 2 * 1024);
    await stream.return();
    expect((await stream.next()).done).toBe(true);
    await settle();
    expect(drawn()).toBe(before);
    model.dispose();
  });

  test('callers take turns: a small request waits for one turn of each large one', async () => {
    const { model, asked, served } = watchedModel(backend);
    const large = [1, 2].map((seed) => model.sampleTrajectories(20_000, { seed }));
    const small = model.sample(10, { seed: 3 });
    expect(await small).toHaveLength(10);
    // One more may have been served in the round of the event loop in which the small one's objects were made.
    expect(served.slice(0, 3).map(({ seed }) => seed)).toEqual([1, 2, 3]);
    expect(served.length).toBeLessThanOrEqual(4);
    await Promise.all(large);
    // The large ones alternate, each in its own order. The first one was alone when it began, and is in the end.
    const rest = asked.filter(({ seed }) => seed !== 3);
    const [ofFirst, ofSecond] = [1, 2].map((seed) => rest.filter((turn) => turn.seed === seed));
    expect(ofFirst.slice(0, 3).map(({ count }) => count)).toEqual([4096, 1024, 1024]);
    expect(ofSecond.slice(0, 3).map(({ count }) => count)).toEqual([1024, 1024, 1024]);
    for (const turns of [ofFirst, ofSecond]) {
      expect(turns.map(({ first }) => first)).toEqual(turns.map((_, i) => sum(turns.slice(0, i))));
      expect(sum(turns)).toBe(20_000);
    }
    const alternating = 2 * ofFirst.length;
    rest.slice(0, alternating).forEach(({ seed }, i) => expect(seed).toBe(1 + (i % 2)));
    model.dispose();
  });

  test('results do not depend on who else samples', async () => {
    using model = modelOver(engineOf(backend));
    const alone = await model.sample(1500, { seed: 9 });
    const together = await Promise.all([
      model.sample(1500, { seed: 9 }),
      model.sample(3000, { seed: 10 }),
      taken(model.stream({ seed: 9 }), 1500),
    ]);
    expect(together[0]).toEqual(alone);
    expect(together[2]).toEqual(alone.map(({ state }) => state));
  });

  test('callers that ask without end get one turn each between two steps of training', async () => {
    const engine = engineOf(backend);
    // So many, and so much, that one of them always waits: the engine never finds its queue empty.
    const [callers, steps] = [60, 5];
    let training = true;
    let served = 0;
    const calls = Array.from({ length: callers }, async (_, seed) => {
      while (training) {
        await engine.sampleForward(backend === 'native' ? 1000 : 10, { seed, firstTrajectory: 0 });
        served++;
      }
    });
    await engine.train(trainingOptions(objectives[3]), steps, 1, () => undefined);
    training = false;
    expect(served).toBeLessThanOrEqual((steps + 1) * callers);
    await Promise.all(calls);
    expect(engine.step).toBe(steps);
    engine.dispose();
  });
});

describe('an abort', () => {
  /** A model whose engine never answers. */
  const silent = (): FlowModel => {
    const engine = engineOf('typescript');
    engine.sampleForward = () => new Promise(() => undefined);
    return modelOver(engine);
  };

  test.each(['sample', 'sampleTrajectories'] as const)('ends %s at once, while its turn is under way', async (name) => {
    const controller = new AbortController();
    const call = silent()[name](10, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    await expect(silent()[name](10, { signal: controller.signal })).rejects.toThrow('enough');
  });

  test('ends a stream while it waits', async () => {
    const controller = new AbortController();
    const next = silent().stream({ signal: controller.signal }).next();
    await settle();
    controller.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
  });

  test('ends a stream between two objects of one turn', async () => {
    using model = modelOver(engineOf('typescript'));
    const controller = new AbortController();
    const read: Sample[] = [];
    const reading = (async () => {
      for await (const sample of model.stream({ signal: controller.signal })) {
        read.push(sample);
        if (read.length === 5) controller.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    expect(read).toHaveLength(5);
  });

  test('leaves the model and the other callers alone', async () => {
    using model = modelOver(engineOf('native'));
    const controller = new AbortController();
    const aborted = model.sample(500_000, { seed: 1, signal: controller.signal });
    const other = model.sample(5000, { seed: 2 });
    setImmediate(() => controller.abort(new Error('enough')));
    await expect(aborted).rejects.toThrow('enough');
    expect(await other).toEqual(await model.sample(5000, { seed: 2 }));
  });
});

describe.each(backends)('disposing of a %s model', (backend) => {
  const disposed = { code: 'ERR_DISPOSED' };

  test('at once: calls under way and later ones reject', async () => {
    const model = modelOver(engineOf(backend));
    const stream = model.stream({ seed: 1 });
    await stream.next();
    const call = model.sample(200_000);
    model.dispose();
    model.dispose();
    await expect(call).rejects.toMatchObject(disposed);
    await expect(taken(stream, Infinity)).rejects.toMatchObject(disposed);
    await expect(model.sample(1)).rejects.toMatchObject(disposed);
    await expect(model.stream().next()).rejects.toMatchObject(disposed);
  });

  test('with await using: calls under way end well, later ones reject', async () => {
    let call: Promise<Sample[]>;
    let stream: AsyncGenerator<Sample>;
    let model: FlowModel;
    {
      await using inner = modelOver(engineOf(backend));
      model = inner;
      stream = inner.stream({ seed: 1 });
      await stream.next();
      call = inner.sample(3000);
    }
    expect(await call).toHaveLength(3000);
    await expect(model.sample(1)).rejects.toMatchObject(disposed);
    await expect(taken(stream, Infinity)).rejects.toMatchObject(disposed);
  });
});

test('a stream checks its options when it is made', () => {
  using model = modelOver(engineOf('typescript'));
  expect(() => model.stream({ count: 0 })).toThrow(/count: expected an integer from 1/);
  expect(() => model.stream({ seed: -1 })).toThrow(/seed: expected an integer from 0/);
  expect(() => model.stream({ cuont: 3 } as object)).toThrow(/unknown option "cuont"; did you mean "count"/);
});
