import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { GfnError } from '../error.ts';
import { LogFile } from './log-file.ts';
import {
  loggedFigures,
  type Figure,
  type LogFileOptions,
  type StepFigures,
  type TrainingLogger,
} from './training-logger.ts';

/**
 * Writes comma-separated values as RFC 4180 quotes them, one record a line, under a header. The columns are the figures
 * of the first record; what is null, or missing later, is an empty field.
 */
export class CsvLogger implements TrainingLogger {
  private constructor(
    private readonly path: string,
    private readonly file: LogFile,
    private columns: readonly string[] | undefined,
  ) {}

  /** ERR_OUTPUT if the file cannot be written, or is to be continued and no CSV file with a column `step`. */
  static async open(path: string, options: LogFileOptions = {}): Promise<CsvLogger> {
    const file = await LogFile.open(path, options, (content, step) => keptBytes(path, content, step));
    const header = file.kept.length === 0 ? undefined : recordsOf(path, file.kept)[0].record;
    return new CsvLogger(path, file, header);
  }

  /** ERR_OUTPUT for a figure that has no column. */
  async log(figures: StepFigures): Promise<void> {
    const values = new Map(loggedFigures(figures));
    if (this.columns === undefined) {
      this.columns = [...values.keys()];
      await this.file.append(line(this.columns));
    }
    const { columns } = this;
    const unknown = [...values.keys()].find((name) => !columns.includes(name));
    if (unknown !== undefined) {
      throw new GfnError('ERR_OUTPUT', `${this.path}: expected the columns ${columns.join(', ')}, got ${unknown}`);
    }
    await this.file.append(line(columns.map((name) => values.get(name) ?? null)));
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

function line(values: readonly Figure[]): string {
  return stringify([values.map((value) => (typeof value === 'boolean' ? String(value) : value))]);
}

interface ParsedRecord {
  readonly record: readonly string[];
  /** Bytes up to the end of this record. */
  readonly info: { readonly bytes: number };
}

/** The records that are whole; one that the end of the file cuts off is left out. */
function recordsOf(path: string, content: Buffer): readonly ParsedRecord[] {
  const whole = content.subarray(0, content.lastIndexOf('\n') + 1);
  try {
    const options = { info: true, relax_column_count_less: true, relax_column_count_more: true } as const;
    return parse(whole, options) as unknown as readonly ParsedRecord[];
  } catch (cause) {
    throw new GfnError('ERR_OUTPUT', `${path}: cannot be continued: ${(cause as Error).message}`, { cause });
  }
}

function keptBytes(path: string, content: Buffer, step: number): number {
  const records = recordsOf(path, content);
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
