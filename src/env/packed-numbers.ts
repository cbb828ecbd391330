import { badArgument } from '../options.ts';

const FORMS = { float32: Float32Array, float64: Float64Array } as const;
const PACKED = /^(float32|float64):/;

/** Whether a text is what `packNumbers` writes. */
export function isPacked(text: string): boolean {
  return PACKED.test(text);
}

/**
 * Many numbers as one text, as an environment's parameters and so a saved model keep a table: `float32:` if that holds
 * each of them exactly, else `float64:`, then the little-endian values in base64. `native/env/number_array.cpp` reads it.
 */
export function packNumbers(values: ArrayLike<number>): string {
  const single = Float32Array.from(values);
  const exact = single.every((value, i) => value === values[i]);
  const packed = exact ? single : Float64Array.from(values);
  return `${exact ? 'float32' : 'float64'}:${Buffer.from(packed.buffer).toString('base64')}`;
}

/** The numbers of a packed text. Throws ERR_ARGUMENT naming `name` if it is not whole. */
export function unpackNumbers(name: string, text: string): Float64Array {
  const form = text.slice(0, 7) as keyof typeof FORMS;
  const base64 = text.slice(8);
  const bytes = Buffer.from(base64, 'base64');
  const width = FORMS[form].BYTES_PER_ELEMENT;
  if (bytes.toString('base64') !== base64 || bytes.length % width !== 0) {
    badArgument(name, `whole ${form} numbers in base64`, text);
  }
  return Float64Array.from({ length: bytes.length / width }, (_, i) =>
    form === 'float32' ? bytes.readFloatLE(4 * i) : bytes.readDoubleLE(8 * i),
  );
}
