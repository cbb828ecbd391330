import type { Model, ValueInfo } from './graph.ts';

/** A trainable tensor (float32) and its place in the flat parameter buffer, in elements. */
export interface ParameterSlot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/**
 * A model split for training. Every observation, output and kept activation has the symbolic dimension `rows` first
 * and fixed sizes after it, so that the rows of several calls lie one after the other.
 */
export interface DifferentiatedModel {
  /** Inputs: observations, then parameters. Outputs: the model's outputs, then the kept activations. */
  readonly forward: Model;
  /**
   * Inputs: those observations, parameters and kept activations that it needs (by their own names), and
   * `gradient_of_<output>` for each output (same shape). Outputs: `gradient_of_<parameter>` for each parameter, summed
   * over rows, in the order of `parameters`.
   */
  readonly gradient: Model;
  readonly observations: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Empty when the gradient graph runs the forward pass again. */
  readonly kept: readonly ValueInfo[];
  readonly parameters: readonly ParameterSlot[];
  /** Elements of the flat parameter buffer, padding between tensors included. */
  readonly parameterCount: number;
  /** The initial values, flat. */
  readonly initialParameters: Float32Array;
}
