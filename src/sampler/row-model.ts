/**
 * A flow model at work on rows. Output arrays hold at least the rows evaluated so far and are replaced when they grow.
 */
export interface RowModel {
  /** Whether P_B is learned. */
  readonly learnedBackward: boolean;
  /** Bytes that a row takes in the model's buffers. */
  readonly bytesPerRow: number;
  /** Writes the model's input of a row from the state's observation indices. */
  observe(row: number, indices: Int32Array): void;
  /** Evaluates rows [first, last). */
  evaluate(first: number, last: number): void;
  /** [R × A] */
  readonly forwardLogits: Float32Array;
  /** [R × Ab]; null with uniform P_B. */
  readonly backwardLogits: Float32Array | null;
  /** [R]; null without that output. */
  readonly logStateFlow: Float32Array | null;
}
