import { describe, expect, it } from 'vitest';
import type { DifferentiatedModel } from '../../src/onnx/differentiated-model.ts';
import { differentiate } from '../../src/onnx/differentiate.ts';
import type { Graph, GraphNode, Model, Tensor } from '../../src/onnx/graph.ts';
import { GraphBuilder } from '../../src/onnx/graph-builder.ts';
import { multilayerPerceptron } from '../../src/onnx/multilayer-perceptron.ts';
import { operators } from '../../src/onnx/operators.ts';
import { tensor, tensorNumbers } from '../../src/onnx/tensor.ts';
import { gradientError, gradients, parameterValues, randomValues, relativeDifference } from './finite-differences.ts';
import { perceptronCases } from './mlp-cases.ts';
import { caseModel, operatorCases } from './operator-cases.ts';

// Central differences err by the square of their width, 1e-10 in double; in float32 rounding over the width gives 1e-5.
const tolerance = { float64: 1e-7, float32: 1e-3 };

function operatorsOf(graph: Graph): string[] {
  return graph.nodes.map((node) => node.op);
}

describe('derivatives against central differences in ONNX Runtime', () => {
  it.each(operatorCases)('$name', async (each) => {
    const model = caseModel(each);
    expect(await gradientError(model, differentiate(model))).toBeLessThan(tolerance[each.type]);
    expect(await gradientError(model, differentiate(model, { recompute: true }))).toBeLessThan(tolerance[each.type]);
  });

  it('covers every operator that has a derivative', () => {
    const covered = new Set(operatorCases.flatMap((each) => operatorsOf(caseModel(each).graph)));
    const flat = ['ConstantOfShape', 'Equal', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Sign'];
    const expected = [...operators].filter(([, each]) => each.derivative !== null).map(([name]) => name);
    expect(expected.filter((name) => !covered.has(name) && !flat.includes(name))).toEqual([]);
  });

  it.each(['Mul', 'Sub', 'Gemm', 'Tanh'])('catches a wrong derivative of %s', async (op) => {
    const name = op === 'Gemm' ? 'Gemm, alpha and beta, C [1, 3]' : op === 'Tanh' ? op : `${op}, same shapes`;
    const model = caseModel(operatorCases.find((each) => each.name === name)!);
    const right = differentiate(model);
    expect(await gradientError(model, withWrongNode(right))).toBeGreaterThan(1e-2);
  });
});

/** The gradient with one operator exchanged: x · y for x + y, x + y for x · y, 2 α for α. */
function withWrongNode(model: DifferentiatedModel): DifferentiatedModel {
  const wrong = (node: GraphNode): GraphNode | null => {
    if (node.op === 'Gemm') return { ...node, attributes: { ...node.attributes, alpha: { float: 2 } } };
    if (node.op === 'Mul') return { ...node, op: 'Add' };
    return node.op === 'Neg' ? { ...node, op: 'Identity' } : null;
  };
  const { nodes } = model.gradient.graph;
  const index = nodes.findIndex((node) => wrong(node) !== null);
  const changed = nodes.map((node, place) => (place === index ? wrong(node)! : node));
  return { ...model, gradient: { ...model.gradient, graph: { ...model.gradient.graph, nodes: changed } } };
}

describe('multilayer perceptrons', () => {
  it.each(perceptronCases)('$name', async ({ model }) => {
    const kept = differentiate(model);
    const recomputed = differentiate(model, { recompute: true });
    expect(await gradientError(model, kept)).toBeLessThan(tolerance.float32);
    expect(recomputed.kept).toEqual([]);

    const inputs = new Map([...randomValues(kept.observations, 5, 3), ...parameterValues(model, kept)]);
    const seeds = randomValues(kept.outputs, 5, 9);
    const [a, b] = [await gradients(kept, inputs, seeds), await gradients(recomputed, inputs, seeds)];
    for (const [name, value] of a) expect(tensorNumbers(value)).toEqual(tensorNumbers(b.get(name)!));
  });

  it('have a gradient without anything superfluous', () => {
    const model = multilayerPerceptron({
      observation: { width: 2, size: 8 },
      actions: 3,
      backwardActions: 2,
      stateFlow: true,
      hidden: [16, 16],
      activation: 'relu',
      seed: 1,
    });
    const { forward, gradient, kept } = differentiate(model);
    const without = (graph: Graph) => operatorsOf(graph).filter((op) => op !== 'Constant');
    expect(without(forward.graph)).toEqual(['Gemm', 'Relu', 'Gemm', 'Relu', 'Gemm', 'Split']);
    expect(kept.map(({ name }) => name)).toEqual(['trunk.0.output', 'trunk.1.output']);
    const layer = ['Gemm', 'Gemm', 'MatMul', 'HardSigmoid', 'Mul'];
    const last = ['Gemm', 'MatMul'];
    const ones = ['Shape', 'ConstantOfShape'];
    expect(without(gradient.graph).sort()).toEqual(['Concat', ...ones, ...layer, ...layer, ...last].sort());
    expect(gradient.graph.inputs.map(({ name }) => name)).not.toContain('trunk.0.weight');
  });
});

/** x → Gelu(x W + b) with LayerNormalization and a second input that is joined: kept values of several kinds. */
function mixedModel(): Model {
  const builder = new GraphBuilder('mixed');
  const value = (shape: number[], from: number) =>
    tensor(
      'float32',
      shape,
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(from + i)),
    );
  const x = builder.input('x', 'float32', ['batch', 3]);
  const index = builder.input('index', 'int64', ['batch', 2]);
  const weight = builder.initializer('weight', value([3, 4], 1));
  const table = builder.initializer('table', value([4, 4], 2));
  const scale = builder.initializer('scale', value([4], 3));
  const sum = builder.op('MatMul', [x, builder.op('Mul', [weight, builder.op('Exp', [scale])])]);
  const axes = builder.constant(tensor('int64', [1], [1]));
  const looked = builder.op('ReduceMean', [builder.op('Gather', [table, index]), axes], { keepdims: 0 });
  const gelu = builder.op('Gelu', [builder.op('Add', [sum, looked])]);
  const normal = builder.op('LayerNormalization', [gelu, scale]);
  const mask = builder.op('Greater', [sum, looked]);
  builder.op('Softmax', [builder.op('Where', [mask, normal, sum])], { axis: 1 }, 'probability');
  builder.op('Tanh', [normal], {}, 'value');
  builder.output('probability');
  builder.output('value');
  return builder.build();
}

