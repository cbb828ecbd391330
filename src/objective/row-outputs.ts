/** A model's outputs on the rows of a batch. Arrays hold at least R rows. */
export interface RowOutputs {
  /** [R × A] */
  readonly forwardLogits: Float32Array;
  /** [R × Ab]; null with uniform P_B. */
  readonly backwardLogits: Float32Array | null;
  /** [R]; null without that output. */
  readonly logStateFlow: Float32Array | null;
}

/** d loss / d outputs, in the same places; entries of actions that are not allowed are 0. */
export interface RowOutputGradients {
  readonly forwardLogits: Float32Array;
  readonly backwardLogits: Float32Array | null;
  readonly logStateFlow: Float32Array | null;
}
