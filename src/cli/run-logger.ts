import { CsvLogger } from '../log/csv-logger.ts';
import { TensorBoardLogger } from '../log/tensorboard-logger.ts';
import type { TrainingLogger } from '../log/training-logger.ts';
import { badArgument, choiceOption } from '../options.ts';
import type { RunFolder } from './run-folder.ts';

/** Logs that a run can have beside its metrics.jsonl. */
export const logFormats = ['csv', 'tensorboard'] as const;
export type LogFormat = (typeof logFormats)[number];

/** `value` if it lists formats, each once. Throws ERR_ARGUMENT. */
export function logFormatsOption(name: string, value: unknown): readonly LogFormat[] {
  if (!Array.isArray(value)) return badArgument(name, `an array of ${logFormats.join(', ')}`, value);
  return [...new Set(value.map((format) => choiceOption(name, format, logFormats)))];
}

/**
 * Opens the logs of a run. One that is continued keeps what it says up to `step`, the steps done so far. Equal runs
 * leave equal files, so TensorBoard's events bear no time.
 */
export async function openRunLoggers(
  formats: readonly LogFormat[],
  folder: RunFolder,
  step: number,
): Promise<TrainingLogger[]> {
  const options = { continueFrom: step };
  const loggers: TrainingLogger[] = [];
  for (const format of formats) {
    loggers.push(
      format === 'csv'
        ? await CsvLogger.open(folder.csv, options)
        : await TensorBoardLogger.open(folder.tensorBoard, { ...options, wallTime: () => 0 }),
    );
  }
  return loggers;
}
