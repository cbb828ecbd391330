import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GfnError } from '../error.ts';
import type { StepMetrics } from '../report/run-report.ts';
import { readConfiguration, resolveRun, withFlags, type RecordedConfiguration } from './configuration.ts';

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

/** The files of a run. They hold nothing of its time or place: the same configuration gives the same bytes. */
export class RunFolder {
  readonly configuration: string;
  readonly metrics: string;
  readonly model: string;
  readonly report: string;

  constructor(readonly path: string) {
    this.configuration = join(path, 'config.json');
    this.metrics = join(path, 'metrics.jsonl');
    this.model = join(path, 'model.onnx');
    this.report = join(path, 'report.html');
  }

  /** Throws ERR_OUTPUT if the folder exists, unless a former run may be overwritten. */
  checkFree(force: boolean): void {
    if (force || !existsSync(this.path)) return;
    throw new GfnError('ERR_OUTPUT', `--out: ${this.path} exists; choose another folder or give --force to overwrite`);
  }

  /** Makes the folder, removes the files of a former run and writes the configuration. */
  async begin(configuration: RecordedConfiguration): Promise<void> {
    await writing(this.path, mkdir(this.path, { recursive: true }));
    for (const file of [this.metrics, this.model, this.report]) await writing(file, rm(file, { force: true }));
    await writing(this.configuration, writeFile(this.configuration, `${JSON.stringify(configuration, null, 2)}\n`));
    await writing(this.metrics, writeFile(this.metrics, ''));
  }

  appendMetrics(row: object): Promise<void> {
    return writing(this.metrics, appendFile(this.metrics, `${JSON.stringify(row)}\n`));
  }

  writeReport(html: string): Promise<void> {
    return writing(this.report, writeFile(this.report, html));
  }

  /** The configuration of a finished run. Throws ERR_CONFIG if this is no run, and what a wrong one calls for. */
  async readConfiguration(): Promise<RecordedConfiguration> {
    await this.read(this.configuration);
    const file = await readConfiguration(this.configuration);
    const { environment, objective } = resolveRun(withFlags(file, undefined, {}));
    return { ...file.settings, environment: { name: environment.name, ...environment.parameters }, objective };
  }

  async readMetrics(): Promise<StepMetrics[]> {
    const text = await this.read(this.metrics);
    const lines = text.split('\n').filter((line) => line !== '');
    try {
      const rows = lines.map((line) => JSON.parse(line) as unknown);
      if (!rows.every((row) => typeof row === 'object' && row !== null)) throw new TypeError('a line is no object');
      return rows as StepMetrics[];
    } catch (cause) {
      throw new GfnError('ERR_CONFIG', `${this.metrics}: expected one JSON object a line`, { cause });
    }
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
