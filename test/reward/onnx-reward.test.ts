import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  bitSequence,
  conditionalHypergrid,
  dag,
  defineEnvironment,
  detailedBalance,
  flowMatching,
  hypergrid,
  ising,
  trajectoryBalance,
  Trainer,
  type Environment,
  type OnnxReward,
  type Progress,
  type TrainerOptions,
} from '../../src/index.ts';
import { GraphBuilder } from '../../src/onnx/graph-builder.ts';
import { encodeModel } from '../../src/onnx/protobuf.ts';
import { tensor } from '../../src/onnx/tensor.ts';
import { temporaryFolder } from '../checkpoint/temporary-folder.ts';
import { pairs } from '../env/defined/pairs.ts';
import { cells, cornersGraph, networkGraph, tableGraph, written } from './reward-graphs.ts';

const grid = hypergrid({ dimensions: 2, side: 8, rewardR0: 0.1 });
const path = temporaryFolder();
const tempered = { conditions: { temperature: { minimum: 0.5, maximum: 2 } } } as const;

function trainerWith(
  reward: OnnxReward,
  options: Partial<TrainerOptions> = {},
  environment: Environment = grid,
): Promise<Trainer> {
  const objective = trajectoryBalance();
  return Trainer.create({ environment, objective, hidden: [32], seed: 2, reward, threads: 2, ...options });
}

async function train(trainer: Trainer, steps: number): Promise<Progress[]> {
  const reports: Progress[] = [];
  for await (const report of trainer.train({ steps })) reports.push(report);
  return reports;
}

