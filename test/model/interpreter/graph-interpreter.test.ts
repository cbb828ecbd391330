import { describe, expect, test } from 'vitest';
import type { Model, Tensor } from '../../../src/onnx/graph.ts';
import { GraphInterpreter } from '../../../src/model/interpreter/graph-interpreter.ts';
import {
  bools,
  expectSame,
  float,
  floats,
  integers,
  model,
  node,
  runOnnxRuntime,
  value,
} from './against-onnxruntime.ts';

const WEIGHT = float([5, 3], -1, 1, 7);

/** hidden = relu(x · weight + bias); flat = hidden as one row; positive = hidden > 0. */
function smallModel(): Model {
  return model(
    [
      node('Gemm', ['x', 'weight', 'bias'], ['linear']),
      node('Relu', ['linear'], ['hidden']),
      node('Reshape', ['hidden', 'flatShape'], ['flat']),
      node('Greater', ['hidden', 'zero'], ['positive']),
      node('Shape', ['hidden'], ['shape']),
    ],
    [value('x', 'float32', ['rows', 5]), value('bias', 'float32', [3])],
    [
      value('hidden', 'float32', ['rows', 3]),
      value('flat', 'float32', [1, 'size']),
      value('positive', 'bool', ['rows', 3]),
      value('shape', 'int64', [2]),
    ],
    { weight: WEIGHT, flatShape: integers([2], [1, -1]), zero: floats([], [0]) },
  );
}

function smallInputs(rows: number, seed = 1): Record<string, Tensor> {
  return { x: float([rows, 5], -1, 1, seed), bias: float([3], -1, 1, 2) };
}

describe('destinations', () => {
  test('are filled in place, and nothing around them', () => {
    const interpreter = new GraphInterpreter(smallModel());
    const expected = new GraphInterpreter(smallModel());
    const guard = 12345;
    const hidden = new Float32Array(3 + 7 * 3 + 3).fill(guard);
    const flat = new Float32Array(3 + 7 * 3 + 3).fill(guard);
    const positive = new Uint8Array(3 + 7 * 3 + 3).fill(77);
    const shape = new Int32Array(4).fill(guard);
    let row = 0;
    for (const rows of [4, 1, 2]) {
      const part = [3 + row * 3, 3 + (row + rows) * 3] as const;
      const inputs = smallInputs(rows, rows);
      const results = interpreter.run(inputs, {
        hidden: hidden.subarray(...part),
        flat: flat.subarray(...part),
        positive: positive.subarray(...part),
        shape: shape.subarray(1, 3),
      });
      const want = expected.run(inputs);
      expect(results.hidden.data.buffer).toBe(hidden.buffer);
      expect(results.flat.shape).toEqual([1, rows * 3]);
      expect(hidden.subarray(...part)).toEqual(want.hidden.data);
      expect(flat.subarray(...part)).toEqual(want.hidden.data);
      expect(positive.subarray(...part)).toEqual(want.positive.data);
      expect([...shape]).toEqual([guard, rows, 3, guard]);
      row += rows;
    }
    for (const array of [hidden, flat]) {
      expect([...array.subarray(0, 3), ...array.subarray(-3)]).toEqual([...Array<number>(6)].fill(guard));
      expect(array.subarray(3, -3)).not.toContain(guard);
    }
    expect([...positive.subarray(0, 3), ...positive.subarray(-3)]).toEqual([...Array<number>(6)].fill(77));
  });

  test('of int64 may be a BigInt64Array, an Int32Array or a Float64Array', () => {
    const interpreter = new GraphInterpreter(smallModel());
    const big = new BigInt64Array(2);
    const double = new Float64Array(2);
    interpreter.run(smallInputs(4), { shape: big });
    interpreter.run(smallInputs(4), { shape: double });
    expect([...big]).toEqual([4n, 3n]);
    expect([...double]).toEqual([4, 3]);
  });

  test('are given for one run only', () => {
    const interpreter = new GraphInterpreter(smallModel());
    const hidden = new Float32Array(6);
    interpreter.run(smallInputs(2, 1), { hidden });
    const before = hidden.slice();
    const results = interpreter.run(smallInputs(2, 5));
    expect(hidden).toEqual(before);
    expect(results.hidden.data).not.toEqual(before);
  });

  test('may be an output that is an input', () => {
    const passing = model([], [value('x', 'float32', ['rows'])], [value('x', 'float32', ['rows'])]);
    const x = new Float32Array(3);
    new GraphInterpreter(passing).run({ x: floats([3], [1, 2, 3]) }, { x });
    expect([...x]).toEqual([1, 2, 3]);
  });
});

