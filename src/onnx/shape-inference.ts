import { GfnError } from '../error.ts';
import { describeNode } from './attributes.ts';
import type { Graph } from './graph.ts';
import { operators } from './operators.ts';
import { constantValue } from './shape/layout.ts';
import { ShapeContext, type InferredValue } from './shape/shape-context.ts';

/**
 * Element type and shape of every value of a graph, with dimensions named as in its inputs, and the elements of
 * small integer tensors (shapes, axes) that are known before the run. Throws ERR_OPERATOR, naming node and operator,
 * for an operator that is not known or shapes that do not fit, and for a value that is used before it is defined.
 */
export function inferShapes(graph: Graph): ReadonlyMap<string, InferredValue> {
  const values = new Map<string, InferredValue>();
  for (const { name, type, shape } of graph.inputs) values.set(name, { type, shape });
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
    const results = operator.shape(new ShapeContext(node, inputs));
    node.outputs.forEach((name, index) => name !== '' && values.set(name, results[index]));
  }
  return values;
}
