import { GfnError } from '../error.ts';
import type { ParameterSlot } from './differentiated-model.ts';
import type { Model, Tensor } from './graph.ts';
import { elementCount, isFloat, tensor, tensorNumbers } from './tensor.ts';

/** Elements that offsets are multiples of: 64 bytes of float32, a cache line and the widest vector register. */
const ALIGNMENT = 16;

/** Places in the flat buffer, in the order of the graph's initializers, for those that are `trainable`. */
export function parameterSlots(model: Model, trainable: (name: string) => boolean): readonly ParameterSlot[] {
  const slots: ParameterSlot[] = [];
  let end = 0;
  for (const [name, { type, shape }] of model.graph.initializers) {
    if (!isFloat(type) || !trainable(name)) continue;
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    const size = elementCount(shape);
    slots.push({ name, shape, offset, size });
    end = offset + size;
  }
  if (slots.length === 0)
    throw new GfnError('ERR_ARGUMENT', 'model: expected at least one trainable float initializer');
  return slots;
}

/** Elements from the first slot's begin to the last one's end. */
export function parameterCount(slots: readonly ParameterSlot[]): number {
  const last = slots[slots.length - 1];
  return last.offset + last.size;
}

/** The initial values, flat; 0 between the slots. */
export function flatParameters(model: Model, slots: readonly ParameterSlot[]): Float32Array {
  const flat = new Float32Array(parameterCount(slots));
  for (const { name, offset } of slots) flat.set(floatsOf(model.graph.initializers.get(name)!), offset);
  return flat;
}

/** A parameter's elements: as they are, since a plain array cannot hold those of the largest. */
function floatsOf(value: Tensor): Float32Array | Float64Array {
  const { data } = value;
  return data instanceof Float32Array || data instanceof Float64Array ? data : Float64Array.from(tensorNumbers(value));
}

/** The model with the values of `parameters` (flat, as in `slots`) in its initializers: what a trained model's file holds. */
export function withParameters(model: Model, slots: readonly ParameterSlot[], parameters: Float32Array): Model {
  const initializers = new Map<string, Tensor>(model.graph.initializers);
  for (const { name, shape, offset, size } of slots) {
    const { type } = model.graph.initializers.get(name)!;
    initializers.set(name, tensor(type, shape, parameters.subarray(offset, offset + size)));
  }
  return { ...model, graph: { ...model.graph, initializers } };
}
