import type { GraphNode, TensorType } from './graph.ts';
import { dependents } from './liveness.ts';
import { operators } from './operators.ts';
import { isFixed } from './shape/dimensions.ts';
import type { InferredValue } from './shape/shape-context.ts';

/** How the gradient graph gets the values of the forward pass. */
export interface ActivationPlan {
  /** Values that the forward graph hands over. */
  readonly kept: readonly string[];
  /** Forward nodes that the gradient graph runs again, in order. */
  readonly recomputed: readonly GraphNode[];
}

const keepable: ReadonlySet<TensorType> = new Set(['float32', 'float64', 'int64', 'bool']);

function canBeKept({ type, shape }: InferredValue): boolean {
  return keepable.has(type) && shape[0] === 'rows' && isFixed(shape.slice(1));
}

/** The forward nodes that `values` need, when those of `given` are at hand. */
function nodesFor(forward: readonly GraphNode[], values: Iterable<string>, given: ReadonlySet<string>): GraphNode[] {
  const missing = new Set([...values].filter((name) => !given.has(name)));
  const chosen: GraphNode[] = [];
  for (const node of forward.toReversed()) {
    if (!node.outputs.some((name) => missing.has(name))) continue;
    chosen.push(node);
    for (const name of node.inputs) if (!given.has(name)) missing.add(name);
  }
  return chosen.reverse();
}

/**
 * Decides which of the values that the gradient refers to are kept: those that depend on an observation, unless one
 * cheap operator gives them from others at hand. If one of them has not the form [rows, fixed sizes], nothing is kept
 * and the gradient graph runs the forward pass again; `recompute` asks for that.
 *
 * @param forward the nodes of the forward graph
 * @param needed values that the gradient nodes refer to
 * @param observations the inputs of the forward graph, parameters excluded
 */
export function planActivations(
  forward: readonly GraphNode[],
  needed: ReadonlySet<string>,
  observations: readonly string[],
  values: ReadonlyMap<string, InferredValue>,
  recompute: boolean,
): ActivationPlan {
  const activations = dependents(forward, observations);
  const inputs = new Set(observations);
  const kept = new Set([...needed].filter((name) => activations.has(name) && !inputs.has(name)));
  const atHand = (name: string) => !activations.has(name) || inputs.has(name) || kept.has(name);
  for (const node of forward.toReversed()) {
    if (operators.get(node.op)?.cheap && kept.has(node.outputs[0]) && node.inputs.every(atHand)) {
      kept.delete(node.outputs[0]);
    }
  }
  if (recompute || ![...kept].every((name) => canBeKept(values.get(name)!))) kept.clear();
  const order = forward.flatMap((node) => node.outputs.filter((name) => kept.has(name)));
  return { kept: order, recomputed: nodesFor(forward, needed, kept) };
}
