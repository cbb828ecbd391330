import { endianness } from 'node:os';
import type { SectionData } from '../trainer/training-state.ts';

/** Names of the arrays' types in a checkpoint. */
const sectionTypes = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  uint8: Uint8Array,
  uint64: BigUint64Array,
} as const;

export type SectionType = keyof typeof sectionTypes;

export function isSectionType(name: unknown): name is SectionType {
  return typeof name === 'string' && Object.hasOwn(sectionTypes, name);
}

export function bytesPerElement(type: SectionType): number {
  return sectionTypes[type].BYTES_PER_ELEMENT;
}

export function isSectionData(value: unknown): value is SectionData {
  return Object.values(sectionTypes).some((type) => value instanceof type);
}

export function sectionTypeOf(data: SectionData): SectionType {
  const [name] = Object.entries(sectionTypes).find(([, type]) => data instanceof type)!;
  return name as SectionType;
}

/** The array's elements as little-endian bytes; a view where the machine has that order itself. */
export function littleEndianBytes(data: SectionData, order = endianness()): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return order === 'LE' ? bytes : swapped(bytes, data.BYTES_PER_ELEMENT);
}

/** An array of its own from little-endian bytes. */
export function fromLittleEndian(type: SectionType, bytes: Uint8Array, order = endianness()): SectionData {
  const size = bytesPerElement(type);
  const own = order === 'LE' ? new Uint8Array(bytes) : swapped(bytes, size);
  return new sectionTypes[type](own.buffer, 0, bytes.length / size);
}

/** A copy with a buffer of its own; also of a Node.js Buffer, whose `slice` is a view. */
export function copyOf(data: SectionData): SectionData {
  return fromLittleEndian(sectionTypeOf(data), littleEndianBytes(data));
}

/** A copy with the bytes of every element the other way round. */
function swapped(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  for (let start = 0; start < copy.length; start += size) copy.subarray(start, start + size).reverse();
  return copy;
}
