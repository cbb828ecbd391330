import { GfnError } from '../../error.ts';
import type { Model, Tensor, TensorData, ValueInfo } from '../../onnx/graph.ts';
import { NodeContext, type Kernel } from './node-context.ts';
import { OPERATORS } from './operators.ts';
import { createSlot, type Slot } from './slot.ts';
import { directDestination, elementType, readSlot, writeSlot } from './tensor-transfer.ts';

const OPSETS = { first: 13, last: 21 };

interface InputBinding {
  readonly info: ValueInfo;
  readonly slot: Slot;
  /** The initializer of the same name, which an input may replace. */
  readonly initial: Tensor | null;
}

/** An output as callers see it: filled anew by every run. */
interface OutputView {
  type: Tensor['type'];
  shape: readonly number[];
  data: TensorData;
}

interface OutputBinding {
  readonly slot: Slot;
  readonly view: OutputView;
  /** The slot's buffer of which `part` is the beginning. */
  whole: TensorData | null;
  part: TensorData | null;
}

/**
 * Runs an ONNX graph over typed arrays, in plain TypeScript.
 *
 * It knows float32, int64 and bool, and the operators of `operators.ts` in their forms of opset 13 to 21. Buffers are
 * kept from run to run, so that a run over shapes not larger than before allocates nothing proportional to its data.
 */
export class GraphInterpreter {
  readonly #inputs = new Map<string, InputBinding>();
  readonly #outputs = new Map<string, OutputBinding>();
  readonly #kernels: Kernel[] = [];
  readonly #results: Record<string, Tensor> = {};
  /** Symbolic dimensions of the run under way. */
  readonly #dimensions = new Map<string, number>();

  /**
   * @throws GfnError ERR_OPERATOR for an operator, attribute, element type or opset that is not supported, naming the
   * node; ERR_MODEL_FILE for a graph that reads what nothing writes.
   */
  constructor(model: Model) {
    const { graph, opset } = model;
    if (opset < OPSETS.first || opset > OPSETS.last) {
      throw new GfnError('ERR_OPERATOR', `opset: expected ${OPSETS.first} to ${OPSETS.last}, got ${opset}`);
    }
    const slots = new Map<string, Slot>();
    for (const [name, tensor] of graph.initializers) {
      const slot = createSlot(name, elementType(tensor.type, `initializer "${name}"`));
      writeSlot(slot, tensor, `initializer "${name}"`);
      slots.set(name, slot);
    }
    for (const info of graph.inputs) {
      const initial = graph.initializers.get(info.name) ?? null;
      const slot = slots.get(info.name) ?? createSlot(info.name, elementType(info.type, `input "${info.name}"`));
      slots.set(info.name, slot);
      this.#inputs.set(info.name, { info, slot, initial });
    }
    for (const node of graph.nodes) {
      const operator = OPERATORS.get(node.op);
      const context = new NodeContext(node, opset, slots);
      if (operator === undefined) throw context.unsupported(`operator ${node.op} is not supported`);
      const kernel = operator(context);
      context.checkAttributes();
      if (kernel !== null) this.#kernels.push(kernel);
    }
    for (const { name } of graph.outputs) {
      const slot = slots.get(name);
      if (slot === undefined) throw new GfnError('ERR_MODEL_FILE', `output "${name}" is not produced by any node`);
      const view = { type: slot.type, shape: slot.shape, data: slot.data };
      this.#outputs.set(name, { slot, view, whole: null, part: null });
      this.#results[name] = view;
    }
  }

  /**
   * Runs the graph.
   *
   * @param inputs every graph input by name. float32 is a Float32Array, bool a Uint8Array, int64 a BigInt64Array, an
   * Int32Array or a Float64Array of whole numbers. They are never written, and must not change during the run.
   * @param outputs where to write outputs, by name: arrays of exactly the right length, which may be parts of larger
   * buffers but must not overlap inputs. The others are written to buffers of the interpreter (int64 as Float64Array).
   * @returns all outputs by name. The object, its shapes and the interpreter's buffers are valid until the next run.
   * @throws GfnError ERR_ARGUMENT for missing, unknown or misshapen inputs and outputs, for shapes that do not fit an
   * operator (naming the node), and for int64 values beyond 53 bits.
   */
  run(
    inputs: Readonly<Record<string, Tensor>>,
    outputs: Readonly<Record<string, TensorData>> = {},
  ): Readonly<Record<string, Tensor>> {
    this.#bindInputs(inputs);
    try {
      for (const name in outputs) this.#bindOutput(name, outputs[name]);
      for (const kernel of this.#kernels) kernel();
      for (const [name, output] of this.#outputs) this.#finish(output, outputs[name]);
    } finally {
      for (const { slot } of this.#outputs.values()) slot.destination = null;
    }
    return this.#results;
  }

  #bindInputs(inputs: Readonly<Record<string, Tensor>>): void {
    this.#dimensions.clear();
    for (const name in inputs) {
      if (!this.#inputs.has(name)) throw unknownName('inputs', name, this.#inputs.keys());
    }
    for (const [name, { info, slot, initial }] of this.#inputs) {
      const given = inputs[name] as Tensor | undefined;
      const tensor = given ?? initial;
      if (tensor === null) throw new GfnError('ERR_ARGUMENT', `inputs: expected a tensor named ${name}, got none`);
      const what = `inputs.${name}`;
      writeSlot(slot, tensor, what);
      this.#checkShape(info, tensor.shape, what);
    }
  }

  #checkShape(info: ValueInfo, shape: readonly number[], what: string): void {
    let fits = shape.length === info.shape.length;
    for (let axis = 0; fits && axis < shape.length; axis++) {
      const dimension = info.shape[axis];
      if (typeof dimension === 'number') fits = shape[axis] === dimension;
      else {
        const known = this.#dimensions.get(dimension);
        if (known === undefined) this.#dimensions.set(dimension, shape[axis]);
        else fits = shape[axis] === known;
      }
    }
    if (fits) return;
    const expected = info.shape.map((dimension) => {
      const known = typeof dimension === 'string' ? this.#dimensions.get(dimension) : undefined;
      return known === undefined ? dimension : `${dimension} = ${known}`;
    });
    throw new GfnError('ERR_ARGUMENT', `${what}: expected shape [${expected.join(', ')}], got [${shape.join(', ')}]`);
  }

  #bindOutput(name: string, destination: TensorData): void {
    const output = this.#outputs.get(name);
    if (output === undefined) throw unknownName('outputs', name, this.#outputs.keys());
    output.slot.destination = directDestination(output.slot, destination);
  }

  /** Views, inputs and converted types reach their destination only here. */
  #finish(output: OutputBinding, destination: TensorData | undefined): void {
    const { slot, view } = output;
    if (destination !== undefined) {
      if (slot.data !== destination) readSlot(slot, destination);
      view.data = destination;
      return;
    }
    if (output.part === null || output.whole !== slot.data || output.part.length !== slot.size) {
      output.whole = slot.data;
      output.part = slot.data.length === slot.size ? slot.data : slot.data.subarray(0, slot.size);
    }
    view.data = output.part;
  }
}

function unknownName(what: string, name: string, known: Iterable<string>): GfnError {
  return new GfnError('ERR_ARGUMENT', `${what}: expected names out of ${[...known].join(', ')}, got ${name}`);
}
