import type { NodeContext, Operator } from './node-context.ts';
import { resolveAxis } from './axis.ts';
import { copyShape, createSlot, elements, type ElementType, type Slot } from './slot.ts';
import { broadcastShape, copyRun, StridedLoop } from './strided-loop.ts';
import { elementType, writeSlot } from './tensor-transfer.ts';

// Identity, Reshape, Squeeze and Unsqueeze are views of their input's data.

export const identity: Operator = (context) => {
  const x = context.input(0);
  const y = context.output(0, x.type);
  return () => {
    copyShape(y.shape, x.shape);
    y.alias(x);
  };
};

export const reshape: Operator = (context) => {
  const keepZero = context.integerAttribute('allowzero', 0) !== 0;
  const x = context.input(0);
  const target = context.integer(1);
  const y = context.output(0, x.type);
  return () => {
    const { shape } = y;
    shape.length = target.size;
    let unknown = -1;
    for (let axis = 0; axis < target.size; axis++) {
      const size = target.data[axis];
      shape[axis] = size === 0 && !keepZero && axis < x.shape.length ? x.shape[axis] : size;
      if (size === -1) {
        unknown = axis;
        shape[axis] = 1;
      }
    }
    const known = elements(shape);
    if (unknown >= 0 && known > 0) shape[unknown] = Math.floor(x.size / known);
    if (elements(shape) !== x.size) {
      const wanted = target.data.subarray(0, target.size).join(', ');
      throw context.failure(`shape [${x.shape.join(', ')}] does not reshape to [${wanted}]`);
    }
    y.alias(x);
  };
};

export const squeeze: Operator = (context) => {
  const x = context.input(0);
  const axes = context.hasInput(1) ? context.integer(1) : null;
  const y = context.output(0, x.type);
  return () => {
    const rank = x.shape.length;
    copyShape(y.shape, x.shape);
    if (axes !== null) {
      for (let i = 0; i < axes.size; i++) {
        const axis = resolveAxis(context, axes.data[i], rank);
        if (x.shape[axis] !== 1) throw context.failure(`axis ${axis}: expected size 1, got ${x.shape[axis]}`);
        y.shape[axis] = -1;
      }
    }
    let kept = 0;
    for (let axis = 0; axis < rank; axis++) {
      if (y.shape[axis] !== (axes === null ? 1 : -1)) y.shape[kept++] = x.shape[axis];
    }
    y.shape.length = kept;
    y.alias(x);
  };
};

export const unsqueeze: Operator = (context) => {
  const x = context.input(0);
  const axes = context.integer(1);
  const y = context.output(0, x.type);
  return () => {
    const rank = x.shape.length + axes.size;
    y.shape.length = rank;
    y.shape.fill(-1);
    for (let i = 0; i < axes.size; i++) y.shape[resolveAxis(context, axes.data[i], rank)] = 1;
    let from = 0;
    for (let axis = 0; axis < rank; axis++) if (y.shape[axis] === -1) y.shape[axis] = x.shape[from++];
    if (from !== x.shape.length) throw context.failure('axes: expected no axis twice');
    y.alias(x);
  };
};

export const transpose: Operator = (context) => {
  const permutation = context.integersAttribute('perm');
  const x = context.input(0);
  const y = context.output(0, x.type);
  const strided = new StridedLoop(2);
  return () => {
    const rank = x.shape.length;
    if (permutation !== null && permutation.length !== rank) {
      throw context.failure(`perm: expected ${rank} axes for shape [${x.shape.join(', ')}], got ${permutation.length}`);
    }
    y.shape.length = rank;
    for (let axis = 0; axis < rank; axis++) y.shape[axis] = x.shape[permutation?.[axis] ?? rank - 1 - axis];
    y.allocate();
    strided.begin(y.shape);
    for (let axis = 0; axis < rank; axis++) {
      let step = 1;
      const source = permutation?.[axis] ?? rank - 1 - axis;
      for (let after = source + 1; after < rank; after++) step *= x.shape[after];
      strided.steps[0][axis] = step;
    }
    strided.broadcast(1, y.shape);
    copyStrided(strided, x, y);
  };
};

/** Copies x (operand 0) to y (operand 1). */
function copyStrided(strided: StridedLoop, x: Slot, y: Slot): void {
  strided.start();
  const { offset, stride } = strided;
  while (strided.next()) copyRun(x.data, offset[0], stride[0], y.data, offset[1], stride[1], strided.length);
}

export const expand: Operator = (context) => {
  const x = context.input(0);
  const target = context.integer(1);
  const y = context.output(0, x.type);
  const strided = new StridedLoop(2);
  const wanted: number[] = [];
  return () => {
    wanted.length = target.size;
    for (let axis = 0; axis < target.size; axis++) wanted[axis] = target.data[axis];
    copyShape(y.shape, x.shape);
    if (!broadcastShape(y.shape, wanted)) {
      throw context.failure(`shape [${x.shape.join(', ')}] does not broadcast with [${wanted.join(', ')}]`);
    }
    y.allocate();
    strided.begin(y.shape);
    strided.broadcast(0, x.shape);
    strided.broadcast(1, y.shape);
    copyStrided(strided, x, y);
  };
};

export const shape: Operator = (context) => {
  const start = context.integerAttribute('start', 0);
  const end = context.integerAttribute('end', Number.MAX_SAFE_INTEGER);
  const x = context.input(0);
  const y = context.integerOutput(0);
  return () => {
    const rank = x.shape.length;
    const from = bound(start, rank);
    y.shape.length = 1;
    y.shape[0] = Math.max(bound(end, rank) - from, 0);
    y.allocate();
    for (let i = 0; i < y.size; i++) y.data[i] = x.shape[from + i];
  };
};

/** A position in [0, size], counted from the end where negative, clamped. */
function bound(position: number, size: number): number {
  return Math.min(Math.max(position < 0 ? position + size : position, 0), size);
}

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
    for (let axis = 0; axis < wanted.size; axis++) y.shape[axis] = wanted.data[axis];
    y.allocate();
    y.data.fill(value.data[0], 0, y.size);
  };
};

/** Numbers of the ONNX enumeration TensorProto.DataType. */
const CAST_TARGETS = new Map<number, ElementType>([
  [1, 'float32'],
  [7, 'int64'],
  [9, 'bool'],
]);

/** Floats are cut towards zero; any number but 0 is true. */
export const cast: Operator = (context) => {
  const code = context.integerAttribute('to', 0);
  context.attribute('saturate'); // concerns 8-bit floats only
  const type = CAST_TARGETS.get(code);
  if (type === undefined) {
    throw context.unsupported(`attribute to: expected 1 (float32), 7 (int64) or 9 (bool), got ${code}`);
  }
  const x = context.input(0);
  const y = context.output(0, type);
  return () => {
    copyShape(y.shape, x.shape);
    if (x.type === type) {
      y.alias(x);
      return;
    }
    y.allocate();
    if (type === 'float32') copyRun(x.data, 0, 1, y.data, 0, 1, y.size);
    else if (type === 'bool') for (let i = 0; i < y.size; i++) y.data[i] = Number(x.data[i] !== 0);
    else {
      for (let i = 0; i < y.size; i++) {
        const value = Math.trunc(x.data[i]);
        if (!Number.isSafeInteger(value)) throw context.failure(`expected integers of at most 53 bits, got ${value}`);
        y.data[i] = value;
      }
    }
  };
};
