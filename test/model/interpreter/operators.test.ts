import { describe, expect, test } from 'vitest';
import { operators } from '../../../src/onnx/operators.ts';
import { OPERATORS } from '../../../src/model/interpreter/operators.ts';
import {
  bools,
  caseInputs,
  caseModel,
  compareWithOnnxRuntime,
  float,
  floats,
  integers,
  type OperatorCase,
} from './against-onnxruntime.ts';

const INT64_MAX = 2n ** 63n - 1n;
const special = floats([2, 4], [0, -0, 1, -1, 60, -60, 0.46875, -4.5]);
const extreme = floats([5], [Infinity, -Infinity, 0, 200, -200]);

function unary(op: string, low = -3, high = 3, attributes: OperatorCase['attributes'] = {}): OperatorCase[] {
  return [[7, 5], [1], [], [0, 3], [2, 3, 4]].map((shape) => ({
    op,
    attributes,
    inputs: [float(shape, low, high)],
  }));
}

const SHAPE_PAIRS: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [6, 5],
    [6, 5],
  ],
  [[6, 5], [5]],
  [[5], [6, 5]],
  [[6, 5], []],
  [[], [6, 5]],
  [
    [6, 5],
    [6, 1],
  ],
  [
    [6, 1],
    [1, 5],
  ],
  [
    [4, 1, 3],
    [2, 1],
  ],
  [
    [2, 3, 1, 5],
    [3, 4, 1],
  ],
  [[0, 5], [5]],
  [[1, 1], [1]],
];

function binary(op: string, output: 'float32' | 'bool' = 'float32', low = -2, high = 2): OperatorCase[] {
  return SHAPE_PAIRS.map(([a, b]) => ({
    op,
    inputs: [float(a, low, high, 1), float(b, low, high, 2)],
    outputs: [output],
  }));
}

function integerBinary(op: string, output: 'int64' | 'bool' = 'int64'): OperatorCase {
  return { op, inputs: [integers([2, 3], [7, -7, 3, 0, 5, -9]), integers([3], [2, 3, -5])], outputs: [output] };
}