describe.each(['native', 'typescript'] as const)('an ONNX reward on the %s backend', (backend) => {
  it('gives every object the score of the file, whatever batch it is in', async () => {
    const onnx = written(path('corners.onnx'), cornersGraph(8, 0.1));
    using trainer = await trainerWith({ onnx }, { backend });
    const { terminalState, logReward } = await trainer.model.exactDistribution();
    const { stateSize } = grid;
    logReward.forEach((value, i) => {
      expect(value).toBeCloseTo(grid.logReward(terminalState.subarray(i * stateSize, (i + 1) * stateSize)), 6);
    });
    for (const count of [1, 2, 300]) {
      const samples = await trainer.model.sample(count);
      for (const sample of samples) expect(sample.logReward).toBeCloseTo(grid.logReward(sample.x), 6);
    }
  });

  it('is what training leads to', async () => {
    const onnx = written(path('corners.onnx'), cornersGraph(8, 0.1));
    const learningRate = { kind: 'cosine', start: 3e-3, end: 1e-5, steps: 1500 } as const;
    using trainer = await trainerWith({ onnx }, { backend, hidden: [64, 64], learningRate });
    await train(trainer, 1500);
    const { l1Sum, exactLogZ } = await trainer.evaluate({ samples: 100 });
    expect(exactLogZ).toBeCloseTo(Math.log(cells(grid, 8).reduce((sum, value) => sum + Math.exp(value), 0)), 5);
    expect(l1Sum).toBeLessThan(0.05);
  });

  it.each([
    ['scale log', { scale: 'log' }, (y: number) => y],
    [
      'transform and floor',
      { transform: { kind: 'shift', by: 1 }, floor: 0.6 },
      (y: number) => Math.log(Math.max(1 + y, 0.6)),
    ],
    ['a power', { transform: { kind: 'power', exponent: 3 } }, (y: number) => 3 * Math.log(y)],
    ['an exponential', { transform: { kind: 'exponential', scale: 2, rate: 4 } }, (y: number) => Math.log(2) + 4 * y],
    ['a product', { transform: { kind: 'product', factor: 5 } }, (y: number) => Math.log(5 * y)],
    [
      'a sigmoid',
      { transform: { kind: 'sigmoid', slope: 2, midpoint: 1 } },
      (y: number) => -Math.log1p(Math.exp(-2 * (y - 1))),
    ],
    ['an absolute value', { transform: { kind: 'absolute' } }, (y: number) => Math.log(Math.abs(y))],
  ] as const)('with %s', async (_, options, expected) => {
    const scores = Array.from({ length: 64 }, (_unused, i) => (i + 1) / 20);
    const onnx = written(path('table.onnx'), tableGraph(8, scores, 'float32'));
    using trainer = await trainerWith({ onnx, ...options }, { backend });
    for (const { x, logReward } of await trainer.model.sample(50)) {
      expect(logReward).toBeCloseTo(expected(Math.fround(scores[8 * x[0] + x[1]])), 10);
    }
  });

  it('has the same rewards with a cache, and without one, in every kind of batch', async () => {
    const onnx = written(path('network.onnx'), networkGraph('observation', 16));
    const kinds: Partial<TrainerOptions>[] = [
      {},
      { rewardDelay: 2 },
      { replay: { trajectories: 4 } },
      { dataset: { objects: ['1,2', '3,4'], trajectories: 4 } },
      { localSearch: { trajectories: 4 } },
    ];
    for (const kind of kinds) {
      const [plain, cached, small] = await Promise.all(
        [0, 1000, 3].map(async (cache) => {
          using trainer = await trainerWith({ onnx, scale: 'log', cache }, { backend, ...kind });
          return (await train(trainer, 6)).map(({ loss, meanLogReward }) => [loss, meanLogReward]);
        }),
      );
      expect(cached).toEqual(plain);
      expect(small).toEqual(plain);
      expect(plain.flat().every(Number.isFinite)).toBe(true);
    }
  });

  const number = (name: string, size: number) => networkGraph(name, size);
  it.each([
    ['a file that is missing', null, 'ERR_MODEL_FILE', /^reward\.onnx: .*given\.onnx cannot be read/],
    ['no ONNX file', new TextEncoder().encode('not a model'), 'ERR_MODEL_FILE', /^reward\.onnx: .*not an ONNX file/],
    [
      'an unknown input',
      number('other', 16),
      'ERR_MODEL_ENVIRONMENT',
      /expected for hypergrid one or more of the inputs observation: float32 \[rows, 16\] or int64 \[rows, 2\]; state: int64 \[rows, 3\].*got other: float32 \[rows, 16\]/,
    ],
    [
      'an input of another size',
      number('observation', 15),
      'ERR_MODEL_ENVIRONMENT',
      /got observation: float32 \[rows, 15\]/,
    ],
    [
      'an input of another type',
      networkGraph('observation', 16, 'int64'),
      'ERR_MODEL_ENVIRONMENT',
      /got observation: int64 \[rows, 16\]/,
    ],
    ['states as numbers', number('state', 3), 'ERR_MODEL_ENVIRONMENT', /got state: float32/],
    [
      'a fixed number of rows',
      fixedRows(),
      'ERR_MODEL_ENVIRONMENT',
      /number of rows that is not fixed; got observation: float32 \[4, 16\]/,
    ],
    [
      'an output of several columns',
      wideOutput(),
      'ERR_MODEL_ENVIRONMENT',
      /expected the output to be float32 or float64 \[rows\] or \[rows, 1\], got .*\[rows, 16\]/,
    ],
    ['several outputs', twoOutputs(), 'ERR_MODEL_ENVIRONMENT', /output: expected one, or its name, got first, second/],
  ] as const)('refuses %s', async (_, model, code, message) => {
    const onnx = path('given.onnx');
    if (model !== null) writeFileSync(onnx, model instanceof Uint8Array ? model : encodeModel(model));
    await expect(trainerWith({ onnx }, { backend })).rejects.toMatchObject({ code });
    await expect(trainerWith({ onnx }, { backend })).rejects.toThrow(message);
  });

  it('takes one of several outputs', async () => {
    const onnx = written(path('two.onnx'), twoOutputs());
    using trainer = await trainerWith({ onnx, output: 'second', scale: 'log' }, { backend });
    expect(Number.isFinite((await trainer.model.sample(1))[0].logReward)).toBe(true);
    await expect(trainerWith({ onnx, output: 'third' }, { backend })).rejects.toThrow(/one named third, got first/);
  });

  it.each([
    ['NaN', Number.NaN, /the reward of \d,\d: expected a finite score|for \d,\d, got NaN/],
    ['infinite', Infinity, /got (inf|Infinity)/],
    ['negative', -1, /got -1/],
  ])('stops training where a score is %s, with the parameters of before', async (_, bad, message) => {
    const onnx = written(path('table.onnx'), tableGraph(8, new Array<number>(64).fill(bad), 'float32'));
    for (const rewardDelay of [0, 2]) {
      using trainer = await trainerWith({ onnx }, { backend, rewardDelay });
      await expect(train(trainer, 2)).rejects.toMatchObject({ code: 'ERR_REWARD' });
      await expect(train(trainer, 2)).rejects.toThrow(message);
      expect(trainer.step).toBe(0);
      await expect(trainer.model.sample(3)).rejects.toMatchObject({ code: 'ERR_REWARD' });
      await expect(trainer.model.exactDistribution()).rejects.toMatchObject({ code: 'ERR_REWARD' });
    }
  });

  it('refuses a file whose output turns out to have another shape', async () => {
    const builder = new GraphBuilder('lies');
    const seen = builder.input('observation', 'float32', ['rows', 16]);
    builder.output(builder.op('Identity', [seen]));
    const model = builder.build();
    const [output] = model.graph.outputs;
    const lying = { ...model, graph: { ...model.graph, outputs: [{ ...output, shape: ['rows', 'any'] }] } };
    const onnx = written(path('lies.onnx'), lying);
    using trainer = await trainerWith({ onnx }, { backend });
    await expect(train(trainer, 1)).rejects.toMatchObject({ code: 'ERR_REWARD' });
  });

  it('that fails on an object stops training', async () => {
    const onnx = written(path('short.onnx'), tableGraph(8, [1, 2], 'float32')); // of 64 cells
    using trainer = await trainerWith({ onnx }, { backend });
    await expect(train(trainer, 1)).rejects.toMatchObject({ code: 'ERR_REWARD' });
    await expect(train(trainer, 1)).rejects.toThrow(/reward\.onnx: the graph failed on \d+ rows/);
  });

  it('refuses another file than the one expected', async () => {
    const onnx = written(path('corners.onnx'), cornersGraph(8, 0.1));
    using trainer = await trainerWith({ onnx }, { backend });
    const { reward } = trainer.options;
    const sha256 = reward !== null && 'onnx' in reward ? (reward.sha256 ?? '') : '';
    (await trainerWith({ onnx, sha256 }, { backend })).dispose();
    written(onnx, cornersGraph(8, 0.2));
    await expect(trainerWith({ onnx, sha256 }, { backend })).rejects.toMatchObject({ code: 'ERR_MODEL_FILE' });
    const checkpoint = await trainer.saveCheckpoint(path('checkpoints'));
    await expect(Trainer.fromCheckpoint(checkpoint, { reward: { onnx } })).rejects.toThrow(/sha256/);
    written(path('moved.onnx'), cornersGraph(8, 0.1));
    using again = await Trainer.fromCheckpoint(checkpoint, { reward: { onnx: path('moved.onnx') } });
    expect(again.step).toBe(0);
  });
});

