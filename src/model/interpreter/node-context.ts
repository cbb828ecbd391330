import { GfnError } from '../../error.ts';
import type { Attribute, GraphNode, Tensor } from '../../onnx/graph.ts';
import {
  boolSlot,
  createSlot,
  floatSlot,
  integerSlot,
  type ElementArray,
  type ElementType,
  type Slot,
} from './slot.ts';

/** Does a node's work on the slots it was compiled for. */
export type Kernel = () => void;

/** Reads a node's attributes and declares its outputs, once; null where nothing is left to do at run time. */
export type Operator = (context: NodeContext) => Kernel | null;

/** What an operator's compile step sees of its node. */
export class NodeContext {
  readonly node: GraphNode;
  readonly opset: number;
  readonly #slots: Map<string, Slot>;
  readonly #known = new Set<string>();

  constructor(node: GraphNode, opset: number, slots: Map<string, Slot>) {
    this.node = node;
    this.opset = opset;
    this.#slots = slots;
  }

  /** `node "fc1" (Gemm)` */
  get label(): string {
    return `node "${this.node.name}" (${this.node.op})`;
  }

  /** An error of the values that a run brought to this node. */
  failure(message: string): GfnError {
    return new GfnError('ERR_ARGUMENT', `${this.label}: ${message}`);
  }

  /** An error of the node itself, found at load. */
  unsupported(message: string): GfnError {
    return new GfnError('ERR_OPERATOR', `${this.label}: ${message}`);
  }

  // Inputs

  get inputCount(): number {
    return this.node.inputs.length;
  }

  hasInput(index: number): boolean {
    return index < this.node.inputs.length && this.node.inputs[index] !== '';
  }

  input(index: number): Slot {
    if (!this.hasInput(index)) throw this.unsupported(`input ${index} is missing`);
    const name = this.node.inputs[index];
    const slot = this.#slots.get(name);
    if (slot === undefined) {
      throw new GfnError('ERR_MODEL_FILE', `${this.label}: input "${name}" is not produced by anything before it`);
    }
    return slot;
  }

  float(index: number): Slot<Float32Array> {
    return this.#typed(index, 'float32') as Slot<Float32Array>;
  }

  integer(index: number): Slot<Float64Array> {
    return this.#typed(index, 'int64') as Slot<Float64Array>;
  }

  bool(index: number): Slot<Uint8Array> {
    return this.#typed(index, 'bool') as Slot<Uint8Array>;
  }

  #typed(index: number, type: ElementType): Slot {
    const slot = this.input(index);
    if (slot.type !== type) {
      throw this.unsupported(`input ${index} ("${slot.name}"): expected element type ${type}, got ${slot.type}`);
    }
    return slot;
  }

  // Outputs

  get outputCount(): number {
    return this.node.outputs.length;
  }

  hasOutput(index: number): boolean {
    return index < this.node.outputs.length && this.node.outputs[index] !== '';
  }

  output(index: number, type: ElementType): Slot {
    return this.#declare(index, (name) => createSlot(name, type));
  }

  floatOutput(index: number): Slot<Float32Array> {
    return this.#declare(index, floatSlot);
  }

  integerOutput(index: number): Slot<Float64Array> {
    return this.#declare(index, integerSlot);
  }

  boolOutput(index: number): Slot<Uint8Array> {
    return this.#declare(index, boolSlot);
  }

  #declare<A extends ElementArray>(index: number, create: (name: string) => Slot<A>): Slot<A> {
    if (!this.hasOutput(index)) throw this.unsupported(`output ${index} is missing`);
    const name = this.node.outputs[index];
    if (this.#slots.has(name)) {
      throw new GfnError('ERR_MODEL_FILE', `${this.label}: output "${name}" is already a value of the graph`);
    }
    const slot = create(name);
    this.#slots.set(name, slot);
    return slot;
  }

  // Attributes

  attribute(name: string): Attribute | undefined {
    this.#known.add(name);
    return this.node.attributes[name];
  }

  integerAttribute(name: string, otherwise: number): number {
    const value = this.attribute(name) ?? otherwise;
    if (typeof value !== 'number') throw this.unsupported(`attribute ${name}: expected an integer`);
    return value;
  }

  integersAttribute(name: string): readonly number[] | null {
    const value = this.attribute(name) ?? null;
    if (value !== null && !isIntegers(value)) throw this.unsupported(`attribute ${name}: expected integers`);
    return value;
  }

  floatAttribute(name: string, otherwise: number): number {
    const value = this.attribute(name) ?? { float: otherwise };
    if (typeof value !== 'object' || !('float' in value)) throw this.unsupported(`attribute ${name}: expected a float`);
    return value.float;
  }

  textAttribute<T extends string>(name: string, allowed: readonly T[], otherwise: T): T {
    const value = this.attribute(name) ?? otherwise;
    const choice = allowed.find((candidate) => candidate === value);
    if (choice === undefined) {
      throw this.unsupported(`attribute ${name}: expected ${allowed.join(' or ')}, got ${JSON.stringify(value)}`);
    }
    return choice;
  }

  tensorAttribute(name: string): Tensor | null {
    const value = this.attribute(name) ?? null;
    if (value === null) return null;
    if (typeof value !== 'object' || !('data' in value)) throw this.unsupported(`attribute ${name}: expected a tensor`);
    return value;
  }

  /** Refuses attributes that the operator did not ask for: they could change what it means. */
  checkAttributes(): void {
    for (const name of Object.keys(this.node.attributes)) {
      if (!this.#known.has(name)) throw this.unsupported(`attribute ${name} is not supported`);
    }
  }
}

function isIntegers(value: Attribute): value is readonly number[] {
  return Array.isArray(value);
}