const CASES: readonly OperatorCase[] = [
  // Elementwise, one input
  ...unary('Neg'),
  ...unary('Abs'),
  ...unary('Sign'),
  ...unary('Relu'),
  ...unary('LeakyRelu', -3, 3, { alpha: { float: 0.2 } }),
  ...unary('LeakyRelu'),
  ...unary('Elu', -3, 3, { alpha: { float: 0.7 } }),
  ...unary('Tanh'),
  ...unary('Sigmoid'),
  ...unary('Softplus'),
  ...unary('Gelu'),
  ...unary('Gelu', -3, 3, { approximate: 'tanh' }),
  ...unary('Erf'),
  ...unary('Exp'),
  ...unary('Log', 0.01, 5),
  ...unary('Sqrt', 0, 5),
  ...unary('Reciprocal', 0.2, 3),
  ...['Relu', 'Elu', 'Tanh', 'Sigmoid', 'Softplus', 'Gelu', 'Erf', 'Sign', 'LeakyRelu', 'Neg', 'Abs', 'Exp'].map(
    (op) => ({ op, title: 'special values', inputs: [special] }),
  ),
  ...['Relu', 'Tanh', 'Sigmoid', 'Erf', 'Sign', 'Exp', 'LeakyRelu'].map((op) => ({
    op,
    title: 'infinities',
    inputs: [extreme],
  })),
  ...['Neg', 'Abs', 'Sign'].map((op) => ({ op, inputs: [integers([4], [3, -4, 0, 9])], outputs: ['int64'] as const })),
  { op: 'HardSigmoid', inputs: [float([5, 3])] },
  {
    op: 'HardSigmoid',
    inputs: [floats([4], [-1, 0, 1e-30, 3])],
    attributes: { alpha: { float: 1e38 }, beta: { float: 0 } },
  },
  { op: 'Clip', inputs: [float([5, 3]), floats([], [-0.5]), floats([], [1])] },
  { op: 'Clip', inputs: [float([5, 3]), null, floats([], [1])] },
  { op: 'Clip', inputs: [float([5, 3]), floats([], [-0.5])] },
  { op: 'Clip', inputs: [float([5, 3]), floats([], [1]), floats([], [-1])] },
  { op: 'Clip', inputs: [integers([3], [-5, 2, 9]), integers([], [0]), integers([], [4])], outputs: ['int64'] },
  { op: 'Clip', title: 'not a number', inputs: [floats([3], [NaN, 3, -3]), floats([], [-1]), floats([], [1])] },
  ...['Max', 'Min'].map((op) => ({
    op,
    title: 'not a number',
    inputs: [floats([4], [NaN, 1, NaN, 2]), floats([4], [1, NaN, NaN, 3])],
  })),
  { op: 'Not', inputs: [bools([3, 5])], outputs: ['bool'] },

  // Elementwise, two inputs and more
  ...['Add', 'Sub', 'Mul', 'Max', 'Min', 'Sum'].flatMap((op) => binary(op)),
  ...binary('Div', 'float32', 0.3, 2),
  ...binary('Pow', 'float32', 0.1, 3),
  ...['Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual', 'Equal'].flatMap((op) => [
    ...binary(op, 'bool'),
    integerBinary(op, 'bool'),
    {
      op,
      title: 'ties',
      inputs: [floats([4], [1, 2, 3, NaN]), floats([4], [1, 3, 2, NaN])],
      outputs: ['bool'] as const,
    },
  ]),
  ...['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min'].map((op) => integerBinary(op)),
  { op: 'Equal', inputs: [bools([2, 3], 1), bools([3], 2)], outputs: ['bool'] },
  ...['And', 'Or'].map((op) => ({ op, inputs: [bools([4, 5], 1), bools([5], 2)], outputs: ['bool'] as const })),
  { op: 'Pow', inputs: [float([4, 3]), floats([], [2])] },
  { op: 'Pow', inputs: [float([4, 3]), integers([], [3])] },
  { op: 'Pow', inputs: [integers([3], [2, -3, 4]), integers([], [3])], outputs: ['int64'] },
  ...['Sum', 'Max', 'Min'].flatMap((op) => [
    { op, inputs: [float([3, 4])] },
    { op, inputs: [float([4], -2, 2, 1), float([3, 1], -2, 2, 2), float([2, 3, 4], -2, 2, 3)] },
  ]),

  // Products
  ...[
    [1, 1, 1],
    [2, 3, 5],
    [5, 7, 6],
    [33, 17, 9],
    [36, 300, 520],
    [70, 513, 11],
    [3, 260, 3],
    [0, 4, 5],
    [4, 0, 5],
  ].flatMap(([m, k, n]): OperatorCase[] => [
    { op: 'MatMul', inputs: [float([m, k], -1, 1), float([k, n], -1, 1, 2)] },
    { op: 'Gemm', inputs: [float([m, k], -1, 1), float([k, n], -1, 1, 2), float([n], -1, 1, 3)] },
    ...(m === 0 || k === 0
      ? []
      : [
          { transA: 1, transB: 0 },
          { transA: 0, transB: 1 },
          { transA: 1, transB: 1 },
        ].map(({ transA, transB }) => ({
          op: 'Gemm',
          attributes: { transA, transB, alpha: { float: 0.5 }, beta: { float: -2 } },
          inputs: [
            float(transA ? [k, m] : [m, k], -1, 1),
            float(transB ? [n, k] : [k, n], -1, 1, 2),
            float([m, 1], -1, 1, 3),
          ],
        }))),
  ]),
  { op: 'Gemm', inputs: [float([6, 3]), float([3, 5])] },
  { op: 'Gemm', inputs: [float([6, 3]), float([3, 5]), float([])] },
  { op: 'Gemm', inputs: [float([6, 3]), float([3, 5]), float([6, 5])], attributes: { beta: { float: 0 } } },
  ...(
    [
      [
        [3, 4, 5],
        [5, 6],
      ],
      [
        [3, 4, 5],
        [3, 5, 6],
      ],
      [
        [3, 4, 5],
        [1, 5, 6],
      ],
      [
        [4, 5],
        [3, 5, 6],
      ],
      [
        [2, 1, 4, 5],
        [3, 5, 2],
      ],
      [
        [2, 3, 4, 5],
        [2, 3, 5, 1],
      ],
      [[5], [5, 6]],
      [[4, 5], [5]],
      [[5], [5]],
      [[5], [3, 5, 6]],
      [[3, 4, 5], [5]],
      [
        [0, 4, 5],
        [5, 6],
      ],
    ] as const
  ).map(([a, b]) => ({ op: 'MatMul', inputs: [float(a), float(b, -2, 2, 2)] })),

  // Reductions
  ...['ReduceSum', 'ReduceMean', 'ReduceMax'].flatMap((op): OperatorCase[] => [
    ...[[0], [1], [2], [-1], [0, 1], [1, 2], [0, 2], [-3, 2, 1]].map((axes) => ({
      op,
      title: `axes ${axes.join()}`,
      inputs: [float([4, 3, 5]), integers([axes.length], axes)],
      attributes: { keepdims: axes.length % 2 },
    })),
    { op, title: 'all axes', inputs: [float([4, 3])] },
    { op, title: 'nothing to do', inputs: [float([4, 3])], attributes: { noop_with_empty_axes: 1 } },
    { op, title: 'no rows', inputs: [float([0, 3]), integers([1], [1])] },
    { op, title: 'one row', inputs: [float([1, 300]), integers([1], [0])], attributes: { keepdims: 0 } },
    ...(op === 'ReduceSum'
      ? []
      : [{ op, title: 'opset 13', inputs: [float([4, 3])], attributes: { axes: [-1], keepdims: 0 }, opset: 13 }]),
  ]),
  { op: 'ReduceSum', title: 'no terms', inputs: [float([0, 3]), integers([1], [0])] },
  { op: 'ReduceSum', inputs: [integers([2, 2], [1, 2, 3, 4]), integers([1], [0])], outputs: ['int64'] },

  // Normalizations
  ...['Softmax', 'LogSoftmax'].flatMap((op): OperatorCase[] => [
    ...[-1, 0, 1].map((axis) => ({ op, inputs: [float([4, 3, 5], -9, 9)], attributes: { axis } })),
    { op, inputs: [float([0, 5])] },
    { op, inputs: [float([1, 1])] },
    { op, title: 'far apart', inputs: [floats([2, 3], [1000, 999, -1000, -Infinity, 0, 1])] },
  ]),
  {
    op: 'LayerNormalization',
    inputs: [float([6, 5]), float([5], -1, 1, 2), float([5], -1, 1, 3)],
    outputs: ['float32', 'float32', 'float32'],
  },
  {
    op: 'LayerNormalization',
    inputs: [float([4, 3, 5]), float([3, 5], -1, 1, 2)],
    attributes: { axis: 1, epsilon: { float: 0.1 } },
    outputs: ['float32', 'float32', 'float32'],
  },
  { op: 'LayerNormalization', inputs: [float([6, 5]), float([5], -1, 1, 2)], outputs: ['float32', null, 'float32'] },

  // Shapes
  { op: 'Identity', inputs: [float([3, 4])] },
  { op: 'Identity', inputs: [bools([3, 4])], outputs: ['bool'] },
  ...[[6, 4], [-1], [0, -1], [3, 8, 1]].map((shape) => ({
    op: 'Reshape',
    inputs: [float([3, 8]), integers([shape.length], shape)],
  })),
  { op: 'Reshape', title: 'no rows', inputs: [float([0, 8]), integers([3], [0, 2, 4])] },
  { op: 'Reshape', title: 'allowzero', inputs: [float([0, 8]), integers([2], [3, 0])], attributes: { allowzero: 1 } },
  { op: 'Squeeze', inputs: [float([1, 3, 1]), integers([1], [-1])] },
  { op: 'Squeeze', inputs: [float([1, 3, 1])] },
  { op: 'Unsqueeze', inputs: [float([3, 4]), integers([2], [-1, 0])] },
  { op: 'Unsqueeze', inputs: [float([]), integers([1], [0])] },
  ...[
    [1, 0, 2],
    [2, 1, 0],
    [0, 2, 1],
    [2, 0, 1],
  ].map((perm) => ({ op: 'Transpose', inputs: [float([4, 3, 5])], attributes: { perm } })),
  { op: 'Transpose', inputs: [float([4, 7])] },
  { op: 'Transpose', inputs: [integers([2, 2], [1, 2, 3, 4])], outputs: ['int64'] },
  { op: 'Expand', inputs: [float([3, 1]), integers([3], [2, 1, 4])] },
  { op: 'Expand', inputs: [float([]), integers([2], [2, 3])] },
  { op: 'Expand', inputs: [float([1, 3]), integers([2], [0, 3])] },
  { op: 'Shape', inputs: [float([3, 1, 4])], outputs: ['int64'] },
  { op: 'Shape', inputs: [float([3, 1, 4])], outputs: ['int64'], attributes: { start: -2, end: 2 } },
  { op: 'Constant', inputs: [], attributes: { value: float([2, 3]) } },
  { op: 'Constant', inputs: [], attributes: { value_float: { float: 1.5 } } },
  { op: 'Constant', inputs: [], attributes: { value_floats: { floats: [1.5, 2] } } },
  { op: 'Constant', inputs: [], attributes: { value_int: 7 }, outputs: ['int64'] },
  { op: 'Constant', inputs: [], attributes: { value_ints: [7, 8] }, outputs: ['int64'] },
  { op: 'ConstantOfShape', inputs: [integers([2], [2, 3])] },
  { op: 'ConstantOfShape', inputs: [integers([0], [])], attributes: { value: floats([1], [3]) } },
  {
    op: 'ConstantOfShape',
    inputs: [integers([1], [4])],
    attributes: { value: integers([1], [9]) },
    outputs: ['int64'],
  },
  { op: 'Cast', inputs: [float([3, 4])], attributes: { to: 7 }, outputs: ['int64'] },
  { op: 'Cast', inputs: [floats([3], [0, NaN, -2])], attributes: { to: 9 }, outputs: ['bool'] },
  { op: 'Cast', inputs: [integers([3], [3, -1, 2 ** 24 + 1])], attributes: { to: 1 } },
  { op: 'Cast', inputs: [bools([3, 4])], attributes: { to: 1 } },
  { op: 'Cast', inputs: [bools([3, 4])], attributes: { to: 7 }, outputs: ['int64'] },
  { op: 'Cast', inputs: [float([3, 4])], attributes: { to: 1 } },

  // Selections
  { op: 'Concat', inputs: [float([2, 3]), float([4, 3])], attributes: { axis: 0 } },
  { op: 'Concat', inputs: [float([2, 3, 2]), float([2, 1, 2]), float([2, 0, 2])], attributes: { axis: -2 } },
  { op: 'Concat', inputs: [integers([1], [3]), integers([2], [4, 5])], attributes: { axis: 0 }, outputs: ['int64'] },
  { op: 'Split', inputs: [float([6, 4]), integers([2], [1, 5])], outputs: ['float32', 'float32'] },
  {
    op: 'Split',
    inputs: [float([3, 7])],
    attributes: { axis: 1, num_outputs: 3 },
    outputs: ['float32', 'float32', 'float32'],
  },
  { op: 'Split', inputs: [float([4, 6])], attributes: { axis: -1 }, outputs: ['float32', 'float32'], opset: 13 },
  { op: 'Slice', inputs: [float([6, 5]), integers([1], [1]), integers([1], [INT64_MAX])] },
  {
    op: 'Slice',
    inputs: [
      float([6, 5]),
      integers([2], [-1, 1]),
      integers([2], [-INT64_MAX - 1n, -1]),
      integers([2], [1, 0]),
      integers([2], [-2, 1]),
    ],
  },
  ...[-9, -3, 0, 2, 9].flatMap((start) =>
    [-9, -3, 0, 2, 9].flatMap((end) =>
      [-2, -1, 1, 2].map((step) => ({
        op: 'Slice',
        title: `${start}:${end}:${step}`,
        inputs: [float([3]), ...[start, end, 0, step].map((number) => integers([1], [number]))],
      })),
    ),
  ),
  { op: 'Slice', inputs: [integers([4], [1, 2, 3, 4]), integers([1], [1]), integers([1], [3])], outputs: ['int64'] },
  ...[0, 1, -1].flatMap((axis) => [
    { op: 'Gather', inputs: [float([4, 3, 5]), integers([2, 2], [0, -1, 2, 1])], attributes: { axis } },
    { op: 'Gather', inputs: [float([4, 3, 5]), integers([], [-2])], attributes: { axis } },
    {
      op: 'GatherElements',
      inputs: [float([3, 3, 3]), integers([2, 2, 2], [0, 2, -1, 1, 1, -3, 2, 0])],
      attributes: { axis },
    },
    ...['none', 'add'].map((reduction) => ({
      op: 'ScatterElements',
      inputs: [float([3, 3, 3]), integers([1, 2, 3], [0, 2, 1, 1, 0, -1]), float([1, 2, 3], -2, 2, 4)],
      attributes: { axis, reduction },
    })),
  ]),
  {
    op: 'ScatterElements',
    title: 'repeated index',
    inputs: [float([2, 3]), integers([2, 2], [1, 1, 0, 0]), float([2, 2], -2, 2, 4)],
    attributes: { axis: 1, reduction: 'add' },
  },
  { op: 'Gather', title: 'no rows', inputs: [float([4, 3]), integers([0, 2], [])] },
  { op: 'Gather', inputs: [integers([3], [5, 6, 7]), integers([2], [2, 0])], outputs: ['int64'] },
  ...['none', 'add'].flatMap((reduction) => [
    {
      op: 'ScatterND',
      inputs: [float([4, 3, 2]), integers([2, 1], [3, 0]), float([2, 3, 2], -2, 2, 4)],
      attributes: { reduction },
    },
    {
      op: 'ScatterND',
      inputs: [float([4, 3]), integers([3, 2], [3, 0, 0, 2, 1, -1]), float([3], -2, 2, 4)],
      attributes: { reduction },
    },
  ]),
  {
    op: 'ScatterND',
    title: 'repeated index',
    inputs: [float([4, 3]), integers([3, 1], [1, 1, 2]), float([3, 3], -2, 2, 4)],
    attributes: { reduction: 'add' },
  },
  { op: 'Where', inputs: [bools([4, 5]), float([4, 5], -2, 2, 1), float([4, 5], -2, 2, 2)] },
  { op: 'Where', inputs: [bools([4, 1]), float([5], -2, 2, 1), float([], -2, 2, 2)] },
  { op: 'Where', inputs: [bools([4, 5]), floats([1], [Infinity]), floats([1], [NaN])] },
  { op: 'Where', inputs: [bools([2]), integers([2], [1, 2]), integers([], [7])], outputs: ['int64'] },
];

function title({ op, title: own, inputs, attributes = {} }: OperatorCase): string {
  const shapes = inputs.map((input) => (input === null ? '-' : `[${input.shape.join()}]`)).join(' ');
  const settings = JSON.stringify(attributes, (_, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value,
  );
  return `${op} ${own ?? shapes} ${settings}`;
}

describe('operators give what ONNX Runtime gives', () => {
  test.each(CASES.map((each) => [title(each), each] as const))('%s', async (_, each) => {
    await compareWithOnnxRuntime(caseModel(each), caseInputs(each));
  });
});

test('every operator is compared with ONNX Runtime', () => {
  const compared = new Set(CASES.map(({ op }) => op));
  expect([...OPERATORS.keys()].filter((op) => !compared.has(op))).toEqual([]);
});

test('every operator that graphs may hold is known', () => {
  expect([...operators.keys()].filter((op) => !OPERATORS.has(op))).toEqual([]);
});
