/** Stable codes carried by every error of this package; `docs/errors.md` explains each. */
export type ErrorCode =
  | 'ERR_ARGUMENT' // an option or argument has the wrong type or value
  | 'ERR_UNKNOWN_OPTION' // an option that does not exist
  | 'ERR_TOO_LARGE' // sizes whose tables, keys or memory do not fit
  | 'ERR_NOT_ENUMERABLE' // an exact quantity of an environment too large to enumerate
  | 'ERR_ENVIRONMENT' // an environment of the user's own that throws or breaks a law
  | 'ERR_CONDITION' // a condition of a wrong size or range, missing, or where there is none
  | 'ERR_REWARD' // a reward that is NaN, infinite, or zero where that is not allowed
  | 'ERR_DIVERGED' // the loss or a gradient is not finite
  | 'ERR_MODEL_FILE' // a model file that is missing, truncated or not ONNX
  | 'ERR_MODEL_ENVIRONMENT' // a model that does not fit the environment
  | 'ERR_OPERATOR' // an ONNX operator or type that is not supported
  | 'ERR_NO_DERIVATIVE' // an ONNX operator without a derivative
  | 'ERR_RUNTIME' // ONNX Runtime is missing, too old, or reported a failure
  | 'ERR_NATIVE' // the native addon is missing or cannot be loaded
  | 'ERR_VOCABULARY' // blocks of molecules that cannot be used
  | 'ERR_RDKIT' // RDKit is missing or failed
  | 'ERR_OUTPUT' // a file or folder that cannot be written, or exists
  | 'ERR_MODULE' // a module of an environment that is missing, fails to load, exports none, or ends the process
  | 'ERR_CONFIG' // a configuration file that cannot be read
  | 'ERR_CHECKPOINT' // a checkpoint that is missing, damaged, or of another version, environment or configuration
  | 'ERR_LOCKED' // a folder that another process or trainer is writing to
  | 'ERR_BUSY' // the object is already at work
  | 'ERR_DISPOSED' // the object has been disposed
  | 'ERR_INTERNAL'; // a broken invariant of this package

/** An error whose `code` is stable and whose message names the argument, what it was and what is allowed. */
export class GfnError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GfnError';
    this.code = code;
  }
}

/** ERR_DISPOSED: what a trainer or model answers after its `dispose`. */
export function disposedError(): GfnError {
  return new GfnError('ERR_DISPOSED', 'the trainer or model has been disposed of');
}
