import { GfnError } from '../error.ts';
import type { Attribute, Dimension, GraphNode, Model, Tensor, TensorType, ValueInfo } from './graph.ts';
import { OPSET } from './opset.ts';
import { inferShapes } from './shape-inference.ts';

/**
 * Writes a graph node by node. Values are named by strings; an operator returns the name of its result, made up
 * unless one is given. Initializers are a model's parameters; numbers that are not to be trained are constants.
 */
export class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  private readonly inputs: ValueInfo[] = [];
  private readonly initializers = new Map<string, Tensor>();
  private readonly outputs: string[] = [];
  private readonly names = new Set<string>();
  private readonly constants = new Map<string, string>();
  private counter = 0;

  constructor(private readonly name: string) {}

  input(name: string, type: TensorType, shape: readonly Dimension[]): string {
    this.inputs.push({ name: this.claim(name), type, shape });
    return name;
  }

  /** A parameter with its initial value. */
  initializer(name: string, value: Tensor): string {
    this.initializers.set(this.claim(name), value);
    return name;
  }

  /** A name that is defined elsewhere: it can be used as an input, and will not be made up. */
  external(name: string): string {
    return this.claim(name);
  }

  /** A Constant node; equal constants are written once. */
  constant(value: Tensor): string {
    const key = `${value.type} ${value.shape.join(',')} ${value.data.join(',')}`;
    const known = this.constants.get(key) ?? this.op('Constant', [], { value });
    this.constants.set(key, known);
    return known;
  }

  /** A node with one output; returns its name. An empty input name is an omitted optional input. */
  op(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output = this.freshName(op),
  ): string {
    this.push(op, inputs, attributes, [this.claim(output)]);
    return output;
  }

  /** A node with several outputs: their number, or their names. */
  ops(
    op: string,
    inputs: readonly string[],
    outputs: number | readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string[] {
    const names = typeof outputs === 'number' ? Array.from({ length: outputs }, () => this.freshName(op)) : outputs;
    this.push(
      op,
      inputs,
      attributes,
      names.map((name) => this.claim(name)),
    );
    return [...names];
  }

  /** Makes a value an output of the graph, under its own name. */
  output(value: string): void {
    this.outputs.push(value);
  }

  /** The finished model; types and shapes of its outputs are inferred. Throws ERR_OPERATOR when they do not fit. */
  build(metadata: Readonly<Record<string, string>> = {}): Model {
    const graph = {
      name: this.name,
      inputs: this.inputs,
      outputs: [],
      initializers: this.initializers,
      nodes: this.nodes,
    };
    const values = inferShapes(graph);
    const outputs = this.outputs.map((name) => {
      const value = values.get(name);
      if (value === undefined) throw new GfnError('ERR_ARGUMENT', `output: value "${name}" is not defined`);
      return { name, type: value.type, shape: value.shape };
    });
    return { graph: { ...graph, outputs }, opset: OPSET, metadata };
  }

  private push(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: readonly string[],
  ): void {
    this.nodes.push({ name: outputs[0], op, inputs, outputs, attributes });
  }

  private freshName(op: string): string {
    let name: string;
    do name = `${op}_${this.counter++}`;
    while (this.names.has(name));
    return name;
  }

  private claim(name: string): string {
    if (name === '' || this.names.has(name)) {
      throw new GfnError('ERR_ARGUMENT', `name: expected one that is not empty and not taken, got "${name}"`);
    }
    this.names.add(name);
    return name;
  }
}
