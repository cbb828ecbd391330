import { describe, expect, it } from 'vitest';
import { GfnError, type ErrorCode } from '../../src/error.ts';
import { differentiate } from '../../src/onnx/differentiate.ts';
import type { Attribute, Dimension, Model } from '../../src/onnx/graph.ts';
import { GraphBuilder } from '../../src/onnx/graph-builder.ts';
import { multilayerPerceptron, type MultilayerPerceptronOptions } from '../../src/onnx/multilayer-perceptron.ts';
import { tensor } from '../../src/onnx/tensor.ts';

function expectError(code: ErrorCode, message: RegExp, action: () => unknown): void {
  let error: unknown;
  try {
    action();
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(GfnError);
  expect((error as GfnError).code).toBe(code);
  expect((error as GfnError).message).toMatch(message);
}

/** x [rows, 4] + p [4], then one operator; outputs y. The output's shape is as declared, not inferred. */
function modelWith(op: string, attributes: Readonly<Record<string, Attribute>> = {}, shape: Dimension[] = ['rows', 4]) {
  const model: Model = {
    graph: {
      name: 'model',
      inputs: [{ name: 'x', type: 'float32', shape }],
      outputs: [{ name: 'y', type: 'float32', shape: ['rows', 4] }],
      initializers: new Map([['p', tensor('float32', [4], [1, 2, 3, 4])]]),
      nodes: [
        { name: 'sum', op: 'Add', inputs: ['x', 'p'], outputs: ['s'], attributes: {} },
        { name: 'last', op, inputs: ['s'], outputs: ['y'], attributes },
      ],
    },
    opset: 20,
    metadata: {},
  };
  return model;
}

describe('differentiate refuses', () => {
  it('an operator without derivative on the way from a parameter', () => {
    expectError('ERR_NO_DERIVATIVE', /node "last" \(Clip\)/, () => differentiate(modelWith('Clip')));
  });

  it('an operator that is not known', () => {
    expectError('ERR_OPERATOR', /node "last" \(Hardmax\)/, () => differentiate(modelWith('Hardmax')));
  });

  it('a mean over rows', () => {
    const model = modelWith('ReduceMean');
    const graph = { ...model.graph, nodes: [...model.graph.nodes] };
    graph.nodes[1] = { ...graph.nodes[1], outputs: ['mean'] };
    graph.nodes.push({ name: 'end', op: 'Add', inputs: ['x', 'mean'], outputs: ['y'], attributes: {} });
    expectError('ERR_NO_DERIVATIVE', /node "last" \(ReduceMean\).*rows/, () => differentiate({ ...model, graph }));
  });

  it('inputs of another form', () => {
    expectError('ERR_ARGUMENT', /input "x".*got \[3, 4\]/, () => differentiate(modelWith('Relu', {}, [3, 4])));
    expectError('ERR_ARGUMENT', /input "x".*\[n, m\]/, () => differentiate(modelWith('Relu', {}, ['n', 'm'])));
  });

  it('outputs that the model does not have, and a model without parameters', () => {
    expectError('ERR_ARGUMENT', /outputs: expected some of y, got "z"/, () =>
      differentiate(modelWith('Relu'), { outputs: ['z'] }),
    );
    expectError('ERR_ARGUMENT', /at least one trainable/, () =>
      differentiate(modelWith('Relu'), { trainable: () => false }),
    );
  });

  it('but takes an operator without derivative that no parameter reaches', () => {
    const builder = new GraphBuilder('clipped');
    const clipped = builder.op('Clip', [builder.input('x', 'float32', ['rows', 4])]);
    builder.output(builder.op('Mul', [clipped, builder.initializer('p', tensor('float32', [4], [1, 2, 3, 4]))]));
    expect(differentiate(builder.build()).parameterCount).toBe(4);
  });
});

describe('shape inference refuses', () => {
  const build = (op: string, shapes: number[][], attributes: Record<string, Attribute> = {}) => {
    const builder = new GraphBuilder('wrong');
    const inputs = shapes.map((shape, index) => builder.input(`x${index}`, 'float32', ['rows', ...shape]));
    builder.output(builder.op(op, inputs, attributes, 'y'));
    return builder.build();
  };

  it('shapes that do not fit', () => {
    expectError('ERR_OPERATOR', /node "y" \(Add\).*\[rows, 3\] and \[rows, 4\]/, () => build('Add', [[3], [4]]));
    expectError('ERR_OPERATOR', /node "y" \(MatMul\).*inner/, () =>
      build('MatMul', [
        [3, 2],
        [3, 2],
      ]),
    );
    expectError('ERR_OPERATOR', /node "y" \(Concat\)/, () =>
      build(
        'Concat',
        [
          [3, 2],
          [4, 2],
        ],
        { axis: 2 },
      ),
    );
    expectError('ERR_OPERATOR', /axis: expected an integer from -2 to 1, got 2/, () =>
      build('Softmax', [[3]], { axis: 2 }),
    );
  });

  it('missing attributes and inputs', () => {
    expectError('ERR_OPERATOR', /node "y" \(Concat\): attribute axis/, () => build('Concat', [[3], [3]]));
    expectError('ERR_OPERATOR', /node "y" \(Add\)|input 1/, () => build('Sub', [[3]]));
  });

  it('values that are not defined', () => {
    const builder = new GraphBuilder('wrong');
    builder.op('Relu', ['nowhere'], {}, 'y');
    builder.output('y');
    expectError('ERR_OPERATOR', /node "y" \(Relu\): input "nowhere"/, () => builder.build());
    expectError('ERR_ARGUMENT', /name: .*"y"/, () => builder.op('Relu', ['y'], {}, 'y'));
  });
});

describe('multilayerPerceptron refuses', () => {
  const good: MultilayerPerceptronOptions = {
    observation: { width: 2, size: 8 },
    actions: 3,
    backwardActions: null,
    stateFlow: false,
    hidden: [4],
    activation: 'relu',
    seed: 1,
  };
  const wrong: [string, Partial<MultilayerPerceptronOptions>, RegExp][] = [
    ['actions 0', { actions: 0 }, /^actions: expected an integer from 1 .* got 0$/],
    ['a hidden layer of 2.5', { hidden: [4, 2.5] }, /^hidden\[1\]: .* got 2.5$/],
    ['no backward actions', { backwardActions: 0 }, /^backwardActions: .* got 0$/],
    ['an empty observation', { observation: { width: 2, size: 0 } }, /^observation.size: .* got 0$/],
    ['a negative seed', { seed: -1 }, /^seed: .* got -1$/],
    ['an unknown activation', { activation: 'swish' as 'relu' }, /^activation: expected one of relu, .* got swish$/],
    [
      'an unknown encoding',
      { encoding: 'dense' as 'gather' },
      /^encoding: expected one of one-hot, gather, got dense$/,
    ],
  ];
  it.each(wrong)('%s', (_, change, message) => {
    expectError('ERR_ARGUMENT', message, () => multilayerPerceptron({ ...good, ...change }));
  });

  it('sizes that do not fit', () => {
    expectError('ERR_TOO_LARGE', /^hidden: .* 268435456 /, () =>
      multilayerPerceptron({ ...good, hidden: [2 ** 20, 2 ** 20] }),
    );
  });
});
