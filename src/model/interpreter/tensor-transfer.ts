import { GfnError } from '../../error.ts';
import type { Tensor, TensorData } from '../../onnx/graph.ts';
import { copyShape, elements, type ElementArray, type ElementType, type Slot } from './slot.ts';

const INT64_MAXIMUM = 2n ** 63n - 1n;
const INT64_MINIMUM = -(2n ** 63n);

/** The element type of the interpreter, or ERR_OPERATOR naming `what`. */
export function elementType(type: string, what: string): ElementType {
  if (type === 'float32' || type === 'int64' || type === 'bool') return type;
  throw new GfnError('ERR_OPERATOR', `${what}: expected element type float32, int64 or bool, got ${type}`);
}

/** INT64_MAX and INT64_MIN mean "to the end" in Slice; they become ±2^63. */
function toNumber(value: bigint, what: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) || value === INT64_MAXIMUM || value === INT64_MINIMUM) return number;
  throw tooLarge(value, what);
}

function tooLarge(value: number | bigint, what: string): GfnError {
  return new GfnError('ERR_ARGUMENT', `${what}: expected integers of at most 53 bits, got ${value.toString()}`);
}

/** Puts a tensor into a slot: by reference where the array type is the slot's own, else converted. */
export function writeSlot(slot: Slot, tensor: Tensor, what: string): void {
  const { data } = tensor;
  if (tensor.type !== slot.type) {
    throw new GfnError('ERR_ARGUMENT', `${what}: expected element type ${slot.type}, got ${tensor.type}`);
  }
  if (elements(tensor.shape) !== data.length) {
    throw new GfnError(
      'ERR_ARGUMENT',
      `${what}: expected ${elements(tensor.shape)} elements for shape [${tensor.shape.join(', ')}], got ${data.length}`,
    );
  }
  copyShape(slot.shape, tensor.shape);
  if (slot.type === 'int64' && (data instanceof BigInt64Array || data instanceof Int32Array)) {
    slot.allocate();
    const values = slot.data;
    if (data instanceof Int32Array) for (let i = 0; i < data.length; i++) values[i] = data[i];
    else for (let i = 0; i < data.length; i++) values[i] = toNumber(data[i], what);
    return;
  }
  slot.data = own(slot.type, data, what);
  if (slot.type === 'int64') {
    for (let i = 0; i < data.length; i++) if (!Number.isSafeInteger(data[i])) throw tooLarge(data[i], what);
  }
  if (slot.type === 'bool') {
    for (let i = 0; i < data.length; i++) {
      if (data[i] > 1) throw new GfnError('ERR_ARGUMENT', `${what}: expected 0 or 1, got ${data[i].toString()}`);
    }
  }
  slot.size = data.length;
}

function own(type: ElementType, data: TensorData, what: string): ElementArray {
  if (type === 'float32' && data instanceof Float32Array) return data;
  if (type === 'int64' && data instanceof Float64Array) return data;
  if (type === 'bool' && data instanceof Uint8Array) return data;
  const expected =
    type === 'float32'
      ? 'a Float32Array'
      : type === 'bool'
        ? 'a Uint8Array'
        : 'a BigInt64Array, Int32Array or Float64Array';
  throw new GfnError('ERR_ARGUMENT', `${what}: expected ${expected} for ${type}, got ${data.constructor.name}`);
}

/** The array itself where kernels can write into it directly, null where the result is converted afterwards. */
export function directDestination(slot: Slot, destination: TensorData): ElementArray | null {
  if (slot.type === 'int64' && (destination instanceof BigInt64Array || destination instanceof Int32Array)) return null;
  return own(slot.type, destination, `outputs.${slot.name}`);
}

/** Copies a slot's value to where the caller wants it. */
export function readSlot(slot: Slot, destination: TensorData): void {
  const { data, size } = slot;
  const what = `outputs.${slot.name}`;
  if (destination.length !== size) {
    throw new GfnError(
      'ERR_ARGUMENT',
      `${what}: expected ${size} elements for shape [${slot.shape.join(', ')}], got ${destination.length}`,
    );
  }
  if (destination instanceof BigInt64Array) {
    for (let i = 0; i < size; i++) destination[i] = BigInt(data[i]);
  } else if (destination instanceof Int32Array) {
    for (let i = 0; i < size; i++) {
      if (data[i] !== (data[i] | 0)) {
        throw new GfnError('ERR_ARGUMENT', `${what}: expected integers of 32 bits for an Int32Array, got ${data[i]}`);
      }
      destination[i] = data[i];
    }
  } else {
    for (let i = 0; i < size; i++) destination[i] = data[i];
  }
}
