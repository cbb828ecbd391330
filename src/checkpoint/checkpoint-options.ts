import type { TrainerOptions } from '../trainer/trainer-options.ts';
import { badArgument, integerOption, rejectUnknown, stringOption } from '../options.ts';
import type { Attached } from './checkpoint.ts';

/** What training writes checkpoints of, where and how often. */
export interface CheckpointOptions {
  /** Their folder, made if it is missing. No other trainer may use it at the same time. */
  readonly folder: string;
  /** Steps between two checkpoints, default 1000; 0: only one before the first step and one after the last. */
  readonly every?: number;
  /** Latest checkpoints kept, default 3; one of at least 2 survives damage to the last one. */
  readonly keep?: number;
  /** What to keep beside the trainer's state. Asked for when every report up to the checkpoint's step has been used. */
  readonly attach?: () => Attached | Promise<Attached>;
}

/** Options of `Trainer.saveCheckpoint`. */
export interface SaveCheckpointOptions {
  /** Latest checkpoints kept, default 3. */
  readonly keep?: number;
  /** What to keep beside the trainer's state. */
  readonly attached?: Attached;
}

/** Options of `Trainer.restoreCheckpoint`. */
export interface RestoreOptions {
  /** Told that a damaged checkpoint was passed over for an older one. Default: a warning of the process. */
  readonly onWarning?: (message: string) => void;
}

/**
 * Options of `Trainer.fromCheckpoint`: those of the trainer that a file cannot hold, which are its threads and memory
 * and an environment of one's own. Any other must be as it was.
 */
export type FromCheckpointOptions = Partial<TrainerOptions> & RestoreOptions;

export const checkpointDefaults = { every: 1000, keep: 3 } as const;

const MOST_STEPS = 2 ** 40;
const MOST_KEPT = 2 ** 20;

/** Fills in defaults and checks every option. Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION. */
export function resolveCheckpointOptions(given: CheckpointOptions): Required<CheckpointOptions> {
  rejectUnknown('checkpoint', given, ['folder', 'every', 'keep', 'attach']);
  const { attach = () => ({}) } = given;
  if (typeof attach !== 'function') badArgument('checkpoint.attach', 'a function', attach);
  return {
    folder: stringOption('checkpoint.folder', given.folder),
    every: integerOption('checkpoint.every', given.every ?? checkpointDefaults.every, 0, MOST_STEPS),
    keep: keepOption('checkpoint.keep', given.keep),
    attach,
  };
}

export function keepOption(name: string, value: unknown): number {
  return integerOption(name, value ?? checkpointDefaults.keep, 1, MOST_KEPT);
}

/** The default of `onWarning`. */
export function warnProcess(message: string): void {
  process.emitWarning(message, { type: 'GflownetWarning', code: 'GFLOWNET_CHECKPOINT' });
}
