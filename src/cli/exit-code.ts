import { GfnError, type ErrorCode } from '../error.ts';

/** Exit codes of the command line; `docs/errors.md` explains them. */
export const ExitCode = {
  ok: 0,
  /** Something failed while running. */
  failure: 1,
  /** The command, its options or its input files are wrong. */
  usage: 2,
  /** Ended by Ctrl-C or SIGTERM: 128 + the number of the signal. */
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Errors that say that what was given is wrong, rather than that the work went wrong. */
const inputErrors: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_ARGUMENT',
  'ERR_UNKNOWN_OPTION',
  'ERR_TOO_LARGE',
  'ERR_NOT_ENUMERABLE',
  'ERR_CONDITION',
  'ERR_MODEL_FILE',
  'ERR_MODEL_ENVIRONMENT',
  'ERR_OPERATOR',
  'ERR_NO_DERIVATIVE',
  'ERR_VOCABULARY',
  'ERR_OUTPUT',
  'ERR_MODULE',
  'ERR_CONFIG',
  'ERR_CHECKPOINT',
  'ERR_LOCKED',
]);

export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof GfnError && inputErrors.has(error.code) ? ExitCode.usage : ExitCode.failure;
}
