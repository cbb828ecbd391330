import type { NodeContext, Operator } from './node-context.ts';
import { createSlot } from './slot.ts';
import { elementType, writeSlot } from './tensor-transfer.ts';

export const constant: Operator = (context) => {
  const { name, tensor } = constantValue(context);
  const slot = context.output(0, elementType(tensor.type, `${context.label}: attribute ${name}`));
  writeSlot(slot, tensor, context.label);
  return null;
};

function constantValue(context: NodeContext) {
  const tensor = context.tensorAttribute('value');
  if (tensor !== null) return { name: 'value', tensor };
  for (const name of ['value_float', 'value_floats', 'value_int', 'value_ints']) {
    const value = context.attribute(name);
    if (typeof value === 'number') {
      return { name, tensor: { type: 'int64' as const, shape: [], data: Float64Array.of(value) } };
    }
    if (Array.isArray(value)) {
      const data = Float64Array.from(value as readonly number[]);
      return { name, tensor: { type: 'int64' as const, shape: [data.length], data } };
    }
    if (typeof value === 'object' && 'float' in value) {
      return { name, tensor: { type: 'float32' as const, shape: [], data: Float32Array.of(value.float) } };
    }
    if (typeof value === 'object' && 'floats' in value) {
      const data = Float32Array.from(value.floats);
      return { name, tensor: { type: 'float32' as const, shape: [data.length], data } };
    }
  }
  throw context.unsupported('expected a value attribute of numbers');
}

export const constantOfShape: Operator = (context) => {
  const wanted = context.integer(0);
  const tensor = context.tensorAttribute('value') ?? { type: 'float32', shape: [1], data: Float32Array.of(0) };
  const type = elementType(tensor.type, `${context.label}: attribute value`);
  const value = createSlot('value', type);
  writeSlot(value, tensor, context.label);
  if (value.size !== 1) throw context.unsupported(`attribute value: expected one element, got ${value.size}`);
  const y = context.output(0, type);
  return () => {
    y.shape.length = wanted.size;
    for (let axis = 0; axis < wanted.size; axis++) {
      y.shape[axis] = wanted.data[axis];
      if (y.shape[axis] < 0) throw context.failure(`input: expected sizes of at least 0, got ${y.shape[axis]}`);
    }
    y.allocate();
    y.data.fill(value.data[0], 0, y.size);
  };
};
