/** Numbers with the sizes of their axes, row by row. */
export interface NumberTensor {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

const MAGIC = '\x93NUMPY';

/**
 * Reads an array that NumPy saved: format versions 1 to 3, float32 or float64 of either byte order, C order. Throws a
 * plain Error that says what is wrong.
 */
export function decodeNpy(bytes: Uint8Array): NumberTensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 10 || ascii(bytes, 0, 6) !== MAGIC) throw new Error('it does not start as a .npy file does');
  const version = bytes[6];
  if (version < 1 || version > 3) throw new Error(`its format version is ${version}, expected 1 to 3`);
  if (version > 1 && bytes.length < 12) throw new Error('it ends within its header');
  const start = version === 1 ? 10 : 12;
  const end = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (end > bytes.length) throw new Error('it ends within its header');
  const { type, shape } = parseHeader(ascii(bytes, start, end));
  const count = shape.reduce((product, size) => product * size, 1);
  const width = type.endsWith('4') ? 4 : 8;
  if (bytes.length - end !== count * width) {
    throw new Error(
      `it holds ${bytes.length - end} bytes, expected ${count * width} for the shape (${shape.join(', ')})`,
    );
  }
  const little = type.startsWith('<');
  const values = Float64Array.from({ length: count }, (_, i) =>
    width === 4 ? view.getFloat32(end + 4 * i, little) : view.getFloat64(end + 8 * i, little),
  );
  return { shape, values };
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

/** The header is a Python dictionary with the keys descr, fortran_order and shape. */
function parseHeader(header: string): { readonly type: string; readonly shape: readonly number[] } {
  const type = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (order === undefined || sizes === undefined) throw new Error('its header names no shape and order');
  if (type === undefined || !/^[<>]f[48]$/.test(type)) {
    throw new Error(`its numbers are ${type ?? 'records'}, expected float32 or float64 (<f4, <f8, >f4 or >f8)`);
  }
  const shape = sizes.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)]));
  if (order === 'True' && shape.length > 1) throw new Error('it is in Fortran order, expected C order');
  return { type, shape };
}
