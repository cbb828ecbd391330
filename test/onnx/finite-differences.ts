import type { DifferentiatedModel } from '../../src/onnx/differentiated-model.ts';
import type { Model, Tensor, ValueInfo } from '../../src/onnx/graph.ts';
import { elementCount, tensor, tensorNumbers } from '../../src/onnx/tensor.ts';
import { uniforms } from './operator-cases.ts';
import { RuntimeModel } from './run-graph.ts';

export type Values = ReadonlyMap<string, Tensor>;

/** A value for an input or output with `rows` rows: floats in [−1, 1), integers in [0, 4). */
export function randomValue({ type, shape }: ValueInfo, rows: number, seed: number): Tensor {
  const fixed = shape.map((size) => (typeof size === 'number' ? size : rows));
  const numbers = uniforms(seed, elementCount(fixed), -1, 1);
  const whole = type === 'int64' || type === 'int32';
  return tensor(type, fixed, whole ? numbers.map((value) => Math.floor((value + 1) * 2)) : numbers);
}

export function randomValues(infos: readonly ValueInfo[], rows: number, seed: number): Map<string, Tensor> {
  return new Map(infos.map((info, index) => [info.name, randomValue(info, rows, seed + index)]));
}

/** The initial parameters, as tensors. */
export function parameterValues(model: Model, differentiated: DifferentiatedModel): Map<string, Tensor> {
  return new Map(differentiated.parameters.map(({ name }) => [name, model.graph.initializers.get(name)!]));
}

/** Gradients of all parameters, by name, from the two graphs. */
export async function gradients(
  { forward, gradient }: DifferentiatedModel,
  inputs: Values,
  outputGradients: Values,
): Promise<Map<string, Tensor>> {
  const activations = await (await RuntimeModel.open(forward)).run(inputs);
  const seeds = [...outputGradients].map(([name, value]) => [`gradient_of_${name}`, value] as const);
  return (await RuntimeModel.open(gradient)).run(new Map([...inputs, ...activations, ...seeds]));
}

function weightedSum(outputs: Values, weights: Values): number {
  let sum = 0;
  for (const [name, weight] of weights) {
    const output = tensorNumbers(outputs.get(name)!);
    tensorNumbers(weight).forEach((each, index) => (sum += each * output[index]));
  }
  return sum;
}

function moved(value: Tensor, index: number, by: number): Tensor {
  const numbers = tensorNumbers(value);
  numbers[index] += by;
  return tensor(value.type, value.shape, numbers);
}

/** Largest difference of two lists, over the largest entry of the second (at least 1). */
export function relativeDifference(got: readonly number[], want: readonly number[]): number {
  if (got.length !== want.length) return Infinity;
  const scale = Math.max(1, ...want.map(Math.abs));
  return Math.max(...want.map((value, index) => Math.abs(got[index] - value) / scale));
}

/**
 * Largest error of the gradient graph against central differences through the forward graph, relative to the largest
 * entry of each parameter's gradient.
 */
export async function gradientError(model: Model, differentiated: DifferentiatedModel, rows = 3): Promise<number> {
  const parameters = parameterValues(model, differentiated);
  const observations = randomValues(differentiated.observations, rows, 1);
  const weights = randomValues(differentiated.outputs, rows, 50);
  const forward = await RuntimeModel.open(differentiated.forward);
  const inputs = new Map([...observations, ...parameters]);
  const got = await gradients(differentiated, inputs, weights);

  let worst = 0;
  for (const [name, value] of parameters) {
    const width = value.type === 'float64' ? 1e-5 : 1e-2;
    const differences: number[] = [];
    for (let index = 0; index < value.data.length; index++) {
      const at = async (by: number) =>
        weightedSum(await forward.run(new Map([...inputs, [name, moved(value, index, by)]])), weights);
      differences.push(((await at(width)) - (await at(-width))) / (2 * width));
    }
    worst = Math.max(worst, relativeDifference(tensorNumbers(got.get(`gradient_of_${name}`)!), differences));
  }
  return worst;
}
