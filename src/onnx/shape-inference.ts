import { GfnError } from '../error.ts';
import { describeNode } from './attributes.ts';
import type { Dimension, Graph, GraphNode } from './graph.ts';
import { operators } from './operators.ts';
import { formatShape } from './shape/dimensions.ts';
import { constantValue } from './shape/layout.ts';
import { ShapeContext, type InferredValue } from './shape/shape-context.ts';

/** Elements of a value, or of its part for one row: 1 GiB and 64 MiB of float32. More is taken for a mistake. */
const MOST_ELEMENTS = 2 ** 28;
const MOST_ELEMENTS_OF_A_ROW = 2 ** 24;

function checkSize(owner: string, shape: readonly Dimension[]): void {
  const fixed = shape.filter((size) => typeof size === 'number');
  if (fixed.some((size) => !Number.isSafeInteger(size) || size < 0)) {
    throw new GfnError('ERR_OPERATOR', `${owner}: expected sizes of at least 0, got ${formatShape(shape)}`);
  }
  const most = fixed.length === shape.length ? MOST_ELEMENTS : MOST_ELEMENTS_OF_A_ROW;
  if (fixed.reduce((product, size) => product * size, 1) <= most) return;
  throw new GfnError('ERR_TOO_LARGE', `${owner}: ${formatShape(shape)} has more elements than the ${most} supported`);
}

/** What a node's rule says of its outputs, once it is known to make sense. */
function checkedResults(node: GraphNode, results: readonly InferredValue[]): readonly InferredValue[] {
  if (node.outputs.length === 0 || results.length < node.outputs.length) {
    const expected = `from 1 to ${results.length} outputs`;
    throw new GfnError('ERR_OPERATOR', `${describeNode(node)}: expected ${expected}, got ${node.outputs.length}`);
  }
  for (const { shape } of results) checkSize(describeNode(node), shape);
  return results;
}

/**
 * Element type and shape of every value of a graph, with dimensions named as in its inputs, and the elements of
 * small integer tensors (shapes, axes) that are known before the run. Throws ERR_OPERATOR, naming node and operator,
 * for an operator that is not known or shapes that do not fit, and for a value that is used before it is defined or
 * defined twice; ERR_TOO_LARGE for a value that no memory holds.
 */
export function inferShapes(graph: Graph): ReadonlyMap<string, InferredValue> {
  const values = new Map<string, InferredValue>();
  for (const { name, type, shape } of graph.inputs) {
    checkSize(`input "${name}"`, shape);
    values.set(name, { type, shape });
  }
  for (const [name, value] of graph.initializers) values.set(name, constantValue(value));
  for (const node of graph.nodes) {
    const operator = operators.get(node.op);
    if (operator === undefined) {
      throw new GfnError('ERR_OPERATOR', `${describeNode(node)}: this operator is not supported`);
    }
    const inputs = node.inputs.map((name) => {
      if (name === '') return null;
      const value = values.get(name);
      if (value !== undefined) return value;
      throw new GfnError('ERR_OPERATOR', `${describeNode(node)}: input "${name}" is not defined`);
    });
    const results = checkedResults(node, operator.shape(new ShapeContext(node, inputs)));
    node.outputs.forEach((name, index) => {
      if (values.has(name)) throw new GfnError('ERR_OPERATOR', `${describeNode(node)}: "${name}" is defined twice`);
      if (name !== '') values.set(name, results[index]);
    });
  }
  return values;
}
