import { GfnError } from '../error.ts';
import type { Attribute, GraphNode } from './graph.ts';

/** How messages name a node. */
export function describeNode(node: GraphNode): string {
  return `node "${node.name}" (${node.op})`;
}

function wrong(node: GraphNode, name: string, expected: string): never {
  const given = name in node.attributes ? 'another type' : 'nothing';
  throw new GfnError('ERR_OPERATOR', `${describeNode(node)}: attribute ${name}: expected ${expected}, got ${given}`);
}

function attribute(node: GraphNode, name: string): Attribute | undefined {
  return name in node.attributes ? node.attributes[name] : undefined;
}

/** An integer attribute; without a default it is required. Throws ERR_OPERATOR. */
export function intAttribute(node: GraphNode, name: string, byDefault?: number): number {
  const value = attribute(node, name) ?? byDefault;
  return typeof value === 'number' ? value : wrong(node, name, 'an integer');
}

/** A float attribute. Throws ERR_OPERATOR. */
export function floatAttribute(node: GraphNode, name: string, byDefault: number): number {
  const value = attribute(node, name) ?? { float: byDefault };
  return typeof value === 'object' && 'float' in value ? value.float : wrong(node, name, 'a float');
}

/** A string attribute. Throws ERR_OPERATOR. */
export function stringAttribute(node: GraphNode, name: string, byDefault: string): string {
  const value = attribute(node, name) ?? byDefault;
  return typeof value === 'string' ? value : wrong(node, name, 'a string');
}

/** A list of integers, null when absent. Throws ERR_OPERATOR. */
export function intsAttribute(node: GraphNode, name: string): readonly number[] | null {
  const value = attribute(node, name);
  if (value === undefined) return null;
  return isIntegerList(value) ? value : wrong(node, name, 'integers');
}

/** Whether an attribute is a list of ints. */
export function isIntegerList(value: Attribute): value is readonly number[] {
  return Array.isArray(value);
}
