import { join } from 'node:path';
import { LogFile } from './log-file.ts';
import { frameRecord, framedRecords } from './record-framing.ts';
import { scalarEvent, stepOfEvent, versionEvent } from './tensorboard-event.ts';
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
  ) {}

  /** Opens the event file in a folder. ERR_OUTPUT if it cannot be written. */
  static async open(folder: string, options: TensorBoardOptions = {}): Promise<TensorBoardLogger> {
    const { wallTime = () => Date.now() / 1000, ...rest } = options;
    const file = await LogFile.open(join(folder, FILE_NAME), rest, keptBytes);
    if (file.kept.length === 0) await file.append(frameRecord(versionEvent(wallTime())));
    return new TensorBoardLogger(file, wallTime);
  }

  log(figures: StepFigures): Promise<void> {
    const scalars = loggedFigures(figures).filter(
      (entry): entry is [string, number] => entry[0] !== 'step' && typeof entry[1] === 'number',
    );
    return this.file.append(frameRecord(scalarEvent(this.wallTime(), figures.step, scalars)));
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

function keptBytes(content: Buffer, step: number): number {
  let kept = 0;
  for (const { data, end } of framedRecords(content)) {
    if (stepOfEvent(data) > step) break;
    kept = end;
  }
  return kept;
}
