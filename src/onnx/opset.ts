import { GfnError } from '../error.ts';
import { intsAttribute } from './attributes.ts';
import type { Attribute, GraphNode } from './graph.ts';
import { tensor } from './tensor.ts';

/** The operator set that every graph in memory, and every file written, is in: the first one with Gelu. */
export const OPSET = 20;

/** Operator sets that can be read: from 13 on (axes of ReduceSum as an input) the operators known here kept their meaning. */
const OLDEST = 13;
const NEWEST = 25;

function without(attributes: Readonly<Record<string, Attribute>>, name: string): Record<string, Attribute> {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => key !== name));
}

/** Since opset 18 the axes of ReduceMean and ReduceMax are an input. */
function axesToInput(node: GraphNode): GraphNode[] {
  const axes = intsAttribute(node, 'axes');
  if (axes === null) return [node];
  const name = `${node.name}_axes`;
  return [
    { name, op: 'Constant', inputs: [], outputs: [name], attributes: { value: tensor('int64', [axes.length], axes) } },
    { ...node, inputs: [node.inputs[0], name], attributes: without(node.attributes, 'axes') },
  ];
}

/** Since opset 18 a Split without sizes states the number of its parts. */
function countedSplit(node: GraphNode): GraphNode {
  if (node.inputs.length > 1) return node;
  return { ...node, attributes: { ...node.attributes, num_outputs: node.outputs.length } };
}

/** Rewrites the nodes of a graph in operator set `opset` to OPSET. Throws ERR_OPERATOR for sets that are not known. */
export function toCurrentOpset(nodes: readonly GraphNode[], opset: number): GraphNode[] {
  if (!(opset >= OLDEST && opset <= NEWEST)) {
    throw new GfnError('ERR_OPERATOR', `opset: expected ${OLDEST} to ${NEWEST}, got ${opset}`);
  }
  if (opset >= 18) return [...nodes];
  return nodes.flatMap((node) => {
    if (node.op === 'ReduceMean' || node.op === 'ReduceMax') return axesToInput(node);
    return node.op === 'Split' ? countedSplit(node) : node;
  });
}
