import { existsSync } from 'node:fs';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GfnError } from '../error.ts';
import { numberOption, shown } from '../options.ts';
import type { StepMetrics } from '../report/run-report.ts';
import { isRecord, readRecordedConfiguration, type RecordedConfiguration } from './configuration.ts';
import { checkFree, makeFolder } from './output-folder.ts';

/** The first of `runs/<name>`, `runs/<name>-2`, `runs/<name>-3` … that does not exist yet. */
export function freshRunPath(name: string): string {
  for (let count = 1; ; count++) {
    const path = join('runs', count === 1 ? name : `${name}-${count}`);
    if (!existsSync(path)) return path;
  }
}

/** Turns a failure to write into ERR_OUTPUT, which names the path. */
async function writing<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GfnError('ERR_OUTPUT', `${path}: cannot be written: ${reason}`, { cause });
  }
}

/** A line of metrics.jsonl as far as reports read it: figures that were not finite have been written as null. */
function stepMetrics(line: string): StepMetrics {
  const row: unknown = JSON.parse(line);
  if (!isRecord(row)) throw new TypeError(`expected a JSON object, got ${shown(row)}`);
  const number = (key: string): number => numberOption(key, row[key]);
  const figure = (key: string): number | null => (row[key] === null ? null : number(key));
  return {
    step: number('step'),
    visits: number('visits'),
    loss: figure('loss'),
    logZ: figure('logZ'),
    l1Sum: figure('l1Sum'),
    meanLogReward: figure('meanLogReward'),
  };
}

/** The files of a run. They hold nothing of its time or place: the same configuration gives the same bytes. */
export class RunFolder {
  readonly configuration: string;
  readonly metrics: string;
  readonly model: string;
  readonly report: string;
  /** With `--log csv`. */
  readonly csv: string;
  /** With `--log tensorboard`: the folder of its event file. */
  readonly tensorBoard: string;

  constructor(readonly path: string) {
    this.configuration = join(path, 'config.json');
    this.metrics = join(path, 'metrics.jsonl');
    this.model = join(path, 'model.onnx');
    this.report = join(path, 'report.html');
    this.csv = join(path, 'metrics.csv');
    this.tensorBoard = join(path, 'tensorboard');
  }

  /** Throws ERR_ARGUMENT without a path, ERR_OUTPUT if the folder exists, unless a former run may be overwritten. */
  checkFree(force: boolean): void {
    checkFree(this.path, force);
  }

  /** Makes the folder, removes the files of a former run and writes the configuration. */
  async begin(configuration: RecordedConfiguration): Promise<void> {
    await makeFolder(this.path);
    for (const file of [this.metrics, this.model, this.report, this.csv, this.tensorBoard]) {
      await writing(file, rm(file, { force: true, recursive: true }));
    }
    await writing(this.configuration, writeFile(this.configuration, `${JSON.stringify(configuration, null, 2)}\n`));
    await writing(this.metrics, writeFile(this.metrics, ''));
  }

  appendMetrics(row: object): Promise<void> {
    return writing(this.metrics, appendFile(this.metrics, `${JSON.stringify(row)}\n`));
  }

  writeReport(html: string): Promise<void> {
    return writing(this.report, writeFile(this.report, html));
  }

  /** The configuration of a run. Throws ERR_CONFIG if this is no run. */
  async readConfiguration(): Promise<RecordedConfiguration> {
    if (!existsSync(this.configuration)) {
      throw new GfnError('ERR_CONFIG', `${this.configuration}: expected the folder of a run: there is no such file`);
    }
    return readRecordedConfiguration(this.configuration);
  }

  /** The reported steps of a run. Throws ERR_CONFIG, which names file and line, if a run cannot have written it. */
  async readMetrics(): Promise<StepMetrics[]> {
    const lines = (await this.read(this.metrics)).trimEnd().split('\n');
    return lines.flatMap((line, i) => {
      if (line === '') return [];
      try {
        return [stepMetrics(line)];
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new GfnError('ERR_CONFIG', `${this.metrics}: line ${i + 1}: ${reason}`, { cause });
      }
    });
  }

  private async read(path: string): Promise<string> {
    try {
      return await readFile(path, 'utf8');
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new GfnError('ERR_CONFIG', `${path}: expected the folder of a run: ${reason}`, { cause });
    }
  }
}
