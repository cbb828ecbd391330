import { GfnError } from '../error.ts';
import type { DifferentiatedModel, ParameterSlot } from './differentiated-model.ts';
import type { Graph, GraphNode, Model, Tensor, ValueInfo } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import { planActivations } from './kept-activations.ts';
import { liveNodes } from './liveness.ts';
import { OPSET } from './opset.ts';
import { flatParameters, parameterCount, parameterSlots } from './parameter-slots.ts';
import { reverseMode } from './reverse-mode.ts';
import { formatShape, isFixed } from './shape/dimensions.ts';
import type { InferredValue } from './shape/shape-context.ts';
import { inferShapes } from './shape-inference.ts';
import { isFloat, tensor } from './tensor.ts';

export interface DifferentiateOptions {
  /** Which float initializers are parameters; default: all of them. */
  readonly trainable?: (name: string) => boolean;
  /** Which outputs are used, in this order; default: all of them. */
  readonly outputs?: readonly string[];
  /** Keep no activations: the gradient graph runs the forward pass again. Default false. */
  readonly recompute?: boolean;
}

function requireRows(kind: string, { name, shape }: ValueInfo): void {
  if (typeof shape[0] === 'string' && isFixed(shape.slice(1))) return;
  const expected = 'a first dimension of variable size and fixed other ones';
  throw new GfnError('ERR_ARGUMENT', `model: ${kind} "${name}": expected ${expected}, got ${formatShape(shape)}`);
}

/** The graph with the first dimension of every input named `rows`, whatever its file calls it. */
function withRows(graph: Graph): Graph {
  for (const input of graph.inputs) requireRows('input', input);
  return { ...graph, inputs: graph.inputs.map((input) => ({ ...input, shape: ['rows', ...input.shape.slice(1)] })) };
}

function selectOutputs(
  graph: Graph,
  names: readonly string[],
  values: ReadonlyMap<string, InferredValue>,
): readonly ValueInfo[] {
  return names.map((name) => {
    const value = graph.outputs.some((output) => output.name === name) ? values.get(name) : undefined;
    if (value === undefined) {
      const allowed = graph.outputs.map((output) => output.name).join(', ');
      throw new GfnError('ERR_ARGUMENT', `outputs: expected some of ${allowed}, got "${name}"`);
    }
    const output = { name, type: value.type, shape: value.shape };
    requireRows('output', output);
    if (!isFloat(value.type)) throw new GfnError('ERR_ARGUMENT', `model: output "${name}" has no float elements`);
    return output;
  });
}

function constantTensors(nodes: readonly GraphNode[], initializers: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const constants = new Map(initializers);
  for (const { op, outputs, attributes } of nodes) {
    if (op === 'Constant') constants.set(outputs[0], attributes.value as Tensor);
  }
  return constants;
}

function gradientName(value: string): string {
  return `gradient_of_${value}`;
}

/** The builder's nodes, with each parameter's gradient under its own name. */
function nameGradients(
  builder: GraphBuilder,
  slots: readonly ParameterSlot[],
  gradients: ReadonlyMap<string, string>,
  values: ReadonlyMap<string, InferredValue>,
): readonly GraphNode[] {
  const written = new Set(builder.nodes.flatMap((node) => node.outputs));
  const names = new Map<string, string>();
  for (const { name, shape } of slots) {
    const result = gradientName(name);
    const gradient = gradients.get(name);
    if (gradient === undefined) {
      const size = builder.constant(tensor('int64', [shape.length], shape));
      builder.op('ConstantOfShape', [size], { value: tensor(values.get(name)!.type, [1], [0]) }, result);
    } else if (written.has(gradient) && !names.has(gradient)) {
      names.set(gradient, result);
    } else {
      builder.op('Identity', [gradient], {}, result);
    }
  }
  return builder.nodes.map((node) => renameValues(node, names));
}

function renameValues(node: GraphNode, names: ReadonlyMap<string, string>): GraphNode {
  const rename = (name: string) => names.get(name) ?? name;
  return { ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) };
}

