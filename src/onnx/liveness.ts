import type { GraphNode } from './graph.ts';

/** The nodes that some of `results` depend on, in their order. */
export function liveNodes(nodes: readonly GraphNode[], results: Iterable<string>): GraphNode[] {
  const needed = new Set(results);
  const live: GraphNode[] = [];
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index];
    if (!node.outputs.some((name) => needed.has(name))) continue;
    live.push(node);
    for (const name of node.inputs) needed.add(name);
  }
  return live.reverse();
}

/** The values that depend on some of `sources`, those included. */
export function dependents(nodes: readonly GraphNode[], sources: Iterable<string>): Set<string> {
  const reached = new Set(sources);
  for (const node of nodes) {
    if (node.inputs.some((name) => reached.has(name))) for (const name of node.outputs) reached.add(name);
  }
  return reached;
}
