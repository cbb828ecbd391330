import { LogFile } from './log-file.ts';
import { loggedFigures, type LogFileOptions, type StepFigures, type TrainingLogger } from './training-logger.ts';

/** Writes one JSON object a line. Numbers that are not finite have no JSON form and become null. */
export class JsonLinesLogger implements TrainingLogger {
  private constructor(private readonly file: LogFile) {}

  /** ERR_OUTPUT if the file cannot be written. */
  static async open(path: string, options: LogFileOptions = {}): Promise<JsonLinesLogger> {
    return new JsonLinesLogger(await LogFile.open(path, options, keptBytes));
  }

  log(figures: StepFigures): Promise<void> {
    return this.file.append(`${JSON.stringify(Object.fromEntries(loggedFigures(figures)))}\n`);
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

const NEWLINE = 0x0a;

function keptBytes(content: Buffer, step: number): number {
  let start = 0;
  for (let end = content.indexOf(NEWLINE); end !== -1; end = content.indexOf(NEWLINE, start)) {
    if (!(stepOf(content.toString('utf8', start, end)) <= step)) break;
    start = end + 1;
  }
  return start;
}

/** NaN for a line that is no record. */
function stepOf(line: string): number {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === 'object' && record !== null && 'step' in record ? Number(record.step) : NaN;
  } catch {
    return NaN;
  }
}