function rowsOf(value: Tensor, from: number, to: number): Tensor {
  const width = value.data.length / value.shape[0];
  const shape = [to - from, ...value.shape.slice(1)];
  return { ...value, shape, data: value.data.slice(from * width, to * width) };
}

describe('the split in two graphs', () => {
  const model = mixedModel();
  const differentiated = differentiate(model);
  const inputs = new Map([
    ...randomValues(differentiated.observations, 6, 3),
    ...parameterValues(model, differentiated),
  ]);
  const seeds = randomValues(differentiated.outputs, 6, 9);

  it('agrees with central differences and with the recomputed forward pass', async () => {
    expect(await gradientError(model, differentiated, 6)).toBeLessThan(tolerance.float32);
    expect(differentiated.kept.length).toBeGreaterThan(0);
    const kept = await gradients(differentiated, inputs, seeds);
    const recomputed = await gradients(differentiate(model, { recompute: true }), inputs, seeds);
    for (const [name, value] of kept) {
      expect(relativeDifference(tensorNumbers(value), tensorNumbers(recomputed.get(name)!))).toBeLessThan(1e-6);
    }
  });

  it('gives a gradient that is a sum over rows', async () => {
    const whole = await gradients(differentiated, inputs, seeds);
    const part = async (from: number, to: number) => {
      const cut = (values: ReadonlyMap<string, Tensor>, names: readonly { name: string }[]) =>
        names.map(({ name }) => [name, rowsOf(values.get(name)!, from, to)] as const);
      const some = new Map([...inputs, ...cut(inputs, differentiated.observations)]);
      return gradients(differentiated, some, new Map(cut(seeds, differentiated.outputs)));
    };
    const [head, tail] = [await part(0, 2), await part(2, 6)];
    for (const [name, value] of whole) {
      const rest = tensorNumbers(tail.get(name)!);
      const sum = tensorNumbers(head.get(name)!).map((each, index) => each + rest[index]);
      expect(relativeDifference(tensorNumbers(value), sum)).toBeLessThan(1e-5);
    }
  });

  it('names rows, and keeps only [rows, fixed sizes]', () => {
    for (const value of [...differentiated.observations, ...differentiated.outputs, ...differentiated.kept]) {
      expect(value.shape[0]).toBe('rows');
      expect(value.shape.slice(1).every(Number.isInteger)).toBe(true);
    }
    const names = differentiated.forward.graph.outputs.map(({ name }) => name);
    expect(names).toEqual([...differentiated.outputs, ...differentiated.kept].map(({ name }) => name));
    expect(names).toContain('kept_value');
  });

  it('lays parameters out at multiples of 16 elements', () => {
    expect(differentiated.parameters.map(({ name, offset, size }) => [name, offset, size])).toEqual([
      ['weight', 0, 12],
      ['table', 16, 16],
      ['scale', 32, 4],
    ]);
    expect(differentiated.parameterCount).toBe(36);
    expect([...differentiated.initialParameters.slice(32)]).toEqual(
      tensorNumbers(model.graph.initializers.get('scale')!),
    );
  });

  it('leaves out what the chosen outputs do not need', async () => {
    const some = differentiate(model, { outputs: ['value'], trainable: (name) => name !== 'scale' });
    expect(some.outputs.map(({ name }) => name)).toEqual(['value']);
    expect(operatorsOf(some.forward.graph)).not.toContain('Softmax');
    expect([...some.forward.graph.initializers.keys()]).toEqual(['scale']);
    expect(await gradientError(model, some)).toBeLessThan(tolerance.float32);
  });

  it('runs the forward pass again when a kept value has not rows first', async () => {
    const builder = new GraphBuilder('turned');
    const x = builder.input('x', 'float32', ['rows', 3]);
    const turned = builder.op('Transpose', [x], { perm: [1, 0] });
    const weight = builder.initializer('weight', tensor('float32', [2, 3], [1, 2, 3, 4, 5, 6]));
    builder.op('Transpose', [builder.op('Tanh', [builder.op('MatMul', [weight, turned])])], { perm: [1, 0] }, 'y');
    builder.output('y');
    const turnedModel = builder.build();
    const result = differentiate(turnedModel);
    expect(result.kept).toEqual([]);
    expect(operatorsOf(result.gradient.graph)).toContain('Tanh');
    expect(await gradientError(turnedModel, result)).toBeLessThan(tolerance.float32);
  });

  it('runs the forward pass again when a kept value has several rows for each state', () => {
    const model = caseModel(operatorCases.find(({ name }) => name === 'Reshape of rows and back')!);
    const result = differentiate(model);
    expect(result.kept).toEqual([]);
    expect(operatorsOf(result.gradient.graph)).toContain('Tanh');
  });

  it('gives zeros for a parameter that no output depends on', async () => {
    const builder = new GraphBuilder('unused');
    const x = builder.input('x', 'float32', ['rows', 2]);
    builder.initializer('unused', tensor('float32', [2, 2], [1, 2, 3, 4]));
    builder.op('Mul', [x, builder.initializer('used', tensor('float32', [2], [1, 2]))], {}, 'y');
    builder.output('y');
    const result = differentiate(builder.build());
    const got = await gradients(
      result,
      new Map([
        ['x', tensor('float32', [1, 2], [3, 4])],
        ['used', tensor('float32', [2], [1, 2])],
        ['unused', tensor('float32', [2, 2], [1, 2, 3, 4])],
      ]),
      new Map([['y', tensor('float32', [1, 2], [1, 10])]]),
    );
    expect(tensorNumbers(got.get('gradient_of_unused')!)).toEqual([0, 0, 0, 0]);
    expect(tensorNumbers(got.get('gradient_of_used')!)).toEqual([3, 40]);
  });
});