test('fewer rows after more, and more again', async () => {
  const subject = smallModel();
  const interpreter = new GraphInterpreter(subject);
  for (const rows of [9, 2, 0, 1, 12, 9]) {
    const inputs = smallInputs(rows, rows);
    const results = interpreter.run(inputs);
    if (rows > 0) expectSame(results, await runOnnxRuntime(subject, inputs, results));
    expect(results.hidden.shape).toEqual([rows, 3]);
    expect(results.hidden.data.length).toBe(rows * 3);
  }
});

test('buffers stay from run to run', () => {
  const interpreter = new GraphInterpreter(smallModel());
  const { buffer } = interpreter.run(smallInputs(9)).hidden.data;
  for (const rows of [9, 3, 9]) expect(interpreter.run(smallInputs(rows)).hidden.data.buffer).toBe(buffer);
});

test('a row comes out the same in every batch, bit for bit', () => {
  const wide = model(
    [node('Gemm', ['x', 'weight', 'bias'], ['y'], { transB: 1 })],
    [value('x', 'float32', ['rows', 300]), value('weight', 'float32', [6, 300]), value('bias', 'float32', [6])],
    [value('y', 'float32', ['rows', 6])],
  );
  const interpreter = new GraphInterpreter(wide);
  const x = float([67, 300]);
  const parameters = { weight: float([6, 300]), bias: float([6]) };
  const whole = Float32Array.from(interpreter.run({ x, ...parameters }).y.data as Float32Array);
  for (const [from, to] of [
    [0, 1],
    [5, 7],
    [13, 48],
    [1, 67],
  ]) {
    const data = (x.data as Float32Array).subarray(from * 300, to * 300);
    const part = interpreter.run({ x: { type: 'float32', shape: [to - from, 300], data }, ...parameters });
    expect(part.y.data).toEqual(whole.subarray(from * 6, to * 6));
  }
});

test('inputs are not written', () => {
  const inputs = smallInputs(4);
  const before = Object.values(inputs).map(({ data }) => data.slice());
  new GraphInterpreter(smallModel()).run(inputs);
  expect(Object.values(inputs).map(({ data }) => data)).toEqual(before);
});

test('an input may replace the initializer of its name', () => {
  const subject = model([node('Neg', ['x'], ['y'])], [value('x', 'float32', [2])], [value('y', 'float32', [2])], {
    x: floats([2], [1, 2]),
  });
  const interpreter = new GraphInterpreter(subject);
  expect([...interpreter.run({}).y.data]).toEqual([-1, -2]);
  expect([...interpreter.run({ x: floats([2], [5, 6]) }).y.data]).toEqual([-5, -6]);
  expect([...interpreter.run({}).y.data]).toEqual([-1, -2]);
});

test.each([BigInt64Array.of(2n, -1n), Int32Array.of(2, -1), Float64Array.of(2, -1)])('int64 inputs as %o', (data) => {
  const subject = model(
    [node('Gather', ['table', 'indices'], ['y'])],
    [value('table', 'float32', [3]), value('indices', 'int64', ['n'])],
    [value('y', 'float32', ['n'])],
  );
  const results = new GraphInterpreter(subject).run({
    table: floats([3], [5, 6, 7]),
    indices: { type: 'int64', shape: [2], data },
  });
  expect([...results.y.data]).toEqual([7, 7]);
});

