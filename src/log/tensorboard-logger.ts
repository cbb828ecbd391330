import { join } from 'node:path';
import { LogFile } from './log-file.ts';
import type * as TensorBoardRecords from './tensorboard-records.ts';
import { loggedFigures, type LogFileOptions, type StepFigures, type TrainingLogger } from './training-logger.ts';

export interface TensorBoardOptions extends LogFileOptions {
  /** Seconds since 1970 that an event is said to be of; by default the clock's. A constant one makes equal runs equal files. */
  readonly wallTime?: () => number;
}

/** TensorBoard takes files whose name holds `tfevents`. */
const FILE_NAME = 'events.out.tfevents.gflownet';

/**
 * Writes an event file for TensorBoard (`tensorboard --logdir FOLDER`): every number is a scalar under its own name,
 * in single precision; what is null or no number is left out.
 */
export class TensorBoardLogger implements TrainingLogger {
  private constructor(
    private readonly file: LogFile,
    private readonly wallTime: () => number,
    private readonly records: typeof TensorBoardRecords,
  ) {}

  /** Opens the event file in a folder. ERR_OUTPUT if it cannot be written. */
  static async open(folder: string, options: TensorBoardOptions = {}): Promise<TensorBoardLogger> {
    const { wallTime = () => Date.now() / 1000, ...rest } = options;
    const records = await import('./tensorboard-records.ts');
    const file = await LogFile.open(join(folder, FILE_NAME), rest, records.keptBytes);
    if (file.kept.length === 0) await file.append(records.versionRecord(wallTime()));
    return new TensorBoardLogger(file, wallTime, records);
  }

  log(figures: StepFigures): Promise<void> {
    const scalars = loggedFigures(figures).filter(
      (entry): entry is [string, number] => entry[0] !== 'step' && typeof entry[1] === 'number',
    );
    return this.file.append(this.records.scalarRecord(this.wallTime(), figures.step, scalars));
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
