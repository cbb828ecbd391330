import { badArgument, shown } from '../options.ts';
import { GfnError } from '../error.ts';
import { readNumberFile } from './number-file.ts';
import type { NumberTensor } from './npy.ts';
import { isPacked, unpackNumbers } from './packed-numbers.ts';

/** Numbers as an option takes them: a list, a list of rows, a typed array, or the path of a .json, .npy or .csv file. */
export type NumberArrayInput =
  readonly number[] | readonly (readonly number[])[] | Float32Array | Float64Array | string;

const EXPECTED = 'finite numbers: a list, a list of rows of equal length, or a .json, .npy or .csv file';

/** Finite numbers of at most two axes, row by row, from any form of `NumberArrayInput`. Throws ERR_ARGUMENT. */
export function numberArray(name: string, value: unknown): NumberTensor {
  if (typeof value !== 'string') return finite(name, tensorOf(name, value));
  if (isPacked(value)) {
    const values = unpackNumbers(name, value);
    return finite(name, { shape: [values.length], values });
  }
  const file = readNumberFile(name, value);
  switch (file.form) {
    case 'json':
      return finite(name, tensorOf(name, file.content));
    case 'npy':
      if (file.shape.length > 2) badArgument(name, 'at most two axes', file.shape);
      return finite(name, file);
    case 'csv':
      return finite(
        name,
        tensorOf(
          name,
          file.rows.map((row) => row.map(csvNumber)),
        ),
      );
  }
}

/** The values of an array with this many numbers, whatever its axes. Throws ERR_ARGUMENT. */
export function listOf(name: string, array: NumberTensor, count: number, of: string): number[] {
  if (array.values.length !== count) badArgument(name, `${count} numbers, ${of}`, Array.from(array.values));
  return Array.from(array.values);
}

/** The values of a square matrix of this size, or of as many numbers in a list. Throws ERR_ARGUMENT. */
export function squareMatrixOf(name: string, array: NumberTensor, size: number, of: string): number[] {
  const { shape, values } = array;
  if (values.length !== size * size || (shape.length === 2 && shape[0] !== size)) {
    throw new GfnError(
      'ERR_ARGUMENT',
      `${name}: expected ${size} × ${size} numbers, ${of}, got ${shape.join(' × ')}: ${shown(Array.from(values))}`,
    );
  }
  return Array.from(values);
}

/** Throws ERR_ARGUMENT if a matrix of size × size numbers is not symmetric or its diagonal is not zero. */
export function checkSymmetric(name: string, matrix: readonly number[], size: number): void {
  for (let i = 0; i < size; i++) {
    if (matrix[i * size + i] !== 0) {
      badArgument(name, `0 on the diagonal, at row and column ${i}`, matrix[i * size + i]);
    }
    for (let j = 0; j < i; j++) {
      const [below, above] = [matrix[i * size + j], matrix[j * size + i]];
      if (below !== above) badArgument(name, `a symmetric matrix, ${above} at row ${i}, column ${j}`, below);
    }
  }
}

function csvNumber(text: string): number {
  return text === '' ? NaN : Number(text);
}

function tensorOf(name: string, value: unknown): NumberTensor {
  if (value instanceof Float32Array || value instanceof Float64Array) {
    return { shape: [value.length], values: Float64Array.from(value) };
  }
  if (!Array.isArray(value)) badArgument(name, EXPECTED, value);
  const rows: readonly unknown[] = value;
  if (!Array.isArray(rows[0])) return { shape: [rows.length], values: Float64Array.from(rows, numberOrNaN) };
  const columns = (rows[0] as unknown[]).length;
  const flat = rows.flatMap((row: unknown) => {
    if (!Array.isArray(row) || row.length !== columns) badArgument(name, EXPECTED, value);
    return row.map(numberOrNaN);
  });
  return { shape: [rows.length, columns], values: Float64Array.from(flat) };
}

function numberOrNaN(value: unknown): number {
  return typeof value === 'number' ? value : NaN;
}

function finite(name: string, array: NumberTensor): NumberTensor {
  const at = array.values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) badArgument(name, `${EXPECTED}; number ${at} is none`, array.values[at]);
  return array;
}
