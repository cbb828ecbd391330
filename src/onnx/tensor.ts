import { GfnError } from '../error.ts';
import type { Tensor, TensorData, TensorType } from './graph.ts';

const bytesPerElement: Readonly<Record<TensorType, number>> = { float32: 4, float64: 8, int64: 8, int32: 4, bool: 1 };

/** Bytes of one element of `type`. */
export function elementBytes(type: TensorType): number {
  return bytesPerElement[type];
}

const typeNumbers: Readonly<Record<TensorType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9, float64: 11 };

/** The number of an element type in ONNX (TensorProto.DataType). */
export function typeNumber(type: TensorType): number {
  return typeNumbers[type];
}

/** The element type of that number; `owner` names what has it. Throws ERR_OPERATOR when it is not supported. */
export function typeOfNumber(number: number, owner: string): TensorType {
  for (const type of Object.keys(typeNumbers) as TensorType[]) if (typeNumbers[type] === number) return type;
  const allowed = Object.keys(typeNumbers).join(', ');
  throw new GfnError('ERR_OPERATOR', `${owner}: element type number ${number} is not supported, only ${allowed}`);
}

/** Whether values of `type` can carry a gradient. */
export function isFloat(type: TensorType): boolean {
  return type === 'float32' || type === 'float64';
}

/** Number of elements of a tensor of `shape`; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function toData(type: TensorType, values: ArrayLike<number>): TensorData {
  switch (type) {
    case 'float32':
      return Float32Array.from(values);
    case 'float64':
      return Float64Array.from(values);
    case 'int64':
      return BigInt64Array.from(Array.from(values, BigInt));
    case 'int32':
      return Int32Array.from(values);
    case 'bool':
      return Uint8Array.from(values);
  }
}

/** A tensor of the given values in row-major order. Throws ERR_ARGUMENT if their number does not fit the shape. */
export function tensor(type: TensorType, shape: readonly number[], values: ArrayLike<number>): Tensor {
  if (values.length !== elementCount(shape)) {
    const expected = elementCount(shape);
    throw new GfnError('ERR_ARGUMENT', `values: expected ${expected} for [${shape.join(', ')}], got ${values.length}`);
  }
  return { type, shape, data: toData(type, values) };
}

/** The elements as ordinary numbers; integers outside ±2^53 (such as "to the end" in Slice) become the nearest double. */
export function tensorNumbers(value: Tensor): number[] {
  return Array.from<number | bigint, number>(value.data, Number);
}