describe('errors at load', () => {
  const x = [value('x', 'float32', ['rows', 3])];
  const y = [value('y', 'float32', ['rows', 3])];

  test.each<readonly [string, () => Model, string, RegExp]>([
    ['unknown operator', () => model([node('Cos', ['x'], ['y'])], x, y), 'ERR_OPERATOR', /node "the_Cos" \(Cos\)/],
    ['float64 input', () => model([], [value('x', 'float64', [1])], []), 'ERR_OPERATOR', /input "x".*float64/],
    [
      'float64 initializer',
      () => model([], [], [], { w: { type: 'float64', shape: [1], data: new Float64Array(1) } }),
      'ERR_OPERATOR',
      /initializer "w".*float64/,
    ],
    [
      'cast to double',
      () => model([node('Cast', ['x'], ['y'], { to: 11 })], x, y),
      'ERR_OPERATOR',
      /node "the_Cast".*got 11/,
    ],
    [
      'unknown attribute',
      () => model([node('Relu', ['x'], ['y'], { slope: 1 })], x, y),
      'ERR_OPERATOR',
      /node "the_Relu" \(Relu\): attribute slope/,
    ],
    [
      'unknown attribute value',
      () => model([node('Gelu', ['x'], ['y'], { approximate: 'quick' })], x, y),
      'ERR_OPERATOR',
      /attribute approximate: expected none or tanh, got "quick"/,
    ],
    [
      'wrong element type',
      () => model([node('Gather', ['x', 'x'], ['y'])], x, y),
      'ERR_OPERATOR',
      /node "the_Gather" \(Gather\): input 1 \("x"\): expected element type int64, got float32/,
    ],
    [
      'no permutation',
      () => model([node('Transpose', ['x'], ['y'], { perm: [0, 0] })], x, y),
      'ERR_OPERATOR',
      /the_Transpose.*perm.*got 0, 0/,
    ],
    ['missing input', () => model([node('Add', ['x', ''], ['y'])], x, y), 'ERR_OPERATOR', /input 1 is missing/],
    ['value from nowhere', () => model([node('Relu', ['z'], ['y'])], x, y), 'ERR_MODEL_FILE', /the_Relu.*"z"/],
    ['output from nowhere', () => model([], x, y), 'ERR_MODEL_FILE', /output "y"/],
    [
      'value written twice',
      () => model([node('Relu', ['x'], ['y']), node('Neg', ['x'], ['y'])], x, y),
      'ERR_MODEL_FILE',
      /the_Neg.*"y" is already/,
    ],
    ['old opset', () => model([], [], [], {}, 9), 'ERR_OPERATOR', /opset: expected 13 to 21, got 9/],
    [
      'huge integer',
      () => model([], [], [], { n: integers([1], [2n ** 60n]) }),
      'ERR_ARGUMENT',
      /initializer "n".*53 bits, got 1152921504606846976/,
    ],
  ])('%s', (_, create, code, message) => {
    expect(() => new GraphInterpreter(create())).toThrow(expect.objectContaining({ code }));
    expect(() => new GraphInterpreter(create())).toThrow(message);
  });
});

