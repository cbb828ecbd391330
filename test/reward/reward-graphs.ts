import { writeFileSync } from 'node:fs';
import type { Environment } from '../../src/index.ts';
import { GraphBuilder } from '../../src/onnx/graph-builder.ts';
import type { Model, TensorType } from '../../src/onnx/graph.ts';
import { encodeModel } from '../../src/onnx/protobuf.ts';
import { tensor } from '../../src/onnx/tensor.ts';

/** Writes a graph to a file; returns its path. */
export function written(path: string, model: Model): string {
  writeFileSync(path, encodeModel(model));
  return path;
}

/** Reward of the corners of a hypergrid of two dimensions, R0 + 0.5·outer + 2·inner, from one-hots: [rows, 1]. */
export function cornersGraph(side: number, r0: number): Model {
  const builder = new GraphBuilder('corners');
  const seen = builder.input('observation', 'float32', ['rows', 2 * side]);
  const distance = Array.from({ length: side }, (_, x) => Math.abs(x / (side - 1) - 0.5));
  const product = (isIn: (ax: number) => boolean): string => {
    const column = distance.map((ax) => (isIn(ax) ? 1 : 0));
    const table = [...column.flatMap((one) => [one, 0]), ...column.flatMap((one) => [0, one])];
    const each = builder.op('MatMul', [seen, builder.constant(tensor('float32', [2 * side, 2], table))]);
    const [x, y] = builder.ops('Split', [each, builder.constant(tensor('int64', [2], [1, 1]))], 2, { axis: 1 });
    return builder.op('Mul', [x, y]);
  };
  const times = (factor: number, value: string): string =>
    builder.op('Mul', [value, builder.constant(tensor('float32', [], [factor]))]);
  const outer = times(
    0.5,
    product((ax) => ax > 0.25),
  );
  const inner = times(
    2,
    product((ax) => ax > 0.3 && ax < 0.4),
  );
  const base = builder.op('Add', [outer, builder.constant(tensor('float32', [], [r0]))]);
  builder.output(builder.op('Add', [base, inner], {}, 'reward'));
  return builder.build();
}

/** A number for each cell of a grid of two dimensions, looked up by the state: [rows, 1]. */
export function tableGraph(side: number, values: readonly number[], type: TensorType = 'float64'): Model {
  const builder = new GraphBuilder('table');
  const state = builder.input('state', 'int64', ['rows', 3]);
  const [x, y] = builder.ops('Split', [state, builder.constant(tensor('int64', [3], [1, 1, 1]))], 3, { axis: 1 });
  const row = builder.op('Mul', [x, builder.constant(tensor('int64', [], [side]))]);
  const cell = builder.op('Add', [row, y]);
  const table = builder.constant(tensor(type, [values.length], values));
  builder.output(builder.op('Gather', [table, cell], { axis: 0 }, 'score'));
  return builder.build();
}

/** A small network with made-up weights over one input, [rows, size] of either type: log R in [−2, 2], [rows]. */
export function networkGraph(name: string, size: number, type: 'float32' | 'int64' = 'float32'): Model {
  const builder = new GraphBuilder('network');
  const given = builder.input(name, type, ['rows', size]);
  const input = type === 'int64' ? builder.op('Cast', [given], { to: 1 }) : given;
  const weights = (count: number, scale: number) =>
    Array.from({ length: count }, (_, i) => scale * Math.sin(3 * i + 1));
  const hidden = builder.op('Tanh', [
    builder.op('MatMul', [input, builder.initializer('w1', tensor('float32', [size, 24], weights(24 * size, 0.4)))]),
  ]);
  const sum = builder.op('MatMul', [hidden, builder.initializer('w2', tensor('float32', [24, 1], weights(24, 0.8)))]);
  const bounded = builder.op('Mul', [builder.op('Tanh', [sum]), builder.constant(tensor('float32', [], [2]))]);
  builder.output(builder.op('Squeeze', [bounded, builder.constant(tensor('int64', [1], [1]))], {}, 'log_reward'));
  return builder.build();
}

/** log R of every cell of a grid of two dimensions. */
export function cells(environment: Environment, side: number): number[] {
  return Array.from({ length: side * side }, (_, i) =>
    environment.logReward(environment.parse(`${Math.floor(i / side)},${i % side}`)),
  );
}
