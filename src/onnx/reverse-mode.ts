import { GfnError } from '../error.ts';
import { describeNode } from './attributes.ts';
import type { DerivativeRule, Differentiation } from './derivative/derivative-context.ts';
import { DerivativeContext } from './derivative/derivative-context.ts';
import type { GraphNode } from './graph.ts';
import { operators } from './operators.ts';
import { isFloat } from './tensor.ts';

function derivativeOf(node: GraphNode): DerivativeRule {
  const rule = operators.get(node.op)?.derivative;
  if (rule) return rule;
  const reason = 'the operator has no derivative and lies between a parameter and an output';
  throw new GfnError('ERR_NO_DERIVATIVE', `${describeNode(node)}: ${reason}`);
}

/** Float values that depend on some of `parameters` through floats. */
function differentiableValues(
  nodes: readonly GraphNode[],
  parameters: Iterable<string>,
  values: Differentiation['values'],
): Set<string> {
  const active = new Set(parameters);
  for (const node of nodes) {
    if (!node.inputs.some((name) => active.has(name))) continue;
    for (const name of node.outputs) {
      const value = values.get(name);
      if (value !== undefined && isFloat(value.type)) active.add(name);
    }
  }
  return active;
}

/**
 * Reverse-mode differentiation (Baydin et al. 2018, section 3.2), graph to graph: writes into the builder the nodes
 * that compute the gradient of each parameter from those of the outputs (`seeds`, by output). Returns the gradients by
 * parameter; a parameter that no output depends on has none.
 */
export function reverseMode(
  nodes: readonly GraphNode[],
  parameters: readonly string[],
  seeds: ReadonlyMap<string, string>,
  differentiation: Differentiation,
): ReadonlyMap<string, string> {
  const { builder } = differentiation;
  const active = differentiableValues(nodes, parameters, differentiation.values);
  const contributions = new Map<string, string[]>();
  for (const [output, seed] of seeds) contributions.set(output, [seed]);

  const gradientOf = (value: string): string | null => {
    const parts = contributions.get(value);
    if (parts === undefined) return null;
    const total = parts.length === 1 ? parts[0] : builder.op(parts.length === 2 ? 'Add' : 'Sum', parts);
    contributions.set(value, [total]);
    return total;
  };

  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => active.has(name) && contributions.has(name))) continue;
    const wanted = node.inputs.map((name) => active.has(name));
    const rule = derivativeOf(node);
    const gradients = rule(new DerivativeContext(differentiation, node, node.outputs.map(gradientOf), wanted));
    gradients.forEach((gradient, index) => {
      if (!wanted[index] || gradient === null) return;
      const name = node.inputs[index];
      contributions.set(name, [...(contributions.get(name) ?? []), gradient]);
    });
  }
  const result = new Map<string, string>();
  for (const name of parameters) {
    const gradient = gradientOf(name);
    if (gradient !== null) result.set(name, gradient);
  }
  return result;
}
