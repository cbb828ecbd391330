import type { Environment, ObservationInput } from '../env/environment.ts';
import { observationInputs, sizeOf, widthOf } from '../env/observation-input.ts';
import { GfnError } from '../error.ts';
import type { DifferentiatedModel } from '../onnx/differentiated-model.ts';
import type { ValueInfo } from '../onnx/graph.ts';
import { rowTensor, type AnyRowTensor } from './row-tensor.ts';

/**
 * A model's inputs that a state fills. One of indices is float32 [rows, size], the sum of their one-hots, or int64
 * [rows, width], the indices themselves; one of numbers is float32 [rows, values].
 */
export class ObservationRows {
  readonly tensors: readonly AnyRowTensor[];
  private readonly inputs: readonly ObservationInput[];

  /** Throws ERR_MODEL_ENVIRONMENT unless the model has just the environment's inputs. */
  constructor(model: DifferentiatedModel, environment: Environment) {
    this.inputs = observationInputs(environment.observation);
    checkObservations(model.observations, environment);
    this.tensors = this.inputs.map(({ name }) => rowTensor(model.observations.find((info) => info.name === name)!));
  }

  write(row: number, observation: Int32Array): void {
    let position = 0;
    this.inputs.forEach((input, i) => {
      const integers = observation.subarray(position, position + widthOf(input));
      position += integers.length;
      writeObservation(this.tensors[i], input, integers, row);
    });
  }

  /** Copies a row to the one after it. */
  duplicate(row: number): void {
    for (const tensor of this.tensors) {
      const { width } = tensor;
      tensor.reserve(row + 2).copyWithin((row + 1) * width, row * width, (row + 1) * width);
    }
  }
}

/** Writes a row of an input from its integers. */
export function writeObservation(
  tensor: AnyRowTensor,
  input: ObservationInput,
  integers: Int32Array,
  row: number,
): void {
  const data = tensor.reserve(row + 1);
  const begin = row * tensor.width;
  if ('values' in input) {
    data.set(new Float32Array(integers.buffer, integers.byteOffset, integers.length), begin);
  } else if (data instanceof Float32Array) {
    data.fill(0, begin, begin + tensor.width);
    for (const index of integers) data[begin + index] += 1;
  } else {
    data.set(integers, begin);
  }
}

/** Throws ERR_MODEL_ENVIRONMENT unless a model's inputs are just the environment's. */
export function checkObservations(observations: readonly ValueInfo[], environment: Environment): void {
  const inputs = observationInputs(environment.observation);
  const fits =
    observations.length === inputs.length &&
    inputs.every((input) => {
      const info = observations.find(({ name }) => name === input.name);
      if (info?.shape.length !== 2) return false;
      const float = info.type === 'float32' && info.shape[1] === sizeOf(input);
      return float || (!('values' in input) && info.type === 'int64' && info.shape[1] === input.width);
    });
  if (fits) return;
  const expected = inputs.map((input) =>
    'values' in input
      ? `${input.name}: float32 [rows, ${input.values}]`
      : `${input.name}: float32 [rows, ${input.size}] or int64 [rows, ${input.width}]`,
  );
  const given = observations.map(({ name, type, shape }) => `${name}: ${type} [${shape.join(', ')}]`);
  throw new GfnError(
    'ERR_MODEL_ENVIRONMENT',
    `model: expected for ${environment.name} the inputs ${expected.join('; ')}, got ${given.join('; ') || 'none'}`,
  );
}