describe('an ONNX reward', () => {
  it('trains as the built-in reward of the same numbers, bit for bit, with any number of threads', async () => {
    // Of C++: a logarithm may be one bit off in JavaScript.
    using builtInTrainer = await Trainer.create({ environment: grid, objective: detailedBalance(), hidden: [] });
    const exact = await builtInTrainer.model.exactDistribution();
    const logRewards = new Array<number>(64);
    exact.logReward.forEach((value, i) => {
      logRewards[8 * exact.terminalState[3 * i] + exact.terminalState[3 * i + 1]] = value;
    });
    const onnx = written(path('table.onnx'), tableGraph(8, logRewards));
    const trained = async (options: Partial<TrainerOptions>): Promise<unknown> => {
      using trainer = await Trainer.create({
        environment: grid,
        objective: detailedBalance(),
        hidden: [32],
        batchSize: 300,
        ...options,
      });
      return (await train(trainer, 30)).map(({ loss, gradientNorm }) => [loss, gradientNorm]);
    };
    const builtIn = await trained({ threads: 1 });
    for (const threads of [1, 2, 3])
      expect(await trained({ reward: { onnx, scale: 'log' }, threads })).toEqual(builtIn);
  });

  const environments: readonly [string, Environment][] = [
    ['hypergrid', grid],
    ['bit-sequence', bitSequence({ length: 8, wordBits: 2 })],
    ['ising', ising({ side: 2 })],
    ['dag', dag({ nodes: 3 })],
    ['pairs', defineEnvironment(pairs)],
    ['pairs, compiled', defineEnvironment(pairs, { compile: true })],
  ];
  it.each(environments)('is the same on both paths: %s', async (_, environment) => {
    const { observation, stateSize } = environment;
    const graphs = [networkGraph('state', stateSize, 'int64')];
    if (observation.inputs === undefined) {
      graphs.push(networkGraph('observation', observation.size));
      graphs.push(networkGraph('observation', observation.width, 'int64'));
    }
    for (const graph of graphs) {
      const onnx = written(path('network.onnx'), graph);
      const [native, interpreted] = await Promise.all(
        (['native', 'typescript'] as const).map(async (backend) => {
          using trainer = await trainerWith({ onnx, scale: 'log' }, { backend }, environment);
          const exact = await trainer.model.exactDistribution();
          const { logReward } = await trainer.model.sampleTrajectories(40);
          const [{ loss }] = await train(trainer, 1);
          return { exact, logReward, loss };
        }),
      );
      expect(new Set(native.exact.logReward).size).toBeGreaterThan(3);
      expect(interpreted.exact.terminalState).toEqual(native.exact.terminalState);
      native.exact.logReward.forEach((value, i) => expect(interpreted.exact.logReward[i]).toBeCloseTo(value, 5));
      native.logReward.forEach((value, i) => expect(interpreted.logReward[i]).toBeCloseTo(value, 5));
      expect(Math.abs(interpreted.loss - native.loss)).toBeLessThan(1e-5 * (1 + native.loss));
    }
  });

  it.each([
    ['the condition', conditionalHypergrid({ dimensions: 2, side: 5 }), {}, [0.3], 'condition', 1],
    ['the object', conditionalHypergrid({ dimensions: 2, side: 5 }), {}, [0.3], 'observation', 10],
    ['no temperature', hypergrid({ dimensions: 2, side: 5 }), tempered, [1.75], 'observation', 10],
    ['the state without a temperature', hypergrid({ dimensions: 2, side: 5 }), tempered, [1.75], 'state', 3],
    ['the state of one’s own environment', defineEnvironment(pairs), tempered, [1.75], 'state', 8],
  ] as const)(
    'under conditions sees %s, the same on both paths',
    async (_, environment, options, condition, name, size) => {
      const onnx = written(path('network.onnx'), networkGraph(name, size, name === 'state' ? 'int64' : 'float32'));
      const [native, interpreted, cached] = await Promise.all(
        (['native', 'typescript', 'native'] as const).map(async (backend, i) => {
          const reward = { onnx, scale: 'log', cache: i === 2 ? 50 : 0 } as const;
          using trainer = await Trainer.create({
            environment,
            objective: detailedBalance(),
            hidden: [16],
            seed: 5,
            backend,
            reward,
            ...options,
          });
          const { terminalState, logReward } = await trainer.model.sampleTrajectories(30, { condition });
          const [{ loss, meanLogReward }] = await train(trainer, 1);
          return { terminalState, logReward, loss, meanLogReward };
        }),
      );
      expect(interpreted.terminalState).toEqual(native.terminalState);
      native.logReward.forEach((value, i) => expect(interpreted.logReward[i]).toBeCloseTo(value, 5));
      expect(interpreted.loss).toBeCloseTo(native.loss, 4);
      expect(interpreted.meanLogReward).toBeCloseTo(native.meanLogReward, 5);
      expect(cached).toEqual(native);
      // β multiplies log R, which is at most 2 here.
      const largest = Math.max(...native.logReward.map(Math.abs));
      expect(largest).toBeLessThanOrEqual(2 * (options === tempered ? 1.75 : 1) + 1e-6);
      if (name === 'condition') expect(new Set(native.logReward).size).toBe(1);
      else expect(new Set(native.logReward).size).toBeGreaterThan(1);
    },
  );

  it('gets the numbers that an environment of one’s own shows', async () => {
    const environment = defineEnvironment({
      ...pairs,
      observation: { items: { width: 7, size: 14 }, count: { values: 2 } },
      observe: (state) => {
        const bits = Array.from(state.chosen, Number);
        return {
          items: pairs.observe(state),
          count: [0.25 * bits.reduce((sum, bit) => sum + bit, 0), 0.5 * bits[0]],
        };
      },
    });
    const onnx = written(path('network.onnx'), networkGraph('count', 2));
    const scores = await Promise.all(
      (['native', 'typescript'] as const).map(async (backend) => {
        using trainer = await trainerWith({ onnx, scale: 'log' }, { backend }, environment);
        return (await trainer.model.exactDistribution()).logReward;
      }),
    );
    expect(new Set(scores[0]).size).toBeGreaterThan(3);
    scores[0].forEach((value, i) => expect(scores[1][i]).toBeCloseTo(value, 5));
  });

  it('may have R = 0 with flow matching', async () => {
    const scores = Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? 0 : 1));
    const onnx = written(path('table.onnx'), tableGraph(8, scores));
    using trainer = await trainerWith({ onnx }, { objective: flowMatching({ flowEpsilon: 1e-3 }) });
    expect(await train(trainer, 3)).toHaveLength(3);
    using refused = await trainerWith({ onnx });
    await expect(train(refused, 3)).rejects.toMatchObject({ code: 'ERR_REWARD' });
  });

  it('of an operator that ONNX Runtime alone knows is refused by the TypeScript path, by its name', async () => {
    const model = cornersGraph(8, 0.1);
    const [reward] = model.graph.outputs;
    const nodes = [...model.graph.nodes];
    const last = nodes.length - 1;
    nodes[last] = { ...nodes[last], outputs: ['before'] };
    nodes.push({ name: 'celu', op: 'Celu', inputs: ['before'], outputs: [reward.name], attributes: {} });
    const onnx = written(path('celu.onnx'), { ...model, graph: { ...model.graph, nodes } });
    using trainer = await trainerWith({ onnx });
    expect(await train(trainer, 1)).toHaveLength(1);
    await expect(trainerWith({ onnx }, { backend: 'typescript' })).rejects.toThrow(/celu.*Celu.*backend: 'native'/s);
  });

  it('that ONNX Runtime does not take is no model file', async () => {
    const model = cornersGraph(8, 0.1);
    const nodes = model.graph.nodes.map((node) => (node.op === 'MatMul' ? { ...node, op: 'NoSuch' } : node));
    const onnx = written(path('no-such.onnx'), { ...model, graph: { ...model.graph, nodes } });
    await expect(trainerWith({ onnx })).rejects.toMatchObject({ code: 'ERR_MODEL_FILE' });
  });

  it.each([
    [{ onnx: 3 }, /^reward\.onnx: expected a string, got 3/],
    [{ onnx: 'a', scal: 'log' }, /reward: unknown option "scal"; did you mean "scale"/],
    [{ onnx: 'a', timeLimit: 3 }, /reward: unknown option "timeLimit"/],
    [{ onnx: 'a', scale: 'log', transform: { kind: 'identity' } }, /^reward\.transform: expected none/],
    [{ onnx: 'a', sha256: 'abc' }, /^reward\.sha256: expected 64 hexadecimal digits/],
    [{ onnx: 'a', cache: -1 }, /^reward\.cache: expected an integer/],
  ])('%j is refused', async (reward, message) => {
    await expect(trainerWith(reward as never)).rejects.toThrow(message);
  });
});

function fixedRows() {
  const model = networkGraph('observation', 16);
  const [input] = model.graph.inputs;
  return { ...model, graph: { ...model.graph, inputs: [{ ...input, shape: [4, 16] }] } };
}

function wideOutput() {
  const builder = new GraphBuilder('wide');
  builder.output(builder.op('Exp', [builder.input('observation', 'float32', ['rows', 16])]));
  return builder.build();
}

function twoOutputs() {
  const builder = new GraphBuilder('two');
  const seen = builder.input('observation', 'float32', ['rows', 16]);
  const axes = builder.constant(tensor('int64', [1], [1]));
  builder.output(builder.op('ReduceSum', [seen, axes], {}, 'first'));
  builder.output(builder.op('ReduceMean', [seen, axes], {}, 'second'));
  return builder.build();
}
