import type { Attribute, Model, TensorType } from '../../src/onnx/graph.ts';
import { GraphBuilder } from '../../src/onnx/graph-builder.ts';
import { elementCount, tensor } from '../../src/onnx/tensor.ts';
import { Purpose, RandomStream } from '../../src/sampler/philox.ts';

type FloatType = 'float32' | 'float64';
type Attributes = Readonly<Record<string, Attribute>>;

/** Numbers in [low, high), always the same for a seed. */
export function uniforms(seed: number, count: number, low: number, high: number): number[] {
  const stream = new RandomStream(seed, Purpose.evaluation);
  return Array.from({ length: count }, (_, index) => low + (high - low) * stream.uniform(index, 0));
}

/** Builds the graph of one case; values are in [−1, 1) unless said otherwise. */
export class CaseBuilder {
  readonly graph = new GraphBuilder('case');
  private count = 0;

  constructor(readonly type: FloatType) {}

  parameter(shape: readonly number[], low = -1, high = 1): string {
    const values = uniforms(100 + this.count, elementCount(shape), low, high);
    return this.graph.initializer(`parameter_${this.count++}`, tensor(this.type, shape, values));
  }

  /** An input [rows, ...shape] in [−1, 1). */
  observation(shape: readonly number[], type: TensorType = this.type): string {
    return this.graph.input(`observation_${this.count++}`, type, ['rows', ...shape]);
  }

  /** A value [rows, ...shape] in [low, high) whose gradient is summed over rows into a parameter. */
  activation(shape: readonly number[], low = -1, high = 1): string {
    const quarter = (high - low) / 4;
    const scaled = this.op('Mul', [this.observation(shape), this.scalar(quarter)]);
    return this.op('Add', [scaled, this.parameter(shape, low + quarter, high - quarter)]);
  }

  /** Constant indices. */
  integers(shape: readonly number[], values: readonly number[]): string {
    return this.graph.constant(tensor('int64', shape, values));
  }

  vector(values: readonly number[]): string {
    return this.integers([values.length], values);
  }

  scalar(value: number): string {
    return this.graph.constant(tensor(this.type, [], [value]));
  }

  op(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.graph.op(op, inputs, attributes);
  }

  ops(op: string, inputs: readonly string[], count: number, attributes: Attributes = {}): string[] {
    return this.graph.ops(op, inputs, count, attributes);
  }
}

export interface OperatorCase {
  readonly name: string;
  /** float32 where ONNX Runtime's CPU provider has no kernel for float64. */
  readonly type: FloatType;
  readonly build: (b: CaseBuilder) => string;
}

const cases: OperatorCase[] = [];

function double(name: string, build: OperatorCase['build']): void {
  cases.push({ name, type: 'float64', build });
}

function single(name: string, build: OperatorCase['build']): void {
  cases.push({ name, type: 'float32', build });
}

for (const op of ['Neg', 'Relu', 'Tanh', 'Sigmoid', 'Exp', 'Abs']) {
  double(op, (b) => b.op(op, [b.activation([4], -2, 2)]));
}
for (const op of ['Softplus', 'Elu', 'LeakyRelu', 'Erf', 'Gelu']) {
  single(op, (b) => b.op(op, [b.activation([4], -2, 2)]));
}
for (const op of ['Log', 'Sqrt', 'Reciprocal']) double(op, (b) => b.op(op, [b.activation([4], 0.5, 2)]));
single('Elu, alpha 0.5', (b) => b.op('Elu', [b.activation([4], -2, 2)], { alpha: { float: 0.5 } }));
single('LeakyRelu, alpha 0.3', (b) => b.op('LeakyRelu', [b.activation([4], -2, 2)], { alpha: { float: 0.3 } }));
single('LeakyRelu, alpha -0.5', (b) => b.op('LeakyRelu', [b.activation([4], -2, 2)], { alpha: { float: -0.5 } }));
double('Gelu, tanh form', (b) => b.op('Gelu', [b.activation([4], -2, 2)], { approximate: 'tanh' }));
double('Identity', (b) => b.op('Identity', [b.activation([4])]));
single('Cast to float64 and back', (b) => b.op('Cast', [b.op('Cast', [b.activation([4])], { to: 11 })], { to: 1 }));

