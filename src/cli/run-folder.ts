import { existsSync } from 'node:fs';
import { appendFile, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTemporaries, writeAtomically } from '../checkpoint/atomic-file.ts';
import { CheckpointFolder, CHECKPOINTS, listCheckpoints, removeCheckpoints } from '../checkpoint/checkpoint-folder.ts';
import { FolderLock } from '../checkpoint/folder-lock.ts';
import { GfnError } from '../error.ts';
import { numberOption, shown } from '../options.ts';
import { REWARD_FILE } from '../reward/find-reward.ts';
import type { StepMetrics } from '../report/run-report.ts';
import { readRecordedConfiguration, type RecordedConfiguration } from './configuration.ts';
import type { ChosenEnvironment } from './environment-section.ts';
import { checkFree, makeOutputFolder } from './output-folder.ts';
import { isRecord } from './record.ts';

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

/**
 * The files of a run. They hold nothing of its time or place: the same configuration gives the same bytes. A process
 * that is killed at any moment leaves a run that can go on, or none.
 */
export class RunFolder {
  readonly configuration: string;
  readonly checkpoints: string;
  readonly metrics: string;
  readonly model: string;
  readonly report: string;
  /** With `--reward`: its file. */
  readonly reward: string;
  /** Of an environment that builds molecules: the folder of those that training saw. */
  readonly molecules: string;
  /** With `--log csv`. */
  readonly csv: string;
  /** With `--log tensorboard`: the folder of its event file. */
  readonly tensorBoard: string;
  /** Bytes of metrics.jsonl. */
  private metricsLength = 0;
  private lock: FolderLock | undefined;

  constructor(readonly path: string) {
    this.configuration = join(path, 'config.json');
    this.checkpoints = join(path, CHECKPOINTS);
    this.metrics = join(path, 'metrics.jsonl');
    this.model = join(path, 'model.onnx');
    this.report = join(path, 'report.html');
    this.reward = join(path, REWARD_FILE);
    this.molecules = join(path, 'molecules');
    this.csv = join(path, 'metrics.csv');
    this.tensorBoard = join(path, 'tensorboard');
  }

  /** Throws ERR_ARGUMENT without a path, ERR_OUTPUT if the folder exists, unless a former run may be overwritten. */
  checkFree(force: boolean): void {
    checkFree(this.path, force, ', or --resume to go on with the run in it');
  }

  /**
   * Makes the folder, locks it, removes the files of a former run and writes the reward's file, if there is one, and the
   * configuration: first of the old run to go and last of the new one to come. Throws ERR_LOCKED or ERR_OUTPUT.
   */
  async begin(configuration: RecordedConfiguration, reward: Uint8Array | null = null): Promise<void> {
    await this.acquire();
    await writing(this.configuration, rm(this.configuration, { force: true }));
    await writing(this.checkpoints, removeCheckpoints(this.checkpoints));
    for (const file of [this.model, this.report, this.reward, this.molecules, this.csv, this.tensorBoard]) {
      await writing(file, rm(file, { force: true, recursive: true }));
    }
    await writing(this.metrics, writeFile(this.metrics, ''));
    if (reward !== null) await writing(this.reward, writeAtomically(this.reward, reward));
    const text = `${JSON.stringify(configuration, null, 2)}\n`;
    await writing(this.configuration, writeAtomically(this.configuration, text));
  }

  /** Locks the folder of a run that is to go on. Throws ERR_CONFIG if this is no run, ERR_LOCKED or ERR_OUTPUT. */
  async reopen(): Promise<void> {
    await this.requireConfiguration();
    await this.acquire();
  }

  /**
   * Whether the run has been stopped before its first checkpoint. Throws ERR_CHECKPOINT if it has got further, but its
   * checkpoints are gone.
   */
  async isUntrained(): Promise<boolean> {
    if ((await listCheckpoints(this.checkpoints)).length > 0) return false;
    if ((await this.read(this.metrics)) === '') return true;
    throw new GfnError('ERR_CHECKPOINT', `--resume: ${this.checkpoints} has no checkpoints, but the run has begun`);
  }

  /** Clears what a process that was killed after the last of `step` steps left among the checkpoints. */
  async tidyCheckpoints(keep: number, step: number): Promise<void> {
    await (await CheckpointFolder.open(this.checkpoints, keep, step)).close();
  }

  /** Lets another process have the folder. */
  async close(): Promise<void> {
    await this.lock?.release();
    this.lock = undefined;
  }

  async appendMetrics(row: object): Promise<void> {
    const line = Buffer.from(`${JSON.stringify(row)}\n`);
    await writing(this.metrics, appendFile(this.metrics, line));
    this.metricsLength += line.length;
  }

  /** The position in metrics.jsonl, for a checkpoint; everything before it is on the disk. */
  async metricsPosition(): Promise<number> {
    const file = await writing(this.metrics, open(this.metrics, 'r+'));
    try {
      await writing(this.metrics, file.sync());
    } finally {
      await file.close();
    }
    return this.metricsLength;
  }

  /** Drops what was written to metrics.jsonl after a position. Throws ERR_CHECKPOINT if it does not get that far. */
  async continueMetrics(position: number): Promise<void> {
    const file = await writing(this.metrics, open(this.metrics, 'r+'));
    try {
      const { size } = await file.stat();
      if (size < position) {
        throw new GfnError(
          'ERR_CHECKPOINT',
          `--resume: ${this.metrics}: expected at least the ${position} bytes of the checkpoint, got ${size}`,
        );
      }
      await writing(this.metrics, file.truncate(position));
    } finally {
      await file.close();
    }
    this.metricsLength = position;
  }

  writeReport(html: string): Promise<void> {
    return writing(this.report, writeFile(this.report, html));
  }

  /** Throws ERR_CONFIG if this is no run. */
  async requireConfiguration(): Promise<void> {
    await this.read(this.configuration);
  }

  /** The configuration of a run, whose environment may have been made. Throws ERR_CONFIG if this is no run. */
  async readConfiguration(made?: ChosenEnvironment): Promise<RecordedConfiguration> {
    if (!existsSync(this.configuration)) {
      throw new GfnError('ERR_CONFIG', `${this.configuration}: expected the folder of a run: there is no such file`);
    }
    return readRecordedConfiguration(this.configuration, made);
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

  private async acquire(): Promise<void> {
    await makeOutputFolder(this.path);
    this.lock = await FolderLock.acquire(this.path);
    await writing(this.path, removeTemporaries(this.path, /^(config\.json|model\.onnx|reward\.onnx)$/));
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