describe('errors of a run', () => {
  const inputs = smallInputs(2);

  test.each<readonly [string, Record<string, Tensor>, Record<string, Tensor['data']>, RegExp]>([
    ['missing input', { x: inputs.x }, {}, /inputs: expected a tensor named bias/],
    ['unknown input', { ...inputs, z: inputs.x }, {}, /inputs: expected names out of x, bias, got z/],
    ['unknown output', inputs, { z: new Float32Array(1) }, /outputs: expected names out of hidden.*got z/],
    ['wrong type', { ...inputs, x: bools([2, 5]) }, {}, /inputs\.x: expected element type float32, got bool/],
    [
      'wrong array',
      { ...inputs, x: { type: 'float32', shape: [2, 5], data: new Float64Array(10) } },
      {},
      /inputs\.x: expected a Float32Array for float32, got Float64Array/,
    ],
    ['wrong shape', { ...inputs, x: float([2, 4]) }, {}, /inputs\.x: expected shape \[rows = 2, 5\], got \[2, 4\]/],
    ['wrong rank', { ...inputs, x: float([5]) }, {}, /inputs\.x: expected shape \[rows, 5\], got \[5\]/],
    [
      'too little data',
      { ...inputs, x: { type: 'float32', shape: [2, 5], data: new Float32Array(9) } },
      {},
      /inputs\.x: expected 10 elements for shape \[2, 5\], got 9/,
    ],
    ['small destination', inputs, { hidden: new Float32Array(5) }, /outputs\.hidden: expected 6 elements.*got 5/],
    ['small view', inputs, { flat: new Float32Array(5) }, /outputs\.flat: expected 6 elements.*got 5/],
    ['wrong destination', inputs, { hidden: new Float64Array(6) }, /outputs\.hidden: expected a Float32Array/],
  ])('%s', (_, given, outputs, message) => {
    const interpreter = new GraphInterpreter(smallModel());
    expect(() => interpreter.run(given, outputs)).toThrow(message);
    expect(() => interpreter.run(given, outputs)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
    expect(interpreter.run(inputs).hidden.shape).toEqual([2, 3]);
  });

  function runNode(op: string, given: Record<string, Tensor>, attributes = {}) {
    const names = Object.keys(given);
    const infos = names.map((name) => value(name, given[name].type, given[name].shape));
    const subject = model([node(op, names, ['y'], attributes)], infos, [value('y', 'float32', [])]);
    return () => new GraphInterpreter(subject).run(given);
  }

  test.each<readonly [string, () => unknown, RegExp]>([
    ['broadcast', runNode('Add', { a: float([2, 3]), b: float([2]) }), /node "the_Add".*\[2, 3\] and \[2\]/],
    ['product', runNode('MatMul', { a: float([2, 3]), b: float([2, 3]) }), /node "the_MatMul".*do not multiply/],
    ['Gemm', runNode('Gemm', { a: float([2, 3]), b: float([2, 3]) }), /node "the_Gemm".*do not multiply/],
    ['bias', runNode('Gemm', { a: float([2, 3]), b: float([3, 4]), c: float([3]) }), /bias of shape \[3\]/],
    ['tall bias', runNode('Gemm', { a: float([1, 3]), b: float([3, 4]), c: float([2, 4]) }), /bias of shape \[2, 4\]/],
    ['index', runNode('Gather', { a: float([2]), i: integers([1], [2]) }), /from -2 to 1, got 2/],
    ['negative index', runNode('Gather', { a: float([2]), i: integers([1], [-3]) }), /from -2 to 1, got -3/],
    ['axis', runNode('Softmax', { a: float([2]) }, { axis: 1 }), /axis: expected an integer from -1 to 0, got 1/],
    ['reshape', runNode('Reshape', { a: float([2, 3]), s: integers([2], [4, -1]) }), /\[2, 3\].*\[4, -1\]/],
    ['two unknowns', runNode('Reshape', { a: float([2, 3]), s: integers([3], [-1, -1, 6]) }), /does not reshape/],
    ['negative sizes', runNode('Reshape', { a: float([2, 3]), s: integers([2], [-2, -3]) }), /does not reshape/],
    ['negative fill', runNode('ConstantOfShape', { s: integers([1], [-1]) }), /at least 0, got -1/],
    ['negative expansion', runNode('Expand', { a: float([1]), s: integers([1], [-1]) }), /at least 0, got -1/],
    ['concat', runNode('Concat', { a: float([2, 3]), b: float([3, 2]) }, { axis: 0 }), /do not join along axis 0/],
    ['integers', runNode('Mul', { a: integers([1], [2 ** 30]), b: integers([1], [2 ** 30]) }), /at most 53 bits/],
    ['zero step', runNode('Slice', sliceInputs(0)), /steps: expected no 0/],
  ])('%s', (_, run, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
  });

  function sliceInputs(step: number): Record<string, Tensor> {
    const one = (number: number) => integers([1], [number]);
    return { a: float([4]), starts: one(0), ends: one(2), axes: one(0), steps: one(step) };
  }

  test('inputs that are not of their type', () => {
    const passing = (type: Tensor['type']) => model([], [value('x', type, [1])], [value('x', type, [1])]);
    const run = (type: Tensor['type'], data: Tensor['data']) => () =>
      new GraphInterpreter(passing(type)).run({ x: { type, shape: [1], data } });
    expect(run('bool', Uint8Array.of(2))).toThrow('inputs.x: expected 0 or 1, got 2');
    expect(run('int64', Float64Array.of(1.5))).toThrow('inputs.x: expected integers of at most 53 bits, got 1.5');
    expect(run('int64', BigInt64Array.of(2n ** 53n))).toThrow('inputs.x: expected integers of at most 53 bits');
  });

  test('rows that differ between inputs', () => {
    const subject = model(
      [node('Add', ['a', 'b'], ['y'])],
      [value('a', 'float32', ['rows', 1]), value('b', 'float32', ['rows', 1])],
      [value('y', 'float32', ['rows', 1])],
    );
    const run = () => new GraphInterpreter(subject).run({ a: float([2, 1]), b: float([1, 1]) });
    expect(run).toThrow('inputs.b: expected shape [rows = 2, 1], got [1, 1]');
  });
});
