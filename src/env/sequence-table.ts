import { GfnError } from '../error.ts';
import { badArgument, shown } from '../options.ts';
import { numberArray } from './number-array.ts';
import { readNumberFile } from './number-file.ts';
import type { EnvironmentOption } from './option.ts';
import { isPacked } from './packed-numbers.ts';

/**
 * A value for every sequence: numbers in order (shorter sequences first, those of one length in the order of the
 * alphabet), an object from sequence to value, or the path of a .npy, .json or .csv file with either. The rows of a
 * .csv file are `sequence,value`.
 */
export type SequenceTableInput =
  readonly number[] | Float32Array | Float64Array | Readonly<Record<string, number>> | string;

/** A table as it was read: numbers in order, or sequences with their values in any. */
export type SequenceTable =
  | { readonly form: 'ordered'; readonly values: Float64Array }
  | { readonly form: 'named'; readonly rows: readonly (readonly [sequence: string, value: unknown])[] };

export const sequenceTableOption: EnvironmentOption<SequenceTable | undefined> = {
  type: 'file',
  description: 'a value for every sequence: .csv with sequence,value rows, .npy or .json',
  default: undefined,
  defaultText: 'none, log R = 0',
  allowed: 'numbers in order, an object from sequence to value, or a .csv, .npy or .json file',
  check: readSequenceTable,
};

function readSequenceTable(name: string, value: unknown): SequenceTable {
  if (typeof value !== 'string' || isPacked(value)) return tableOf(name, value);
  const file = readNumberFile(name, value);
  switch (file.form) {
    case 'npy':
      return { form: 'ordered', values: file.values };
    case 'json':
      return tableOf(name, file.content);
    case 'csv':
      return {
        form: 'named',
        rows: file.rows.map((row, i) => {
          if (row.length !== 2) badArgument(`${name}: row ${i + 1} of ${value}`, 'a sequence and its value', row);
          return [row[0], row[1] === '' ? NaN : Number(row[1])] as const;
        }),
      };
  }
}

function tableOf(name: string, value: unknown): SequenceTable {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)) {
    return { form: 'named', rows: Object.entries(value) };
  }
  return { form: 'ordered', values: numberArray(name, value).values };
}

/** What tells a table's place of a sequence. */
export interface SequenceOrder {
  readonly count: number;
  /** The place of a sequence; null for a text that is none. */
  indexOf(text: string): number | null;
  textOf(index: number): string;
}

/** The values of a table in order. Throws ERR_ARGUMENT if a sequence has no value, two, or one that is not finite. */
export function orderedValues(name: string, table: SequenceTable, order: SequenceOrder): Float64Array {
  if (table.form === 'ordered') {
    if (table.values.length !== order.count) {
      badArgument(name, `${order.count} values, one for each sequence`, table.values.length);
    }
    const bad = table.values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) badArgument(`${name}: value of ${shown(order.textOf(bad))}`, 'a finite number', table.values[bad]);
    return table.values;
  }
  const values = new Float64Array(order.count).fill(NaN);
  for (const [text, value] of table.rows) {
    const index = order.indexOf(text);
    if (index === null) badArgument(name, `sequences like ${shown(order.textOf(order.count - 1))}`, text);
    if (!Number.isNaN(values[index])) fail(name, `${shown(text)} has two values`);
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      badArgument(`${name}: value of ${shown(text)}`, 'a finite number', value);
    }
    values[index] = value;
  }
  const missing = values.findIndex(Number.isNaN);
  if (missing >= 0) {
    fail(name, `expected ${order.count} values, got ${table.rows.length}: ${shown(order.textOf(missing))} has none`);
  }
  return values;
}

function fail(name: string, reason: string): never {
  throw new GfnError('ERR_ARGUMENT', `${name}: ${reason}`);
}
