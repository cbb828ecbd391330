import { expect } from 'vitest';
import type { Environment } from '../../src/env/environment.ts';
import { differentiate } from '../../src/onnx/differentiate.ts';
import { multilayerPerceptron, type MultilayerPerceptronOptions } from '../../src/onnx/multilayer-perceptron.ts';
import { makeEngine } from '../../src/trainer/make-engine.ts';

export interface ParitySetUp {
  readonly model?: Partial<MultilayerPerceptronOptions>;
  readonly memoryBytes?: number;
  /** Added to each parameter. */
  readonly move?: (parameter: number) => number;
}

/** Both engines on one model with parameters far from their initial symmetry. */
export function enginesFor(environment: Environment, learned: boolean, setUp: ParitySetUp = {}) {
  const { model, memoryBytes = 2 ** 30, move = () => 0 } = setUp;
  const differentiated = differentiate(
    multilayerPerceptron({
      observation: environment.observation,
      actions: environment.actions,
      backwardActions: learned ? environment.backwardActions : null,
      stateFlow: true,
      hidden: [24, 24],
      activation: 'leaky-relu',
      seed: 11,
      ...model,
    }),
  );
  const parameters = differentiated.initialParameters.map((value, i) => 1.5 * value + move(i));
  const options = { environment, model: differentiated, parameters, logZ: 0.7, threads: 2, memoryBytes };
  return { native: makeEngine('native', options), typescript: makeEngine('typescript', options) };
}

/** A tolerance of so much of 1 + |wanted|. */
export const within =
  (part: number) =>
  (value: number): number =>
    part * (1 + Math.abs(value));

export const relative = within(1e-5);

/** NaN is close to nothing. */
export function expectClose(
  got: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance: (value: number) => number = relative,
): void {
  expect(got.length).toBe(wanted.length);
  for (let i = 0; i < got.length; i++) {
    const error = Math.abs(got[i] - wanted[i]);
    if (!(error <= tolerance(wanted[i]))) throw new Error(`entry ${i}: got ${got[i]}, wanted ${wanted[i]}`);
  }
}
