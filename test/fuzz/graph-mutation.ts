import fc from 'fast-check';
import type { Attribute, Dimension, Graph, GraphNode, Model, Tensor, TensorType } from '../../src/onnx/graph.ts';
import { operators } from '../../src/onnx/operators.ts';
import { elementCount, tensor } from '../../src/onnx/tensor.ts';

/** A change to a graph that leaves the file well-formed, so that it gets further than changed bytes do. */
type GraphMutation = (graph: Graph) => Graph;

const size = fc.constantFrom(0, 1, 2, 3, 4, 8, -1, -2, 255, 2 ** 31, 2 ** 32, 2 ** 32 + 8, 2 ** 53 - 1);
const smallSize = fc.constantFrom(0, 1, 2, 3, 4, 8);
const dimension: fc.Arbitrary<Dimension> = fc.oneof(size, fc.constantFrom('rows', 'n', ''));
const shape = fc.array(dimension, { maxLength: 4 });
const type = fc.constantFrom<TensorType>('float32', 'float64', 'int64', 'int32', 'bool');
const integer = fc.constantFrom(0, 1, -1, 2, -2, 3, 7, 20, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, -(2 ** 53) + 1);
const float = fc.constantFrom(0, 1, -1, 0.5, NaN, Infinity, -Infinity, 1e38, 1e-45);
const name = fc.constantFrom(
  ...['observation', 'forward_logits', 'backward_logits', 'log_state_flow', 'rows', '', 'gradient_of_forward_logits'],
  ...['__proto__', 'constructor', 'x'],
);

const value: fc.Arbitrary<Tensor> = fc
  .record({ type, shape: fc.array(smallSize, { maxLength: 3 }), fill: integer })
  .map(({ type: elements, shape: sizes, fill }) =>
    tensor(elements, sizes, Array<number>(elementCount(sizes)).fill(elements === 'bool' ? Math.abs(fill % 2) : fill)),
  );

const attribute: fc.Arbitrary<readonly [string, Attribute]> = fc.tuple(
  fc.constantFrom(
    'axis',
    'axes',
    'perm',
    'to',
    'alpha',
    'beta',
    'transA',
    'keepdims',
    'value',
    'epsilon',
    'num_outputs',
  ),
  fc.oneof<fc.Arbitrary<Attribute>[]>(
    integer,
    fc.array(integer, { maxLength: 4 }),
    float.map((number) => ({ float: number })),
    fc.constantFrom('none', 'tanh', ''),
    value,
  ),
);

const index = fc.nat(1000);
const op = fc.constantFrom(...operators.keys(), 'Loop', 'If', 'Scan', 'RandomNormal', '');

function changed<T>(list: readonly T[], at: number, change: (item: T) => T): T[] {
  return list.map((item, i) => (i === at % list.length ? change(item) : item));
}

function onNode(change: (node: GraphNode) => GraphNode, at: number): GraphMutation {
  return (graph) => ({ ...graph, nodes: changed(graph.nodes, at, change) });
}

const graphMutation: fc.Arbitrary<GraphMutation> = fc.oneof(
  fc.tuple(index, op).map(([at, to]) => onNode((node) => ({ ...node, op: to }), at)),
  fc
    .tuple(index, attribute)
    .map(([at, [key, to]]) => onNode((node) => ({ ...node, attributes: { ...node.attributes, [key]: to } }), at)),
  fc
    .tuple(index, index, name)
    .map(([at, which, to]) => onNode((node) => ({ ...node, inputs: changed(node.inputs, which, () => to) }), at)),
  fc
    .tuple(index, index, name)
    .map(([at, which, to]) => onNode((node) => ({ ...node, outputs: changed(node.outputs, which, () => to) }), at)),
  index.map((at) => onNode((node) => ({ ...node, inputs: [...node.inputs].reverse() }), at)),
  index.map((at) => onNode((node) => ({ ...node, inputs: node.inputs.slice(1) }), at)),
  fc.tuple(index, name).map(([at, extra]) => onNode((node) => ({ ...node, inputs: [...node.inputs, extra] }), at)),
  index.map((at): GraphMutation => (graph) => ({
    ...graph,
    nodes: graph.nodes.filter((_, i) => i !== at % graph.nodes.length),
  })),
  index.map((at): GraphMutation => (graph) => ({
    ...graph,
    nodes: [...graph.nodes, ...graph.nodes.slice(at % graph.nodes.length)],
  })),
  index.map((): GraphMutation => (graph) => ({ ...graph, nodes: [...graph.nodes].reverse() })),
  fc.tuple(index, shape).map(([at, to]): GraphMutation => (graph) => ({
    ...graph,
    inputs: changed(graph.inputs, at, (input) => ({ ...input, shape: to })),
  })),
  fc.tuple(index, size).map(([at, to]): GraphMutation => (graph) => ({
    ...graph,
    inputs: changed(graph.inputs, at, (input) => ({ ...input, shape: [...input.shape, to] })),
  })),
  fc.tuple(index, type).map(([at, to]): GraphMutation => (graph) => ({
    ...graph,
    inputs: changed(graph.inputs, at, (input) => ({ ...input, type: to })),
  })),
  fc.tuple(index, name).map(([at, to]): GraphMutation => (graph) => ({
    ...graph,
    outputs: changed(graph.outputs, at, (output) => ({ ...output, name: to })),
  })),
  fc.tuple(index, shape).map(([at, to]): GraphMutation => (graph) => ({
    ...graph,
    outputs: changed(graph.outputs, at, (output) => ({ ...output, shape: to })),
  })),
  fc.tuple(index, value).map(([at, to]): GraphMutation => (graph) => ({
    ...graph,
    initializers: new Map(
      [...graph.initializers].map(([key, old], i) => [key, i === at % graph.initializers.size ? to : old]),
    ),
  })),
  fc.tuple(index, float).map(([at, to]): GraphMutation => (graph) => ({
    ...graph,
    initializers: new Map(
      [...graph.initializers].map(([key, old], i) => [
        key,
        i === at % graph.initializers.size && old.data instanceof Float32Array
          ? { ...old, data: old.data.map(() => to) }
          : old,
      ]),
    ),
  })),
);

/** The model with up to `most` changes to its graph. */
export function graphMutations(model: Model, most = 3): fc.Arbitrary<Model> {
  return fc.array(graphMutation, { minLength: 1, maxLength: most }).map((changes) => ({
    ...model,
    graph: changes.reduce((graph, change) => change(graph), model.graph),
  }));
}
