import type { Environment } from '../env/environment.ts';
import { GfnError } from '../error.ts';
import type { DifferentiatedModel } from '../onnx/differentiated-model.ts';
import { rowTensor, type AnyRowTensor } from './row-tensor.ts';

/**
 * The model's input `observation`: float32 [rows, size] takes the sum of one-hots of a state's indices, int64
 * [rows, width] the indices themselves.
 */
export class ObservationRows {
  readonly tensor: AnyRowTensor;
  private readonly oneHot: boolean;

  constructor(model: DifferentiatedModel, environment: Environment) {
    const { size, width } = environment.observation;
    const info = model.observations.find(({ name }) => name === 'observation');
    const given = model.observations.map(({ name, type, shape }) => `${name}: ${type} [${shape.join(', ')}]`);
    const inputWidth = info?.shape[1];
    this.oneHot = info?.type === 'float32';
    if (
      info === undefined ||
      model.observations.length !== 1 ||
      info.shape.length !== 2 ||
      !(this.oneHot ? inputWidth === size : info.type === 'int64' && inputWidth === width)
    ) {
      throw new GfnError(
        'ERR_MODEL_ENVIRONMENT',
        `model: expected for ${environment.name} the one input observation: float32 [rows, ${size}] or int64 [rows, ${width}], got ${given.join(', ')}`,
      );
    }
    this.tensor = rowTensor(info);
  }

  write(row: number, indices: Int32Array): void {
    const data = this.tensor.reserve(row + 1);
    const begin = row * this.tensor.width;
    if (this.oneHot) {
      data.fill(0, begin, begin + this.tensor.width);
      for (let i = 0; i < indices.length; i++) data[begin + indices[i]] += 1;
    } else {
      data.set(indices, begin);
    }
  }

  /** Copies a row to the one after it. */
  duplicate(row: number): void {
    const { width } = this.tensor;
    this.tensor.reserve(row + 2).copyWithin((row + 1) * width, row * width, (row + 1) * width);
  }
}