/** Forward nodes that copy those kept values that are outputs of the model as well, and the names of the copies. */
function copyOutputs(kept: readonly string[], outputs: readonly ValueInfo[]) {
  const names = new Map<string, string>();
  for (const name of kept) if (outputs.some((output) => output.name === name)) names.set(name, `kept_${name}`);
  const nodes = [...names].map(([from, to]) => ({
    name: to,
    op: 'Identity',
    inputs: [from],
    outputs: [to],
    attributes: {},
  }));
  return { names, nodes };
}

function usedInitializers(
  nodes: readonly GraphNode[],
  initializers: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, Tensor> {
  const used = new Set(nodes.flatMap((node) => node.inputs));
  return new Map([...initializers].filter(([name]) => used.has(name)));
}

/**
 * Splits a model for training: a forward graph that also hands over the activations that the gradient needs, and a
 * graph of the gradient of Σ outputs · `gradient_of_<output>` with respect to the parameters, summed over rows.
 *
 * Parameters are the model's float initializers; in both graphs they are inputs, with their places in one flat buffer.
 * The first dimension of every input and output counts rows, which the model must treat each by itself.
 *
 * Throws ERR_NO_DERIVATIVE for an operator without derivative between a parameter and an output, ERR_OPERATOR for one
 * that is not known, both naming node and operator; ERR_ARGUMENT for a model of another form.
 */
export function differentiate(model: Model, options: DifferentiateOptions = {}): DifferentiatedModel {
  const slots = parameterSlots(model, options.trainable ?? (() => true));
  const graph = withRows(model.graph);
  const values = inferShapes(graph);
  const outputs = selectOutputs(graph, options.outputs ?? graph.outputs.map((output) => output.name), values);
  const forward = liveNodes(
    graph.nodes,
    outputs.map((output) => output.name),
  );
  const trained = new Set(slots.map((slot) => slot.name));
  const initializers = new Map([...graph.initializers].filter(([name]) => !trained.has(name)));

  const builder = new GraphBuilder(`${graph.name}_gradient`);
  for (const name of values.keys()) builder.external(name);
  const seeds = new Map(outputs.map(({ name, type, shape }) => [name, builder.input(gradientName(name), type, shape)]));
  const constants = constantTensors(forward, initializers);
  const rowed = gradientName(outputs[0].name);
  const gradients = reverseMode(forward, [...trained], seeds, { builder, values, constants, rowed, ones: new Map() });
  const results = slots.map(({ name }) => gradientName(name));
  const backward = liveNodes(nameGradients(builder, slots, gradients, values), results);

  const needed = new Set(backward.flatMap((node) => node.inputs.filter((name) => values.has(name))));
  const observations = graph.inputs;
  const inputNames = observations.map((input) => input.name);
  const plan = planActivations(forward, needed, inputNames, values, options.recompute ?? false);
  const copies = copyOutputs(plan.kept, outputs);
  const describe = (name: string): ValueInfo => ({
    name,
    type: values.get(name)!.type,
    shape: values.get(name)!.shape,
  });
  const kept = plan.kept.map((name) => ({ ...describe(name), name: copies.names.get(name) ?? name }));
  const parameters = slots.map((slot) => describe(slot.name));

  const gradientNodes = [...plan.recomputed, ...backward].map((node) => renameValues(node, copies.names));
  const used = new Set(gradientNodes.flatMap((node) => node.inputs));
  const forwardNodes = [...forward, ...copies.nodes];
  return {
    forward: {
      graph: {
        name: graph.name,
        inputs: [...observations, ...parameters],
        outputs: [...outputs, ...kept],
        initializers: usedInitializers(forwardNodes, initializers),
        nodes: forwardNodes,
      },
      opset: OPSET,
      metadata: {},
    },
    gradient: {
      graph: {
        name: `${graph.name}_gradient`,
        inputs: [
          ...[...observations, ...parameters, ...kept].filter(({ name }) => used.has(name)),
          ...outputs.map(({ name, type, shape }) => ({ name: gradientName(name), type, shape })),
        ],
        outputs: parameters.map(({ name, type, shape }) => ({ name: gradientName(name), type, shape })),
        initializers: usedInitializers(gradientNodes, initializers),
        nodes: gradientNodes,
      },
      opset: OPSET,
      metadata: {},
    },
    observations,
    outputs,
    kept,
    parameters: slots,
    parameterCount: parameterCount(slots),
    initialParameters: flatParameters(model, slots),
  };
}