for (const op of ['Add', 'Sub', 'Mul', 'Div']) {
  const [low, high] = op === 'Div' ? [0.5, 2] : [-1, 1];
  double(`${op}, same shapes`, (b) => b.op(op, [b.activation([4]), b.activation([4], low, high)]));
  double(`${op}, fewer dimensions`, (b) => b.op(op, [b.activation([3, 4]), b.parameter([4], low, high)]));
  double(`${op}, fewer dimensions on the left`, (b) => b.op(op, [b.parameter([4]), b.activation([3, 4], low, high)]));
  double(`${op}, sizes 1`, (b) => b.op(op, [b.activation([3, 1]), b.parameter([1, 1, 4], low, high)]));
  double(`${op}, fewer dimensions and sizes 1`, (b) =>
    b.op(op, [b.activation([3, 4]), b.parameter([3, 1], low, high)]),
  );
  double(`${op}, scalar`, (b) => b.op(op, [b.activation([4]), b.parameter([], low, high)]));
  double(`${op}, with itself`, (b) => {
    const value = b.activation([4], 0.5, 2);
    return b.op(op, [value, b.op('Add', [value, value])]);
  });
}
double('Sum of three, broadcast', (b) => b.op('Sum', [b.activation([4]), b.parameter([4]), b.parameter([1])]));
for (const exponent of [0, 1, 2, 3, 0.5, -1.5]) {
  double(`Pow ${exponent}`, (b) => b.op('Pow', [b.activation([4], 0.5, 2), b.scalar(exponent)]));
}
double('Pow 2 of negative numbers', (b) => b.op('Pow', [b.activation([4], -2, -0.5), b.scalar(2)]));
double('Pow, trained exponent', (b) => b.op('Pow', [b.activation([4], 0.5, 2), b.parameter([4], -2, 2)]));
double('Pow, trained exponent of 0 and 1', (b) => b.op('Pow', [b.scalar(0), b.activation([4], 1, 2)]));
double('Pow, integer exponents', (b) => b.op('Pow', [b.activation([3], 0.5, 2), b.vector([0, 1, 3])]));
double('Where', (b) => {
  const condition = b.op('Greater', [b.observation([4]), b.scalar(0.5)]);
  return b.op('Where', [condition, b.activation([4]), b.parameter([1])]);
});
double('Expand', (b) => b.op('Expand', [b.activation([1, 3]), b.integers([3], [1, 4, 1])]));
double('Expand of a parameter', (b) =>
  b.op('Mul', [b.op('Expand', [b.parameter([3]), b.integers([2], [4, 1])]), b.observation([4, 3])]),
);

for (const [transA, transB] of [
  [0, 0],
  [0, 1],
] as const) {
  double(`Gemm, transB ${transB}`, (b) => {
    const weight = b.parameter(transB === 1 ? [3, 4] : [4, 3]);
    return b.op('Gemm', [b.activation([4]), weight, b.parameter([3])], { transA, transB });
  });
}
for (const [transA, transB] of [
  [1, 0],
  [1, 1],
] as const) {
  double(`Gemm of parameters, transA 1, transB ${transB}`, (b) => {
    const product = b.op('Gemm', [b.parameter([4, 2]), b.parameter(transB === 1 ? [3, 4] : [4, 3])], {
      transA,
      transB,
    });
    return b.op('MatMul', [b.observation([2]), product]);
  });
}
double('Gemm, alpha and beta, C [1, 3]', (b) =>
  b.op('Gemm', [b.activation([4]), b.parameter([4, 3]), b.parameter([1, 3])], {
    alpha: { float: 0.5 },
    beta: { float: -2 },
  }),
);
double('Gemm, C [rows, 3]', (b) => b.op('Gemm', [b.activation([4]), b.parameter([4, 3]), b.activation([3])]));
double('Gemm, scalar C', (b) => b.op('Gemm', [b.activation([4]), b.parameter([4, 3]), b.parameter([])]));
double('MatMul', (b) => b.op('MatMul', [b.activation([4]), b.parameter([4, 3])]));
double('MatMul, shared matrix', (b) => b.op('MatMul', [b.activation([2, 4]), b.parameter([4, 3])]));
double('MatMul, shared matrix, four dimensions', (b) => b.op('MatMul', [b.activation([2, 2, 4]), b.parameter([4, 3])]));
double('MatMul, batches', (b) => b.op('MatMul', [b.activation([2, 4]), b.activation([4, 3])]));
double('MatMul, broadcast batches', (b) => b.op('MatMul', [b.activation([1, 2, 4]), b.parameter([3, 4, 2])]));
double('MatMul, matrix on the left', (b) => b.op('MatMul', [b.parameter([2, 4]), b.activation([4, 3])]));
double('MatMul, vector on the right', (b) => b.op('MatMul', [b.activation([2, 4]), b.parameter([4])]));
double('MatMul, vector on the left', (b) => b.op('MatMul', [b.parameter([4]), b.activation([4, 3])]));

for (const axis of [-1, 1]) {
  double(`Softmax, axis ${axis}`, (b) => b.op('Softmax', [b.activation([3, 4])], { axis }));
  double(`LogSoftmax, axis ${axis}`, (b) => b.op('LogSoftmax', [b.activation([3, 4])], { axis }));
}
double('LayerNormalization', (b) =>
  b.op('LayerNormalization', [b.activation([3, 4]), b.parameter([4]), b.parameter([4])]),
);
double('LayerNormalization over two axes, no bias', (b) =>
  b.op('LayerNormalization', [b.activation([3, 4]), b.parameter([3, 4])], { axis: 1, epsilon: { float: 0.1 } }),
);

