import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { GfnError } from '../error.ts';
import type { Figure } from './training-logger.ts';

/** The values as a line of their own. */
export function csvLine(values: readonly Figure[]): string {
  return stringify([values.map((value) => (typeof value === 'boolean' ? String(value) : value))]);
}

export interface CsvRecord {
  readonly record: readonly string[];
  /** Bytes up to the end of this record. */
  readonly info: { readonly bytes: number };
}

/** ERR_OUTPUT if they are no CSV. The records that are whole; one that the end of the file cuts off is left out. */
export function csvRecords(path: string, content: Buffer): readonly CsvRecord[] {
  const whole = content.subarray(0, content.lastIndexOf('\n') + 1);
  try {
    const options = { info: true, relax_column_count_less: true, relax_column_count_more: true } as const;
    return parse(whole, options) as unknown as readonly CsvRecord[];
  } catch (cause) {
    throw new GfnError('ERR_OUTPUT', `${path}: cannot be continued: ${(cause as Error).message}`, { cause });
  }
}

/** Bytes of a file up to the last record of a step that is no later. ERR_OUTPUT for no CSV file with a column `step`. */
export function keptBytes(path: string, content: Buffer, step: number): number {
  const records = csvRecords(path, content);
  if (records.length === 0) return 0;
  const [header, ...rows] = records;
  const column = header.record.indexOf('step');
  if (column === -1) {
    throw new GfnError(
      'ERR_OUTPUT',
      `${path}: cannot be continued: expected a column step, got ${header.record.join(', ')}`,
    );
  }
  let kept = header.info.bytes;
  for (const { record, info } of rows) {
    if (record.length !== header.record.length || !(Number(record[column]) <= step)) break;
    kept = info.bytes;
  }
  return kept;
}
