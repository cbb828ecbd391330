import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { expect } from 'vitest';
import type { Attribute, GraphNode, Model, Tensor, ValueInfo } from '../../../src/onnx/graph.ts';
import { encodeModel } from '../../../src/onnx/protobuf.ts';
import { GraphInterpreter } from '../../../src/model/interpreter/graph-interpreter.ts';

/** Uniform numbers in [0, 1), the same in every run (a linear congruential generator modulo 2^32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Random numbers in [low, high). */
export function float(shape: readonly number[], low = -2, high = 2, seed = 1): Tensor {
  const next = randomNumbers(seed + count(shape));
  return {
    type: 'float32',
    shape,
    data: Float32Array.from({ length: count(shape) }, () => low + next() * (high - low)),
  };
}

export function floats(shape: readonly number[], values: readonly number[]): Tensor {
  return { type: 'float32', shape, data: Float32Array.from(values) };
}

export function integers(shape: readonly number[], values: readonly (number | bigint)[]): Tensor {
  return { type: 'int64', shape, data: BigInt64Array.from(values, BigInt) };
}

export function bools(shape: readonly number[], seed = 1): Tensor {
  const next = randomNumbers(seed + count(shape));
  return { type: 'bool', shape, data: Uint8Array.from({ length: count(shape) }, () => Number(next() < 0.5)) };
}

export function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): GraphNode {
  return { name: `the_${op}`, op, inputs, outputs, attributes };
}

export function value(name: string, type: ValueInfo['type'], shape: ValueInfo['shape']): ValueInfo {
  return { name, type, shape };
}

export function model(
  nodes: readonly GraphNode[],
  inputs: readonly ValueInfo[],
  outputs: readonly ValueInfo[],
  initializers: Readonly<Record<string, Tensor>> = {},
  opset = 20,
): Model {
  const graph = { name: 'test', inputs, outputs, initializers: new Map(Object.entries(initializers)), nodes };
  return { graph, opset, metadata: {} };
}

/** One operator over inputs x0, x1, … (null: omitted), with outputs y0, y1, … of the given types. */
export interface OperatorCase {
  readonly op: string;
  readonly title?: string;
  readonly inputs: readonly (Tensor | null)[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly outputs?: readonly (Tensor['type'] | null)[];
  readonly opset?: number;
}

/** The model of a case; dimensions of inputs and outputs are all symbolic. */
export function caseModel({ op, inputs, attributes, outputs = ['float32'], opset }: OperatorCase): Model {
  return model(
    [
      node(
        op,
        inputs.map((input, index) => (input === null ? '' : `x${index}`)),
        outputs.map((type, index) => (type === null ? '' : `y${index}`)),
        attributes,
      ),
    ],
    inputs.flatMap((input, index) =>
      input === null ? [] : [value(`x${index}`, input.type, symbolic(`x${index}`, input.shape.length))],
    ),
    outputs.flatMap((type, index) => (type === null ? [] : [value(`y${index}`, type, [])])),
    {},
    opset,
  );
}

export function caseInputs({ inputs }: OperatorCase): Record<string, Tensor> {
  return Object.fromEntries(inputs.flatMap((input, index) => (input === null ? [] : [[`x${index}`, input]])));
}

function symbolic(name: string, rank: number): string[] {
  return Array.from({ length: rank }, (_, axis) => `${name}_${axis}`);
}

/** Runs the model in ONNX Runtime. Ranks of outputs are those of `shaped`; ONNX Runtime refuses wrong ones. */
export async function runOnnxRuntime(
  { graph, ...rest }: Model,
  inputs: Readonly<Record<string, Tensor>>,
  shaped: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  const outputs = graph.outputs.map(({ name, type }) => value(name, type, symbolic(name, shaped[name].shape.length)));
  const bytes = encodeModel({ ...rest, graph: { ...graph, outputs } });
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { type, shape, data }]) => [name, new OrtTensor(type, data, [...shape])]),
  );
  const results = await session.run(feeds);
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { type, dims, data }]) => [
      name,
      { type: type as Tensor['type'], shape: dims, data: data as Tensor['data'] },
    ]),
  );
}

/** Same names, types and shapes; integers equal, floats within 1e-5·(1+|x|). */
export function expectSame(actual: Readonly<Record<string, Tensor>>, expected: Readonly<Record<string, Tensor>>): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, want] of Object.entries(expected)) {
    const got = actual[name];
    expect([name, got.type, ...got.shape]).toEqual([name, want.type, ...want.shape]);
    expect([name, got.data.length]).toEqual([name, want.data.length]);
    for (let i = 0; i < want.data.length; i++) {
      const a = Number(got.data[i]);
      const b = Number(want.data[i]);
      const same =
        Object.is(a, b) || a === b || Math.abs(a - b) <= (want.type === 'float32' ? 1e-5 * (1 + Math.abs(b)) : 0);
      if (!same) expect.fail(`${name}[${i}]: expected ${b}, got ${a}`);
    }
  }
}

export async function compareWithOnnxRuntime(
  subject: Model,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<Readonly<Record<string, Tensor>>> {
  const actual = new GraphInterpreter(subject).run(inputs);
  const expected = await runOnnxRuntime(subject, inputs, actual);
  expectSame(actual, expected);
  return actual;
}
