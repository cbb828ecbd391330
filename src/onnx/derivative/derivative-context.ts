import { GfnError } from '../../error.ts';
import { describeNode } from '../attributes.ts';
import type { Attribute, Dimension, GraphNode, Tensor, TensorType } from '../graph.ts';
import type { GraphBuilder } from '../graph-builder.ts';
import { isFixed, quotient } from '../shape/dimensions.ts';
import type { InferredValue } from '../shape/shape-context.ts';
import { tensor } from '../tensor.ts';

/**
 * Gradients of a node's inputs, from those of its outputs; null where there is none. A rule may compute gradients
 * that nobody asked for: nodes without use are removed. What it refers to of the forward pass has to be kept, so it
 * should refer to as little as it can, and to the output rather than the input.
 */
export type DerivativeRule = (context: DerivativeContext) => readonly (string | null)[];

/** What the rules know of the forward graph, and the graph that they write into. */
export interface Differentiation {
  readonly builder: GraphBuilder;
  readonly values: ReadonlyMap<string, InferredValue>;
  /** Constants of the forward graph (never a trainable parameter). */
  readonly constants: ReadonlyMap<string, Tensor>;
  /** A value whose first dimension is `rows`, for shapes that depend on it. */
  readonly rowed: string;
  /** Vectors of ones that the gradient graph holds already, by type and length. */
  readonly ones: Map<string, string>;
}

/** One node under differentiation. */
export class DerivativeContext {
  constructor(
    private readonly differentiation: Differentiation,
    readonly node: GraphNode,
    /** Gradients of the node's outputs; null for those that no output of the model depends on. */
    readonly gradients: readonly (string | null)[],
    /** Whether the gradient of each input is asked for. */
    readonly wanted: readonly boolean[],
  ) {}

  /** Gradient of the only output. */
  get gradient(): string {
    return this.gradients[0] ?? this.fail('output 0 has no gradient');
  }

  /** Element type of the first output. */
  get type(): TensorType {
    return this.value(this.node.outputs[0]).type;
  }

  input(index: number): string {
    return this.node.inputs[index];
  }

  hasInput(index: number): boolean {
    return index < this.node.inputs.length && this.node.inputs[index] !== '';
  }

  output(): string {
    return this.node.outputs[0];
  }

  inputShape(index: number): readonly Dimension[] {
    return this.value(this.input(index)).shape;
  }

  inputType(index: number): TensorType {
    return this.value(this.input(index)).type;
  }

  outputShape(index = 0): readonly Dimension[] {
    return this.value(this.node.outputs[index]).shape;
  }

  /** The elements of a constant integer input; empty when it is omitted. */
  integers(index: number): readonly number[] {
    if (!this.hasInput(index)) return [];
    const known = this.value(this.input(index)).integers ?? this.fail(`input ${index} is not constant`);
    return isFixed(known) ? known : this.fail(`input ${index} is not constant`);
  }

  /** The value of a constant input, null when it is not one. */
  constant(index: number): Tensor | null {
    return this.differentiation.constants.get(this.input(index)) ?? null;
  }

  op(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.differentiation.builder.op(op, inputs, attributes);
  }

  ops(op: string, inputs: readonly string[], count: number, attributes: Readonly<Record<string, Attribute>>): string[] {
    return this.differentiation.builder.ops(op, inputs, count, attributes);
  }

  /** A scalar of the element type of the node. */
  scalar(value: number): string {
    return this.differentiation.builder.constant(tensor(this.type, [], [value]));
  }

  vector(values: readonly number[]): string {
    return this.differentiation.builder.constant(tensor('int64', [values.length], values));
  }

  /** Sums the gradient of the node's output over the axes along which input `index` was broadcast. */
  reduced(gradient: string, index: number): string {
    return this.reduceTo(gradient, this.outputShape(), this.inputShape(index));
  }

  /** Sums a value of shape `from` over the axes along which `to` broadcasts to it. */
  reduceTo(value: string, from: readonly Dimension[], to: readonly Dimension[]): string {
    const lead = from.length - to.length;
    const stretched = from.flatMap((size, axis) => (axis >= lead && to[axis - lead] === 1 && size !== 1 ? [axis] : []));
    const axes = [...Array.from({ length: lead }, (_, axis) => axis), ...stretched];
    if (axes.length === 0) return value;
    if (from.length === 2 && lead === 1 && stretched.length === 0) return this.columnSums(value, from[0]);
    const keep = lead === 0 ? 1 : 0;
    const sum = this.op('ReduceSum', [value, this.vector(axes)], { keepdims: keep });
    return keep === 1 || stretched.length === 0 ? sum : this.reshape(sum, to);
  }

  /**
   * Σ over the rows of a matrix, as a product with ones: up to 256 rows ONNX Runtime's ReduceSum takes five times as
   * long.
   */
  private columnSums(value: string, rows: Dimension): string {
    const key = `${this.type} ${rows}`;
    const ones =
      this.differentiation.ones.get(key) ??
      this.op('ConstantOfShape', [this.shapeVector([rows])], { value: tensor(this.type, [1], [1]) });
    this.differentiation.ones.set(key, ones);
    return this.op('MatMul', [ones, value]);
  }

  /** The same elements in another shape, in which at most one dimension is known at run time only. */
  reshape(value: string, shape: readonly Dimension[]): string {
    const open = shape.filter((size) => typeof size === 'string').length;
    if (open > 1) this.fail(`a shape with two dimensions of unknown size, [${shape.join(', ')}], is not supported`);
    return this.op('Reshape', [value, this.vector(shape.map((size) => (typeof size === 'string' ? -1 : size)))]);
  }

  /** A tensor of zeros. */
  zeros(shape: readonly Dimension[]): string {
    return this.op('ConstantOfShape', [this.shapeVector(shape)], { value: tensor(this.type, [1], [0]) });
  }

  /** A shape as an int64 vector. */
  shapeVector(shape: readonly Dimension[]): string {
    if (isFixed(shape)) return this.vector(shape);
    const parts = shape.map((size) => (typeof size === 'number' ? this.vector([size]) : this.rows(size)));
    return parts.length === 1 ? parts[0] : this.op('Concat', parts, { axis: 0 });
  }

  /** `rows`, or a multiple of it such as `4*rows`, as a vector of one element. */
  private rows(name: string): string {
    const factor = quotient([name], ['rows']);
    if (typeof factor !== 'number') return this.fail(`dimension ${name} has no known size`);
    const rows = this.op('Shape', [this.differentiation.rowed], { start: 0, end: 1 });
    return factor === 1 ? rows : this.op('Mul', [rows, this.vector([factor])]);
  }

  private value(name: string): InferredValue {
    return this.differentiation.values.get(name) ?? this.fail(`value ${name} is not defined`);
  }

  /** For the cases of an operator that have no derivative here. */
  fail(reason: string): never {
    throw new GfnError('ERR_NO_DERIVATIVE', `${describeNode(this.node)}: no derivative: ${reason}`);
  }
}
