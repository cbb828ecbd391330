import { describe, expect, it } from 'vitest';
import {
  drawMultilayerPerceptron,
  multilayerPerceptron,
  type MultilayerPerceptronOptions,
} from '../../src/onnx/multilayer-perceptron.ts';
import { tensor, tensorNumbers } from '../../src/onnx/tensor.ts';
import { Purpose, RandomStream } from '../../src/sampler/philox.ts';
import { RuntimeModel } from './run-graph.ts';

const options: MultilayerPerceptronOptions = {
  observation: { width: 3, size: 12 },
  actions: 4,
  backwardActions: 3,
  stateFlow: true,
  hidden: [16, 8],
  activation: 'gelu',
  seed: 2 ** 40 + 5,
};

/** Two states of three indices each, the second with one index twice. */
const indices = [0, 5, 11, 2, 7, 7];

function oneHots(): number[] {
  const dense = new Array<number>(24).fill(0);
  indices.forEach((index, place) => dense[Math.floor(place / 3) * 12 + index]++);
  return dense;
}

describe('multilayerPerceptron', () => {
  it('draws each parameter by its number, uniform within 1/√fan_in', () => {
    const { initializers } = multilayerPerceptron(options).graph;
    const shapes = [...initializers].map(([name, { shape }]) => [name, ...shape]);
    expect(shapes).toEqual([
      ['trunk.0.weight', 12, 16],
      ['trunk.0.bias', 16],
      ['trunk.1.weight', 16, 8],
      ['trunk.1.bias', 8],
      ['heads.weight', 8, 8],
      ['heads.bias', 8],
    ]);
    const stream = new RandomStream(options.seed, Purpose.initialization);
    const bias = tensorNumbers(initializers.get('trunk.1.bias')!);
    const first = 12 * 16 + 16 + 16 * 8;
    bias.forEach((value, index) =>
      expect(value).toBe(Math.fround((2 * stream.uniform(first + index, 0) - 1) / Math.sqrt(16))),
    );
    const weight = tensorNumbers(initializers.get('trunk.0.weight')!);
    const bound = 1 / Math.sqrt(12);
    expect(Math.max(...weight)).toBeLessThan(bound);
    expect(Math.max(...weight)).toBeGreaterThan(0.9 * bound);
    expect(Math.min(...weight)).toBeLessThan(-0.9 * bound);
  });

  it('gives the same values under both encodings', async () => {
    const dense = await RuntimeModel.open(multilayerPerceptron({ ...options, encoding: 'one-hot' }));
    const sparse = await RuntimeModel.open(multilayerPerceptron({ ...options, encoding: 'gather' }));
    const a = await dense.run(new Map([['observation', tensor('float32', [2, 12], oneHots())]]));
    const b = await sparse.run(new Map([['observation', tensor('int64', [2, 3], indices)]]));
    for (const [name, width] of [
      ['forward_logits', 4],
      ['backward_logits', 3],
      ['log_state_flow', 1],
    ] as const) {
      expect(a.get(name)!.shape).toEqual([2, width]);
      const want = tensorNumbers(b.get(name)!);
      tensorNumbers(a.get(name)!).forEach((value, index) => expect(value).toBeCloseTo(want[index], 6));
    }
  });

  it('chooses the encoding by the size of the observation, and by how many of its indices are set', () => {
    const inputOf = (size: number, width = 3) =>
      multilayerPerceptron({ ...options, observation: { width, size } }).graph.inputs;
    expect(inputOf(512)).toEqual([{ name: 'observation', type: 'float32', shape: ['rows', 512] }]);
    expect(inputOf(513)).toEqual([{ name: 'observation', type: 'int64', shape: ['rows', 3] }]);
    expect(inputOf(1600, 100)).toEqual([{ name: 'observation', type: 'int64', shape: ['rows', 100] }]);
    expect(inputOf(1600, 101)).toEqual([{ name: 'observation', type: 'float32', shape: ['rows', 1600] }]);
  });

  it('has only the heads asked for, and may be linear', () => {
    const model = multilayerPerceptron({ ...options, backwardActions: null, stateFlow: false, hidden: [] });
    expect(model.graph.outputs).toEqual([{ name: 'forward_logits', type: 'float32', shape: ['rows', 4] }]);
    expect(model.graph.nodes.map((node) => node.op)).toEqual(['Gemm']);
  });

  it('has the same parameters where other work runs between its draws', async () => {
    const many = { ...options, hidden: [200, 100] };
    const drawn = await drawMultilayerPerceptron(many);
    expect(drawn).toEqual(multilayerPerceptron(many));
    expect(drawn.graph.initializers.get('trunk.1.weight')!.data).toHaveLength(20_000);
  });

  it('depends on the seed', () => {
    const bias = (seed: number) =>
      multilayerPerceptron({ ...options, seed }).graph.initializers.get('heads.bias')!.data;
    expect(bias(1)).toEqual(bias(1));
    expect(bias(1)).not.toEqual(bias(2));
  });
});
