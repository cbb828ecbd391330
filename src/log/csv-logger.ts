import { GfnError } from '../error.ts';
import type * as CsvRecords from './csv-records.ts';
import { LogFile } from './log-file.ts';
import { loggedFigures, type LogFileOptions, type StepFigures, type TrainingLogger } from './training-logger.ts';

/**
 * Writes comma-separated values as RFC 4180 quotes them, one record a line, under a header. The columns are the figures
 * of the first record; what is null, or missing later, is an empty field.
 */
export class CsvLogger implements TrainingLogger {
  private constructor(
    private readonly path: string,
    private readonly file: LogFile,
    private columns: readonly string[] | undefined,
    private readonly records: typeof CsvRecords,
  ) {}

  /** ERR_OUTPUT if the file cannot be written, or is to be continued and no CSV file with a column `step`. */
  static async open(path: string, options: LogFileOptions = {}): Promise<CsvLogger> {
    const records = await import('./csv-records.ts');
    const file = await LogFile.open(path, options, (content, step) => records.keptBytes(path, content, step));
    const header = file.kept.length === 0 ? undefined : records.csvRecords(path, file.kept)[0].record;
    return new CsvLogger(path, file, header, records);
  }

  /** ERR_OUTPUT for a figure that has no column. */
  async log(figures: StepFigures): Promise<void> {
    const values = new Map(loggedFigures(figures));
    if (this.columns === undefined) {
      this.columns = [...values.keys()];
      await this.file.append(this.records.csvLine(this.columns));
    }
    const { columns } = this;
    const unknown = [...values.keys()].find((name) => !columns.includes(name));
    if (unknown !== undefined) {
      throw new GfnError('ERR_OUTPUT', `${this.path}: expected the columns ${columns.join(', ')}, got ${unknown}`);
    }
    await this.file.append(this.records.csvLine(columns.map((name) => values.get(name) ?? null)));
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