for (const op of ['ReduceSum', 'ReduceMean']) {
  for (const keepdims of [0, 1]) {
    double(`${op}, axis 1, keepdims ${keepdims}`, (b) => b.op(op, [b.activation([3, 4]), b.vector([1])], { keepdims }));
    double(`${op}, axes -1 and 1, keepdims ${keepdims}`, (b) =>
      b.op(op, [b.activation([3, 4]), b.vector([-1, 1])], { keepdims }),
    );
  }
  double(`${op} of a parameter over all axes`, (b) =>
    b.op('Mul', [b.observation([2]), b.op(op, [b.parameter([3, 4])], { keepdims: 0 })]),
  );
  double(`${op}, no axes`, (b) => b.op(op, [b.activation([3, 4])], { noop_with_empty_axes: 1 }));
}

double('Reshape', (b) => b.op('Reshape', [b.activation([3, 4]), b.vector([0, 2, -1])]));
double('Reshape by a computed shape', (b) => {
  const value = b.activation([3, 4]);
  const rows = b.op('Shape', [value], { start: 0, end: 1 });
  return b.op('Reshape', [value, b.op('Concat', [rows, b.vector([12])], { axis: 0 })]);
});
double('Reshape of rows and back', (b) => {
  const flat = b.op('Reshape', [b.activation([3, 4]), b.vector([-1, 4])]);
  return b.op('Reshape', [b.op('Tanh', [flat]), b.vector([-1, 12])]);
});
double('Transpose', (b) => b.op('Transpose', [b.activation([2, 3, 4])], { perm: [0, 3, 1, 2] }));
double('Transpose of a parameter', (b) =>
  b.op('MatMul', [b.observation([4]), b.op('Transpose', [b.parameter([3, 4])])]),
);
double('Squeeze', (b) => b.op('Squeeze', [b.activation([1, 4]), b.vector([1])]));
double('Squeeze, axis -2', (b) => b.op('Squeeze', [b.activation([1, 4]), b.vector([-2])]));
double('Unsqueeze', (b) => b.op('Unsqueeze', [b.activation([4]), b.vector([1, -1])]));
double('Concat', (b) => b.op('Concat', [b.activation([2]), b.observation([3]), b.activation([4])], { axis: -1 }));
double('Concat, axis 1', (b) => b.op('Concat', [b.activation([2, 3]), b.activation([1, 3])], { axis: 1 }));
double('Split', (b) => {
  const [first, , third] = b.ops('Split', [b.activation([6]), b.vector([2, 3, 1])], 3, { axis: -1 });
  return b.op('Mul', [first, third]);
});
double('Split into equal parts', (b) => {
  const [first, second] = b.ops('Split', [b.activation([5, 2])], 2, { axis: 1, num_outputs: 2 });
  return b.op('Concat', [second, first], { axis: 1 });
});
const slices: [string, number[], number[], number[], number[]][] = [
  ['one axis', [1], [3], [1], [1]],
  ['to the end', [2], [2 ** 40], [-1], [1]],
  ['negative indices', [-3], [-1], [2], [1]],
  ['step 2', [0], [5], [2], [2]],
  ['step -2', [-1], [-1000], [2], [-2]],
  ['two axes', [1, 0], [4, 4], [1, 2], [1, 3]],
  ['all rows', [0, 1], [2 ** 40, 2], [0, 1], [1, 1]],
];
for (const [name, starts, ends, axes, steps] of slices) {
  double(`Slice, ${name}`, (b) =>
    b.op('Slice', [b.activation([4, 5]), ...[starts, ends, axes, steps].map((v) => b.vector(v))]),
  );
}
double('Slice of a parameter, no axes', (b) =>
  b.op('Mul', [b.observation([2]), b.op('Slice', [b.parameter([5]), b.vector([1]), b.vector([3])])]),
);
double('Gather of parameter rows', (b) =>
  b.op('Gather', [b.parameter([5, 3]), b.observation([2], 'int64')], { axis: 0 }),
);
double('Gather, axis 1', (b) =>
  b.op('Gather', [b.activation([4, 2]), b.integers([3, 2], [0, 1, 3, -1, 0, 0])], { axis: 1 }),
);
double('Gather, last axis', (b) => b.op('Gather', [b.activation([2, 4]), b.vector([1, 1, -4])], { axis: -1 }));
double('Gather of one index', (b) => b.op('Gather', [b.activation([4, 2]), b.integers([], [2])], { axis: 1 }));
double('Gather by 32-bit indices', (b) =>
  b.op('Gather', [b.parameter([5, 3]), b.observation([2], 'int32')], { axis: 0 }),
);
double('GatherElements', (b) => b.op('GatherElements', [b.activation([4]), b.observation([3], 'int64')], { axis: 1 }));
double('a value used three times', (b) => {
  const value = b.activation([4]);
  return b.op('Add', [b.op('Mul', [value, b.op('Tanh', [value])]), value]);
});
double('the gradient of an output as that of a parameter', (b) => b.op('Add', [b.activation([4]), b.activation([4])]));

/** A case for each operator with a derivative, and for each way of using it. */
export const operatorCases: readonly OperatorCase[] = cases;

export function caseModel({ type, build }: OperatorCase): Model {
  const builder = new CaseBuilder(type);
  builder.graph.output(build(builder));
  return builder.graph.build();
}
