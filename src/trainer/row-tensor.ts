import { GfnError } from '../error.ts';
import type { Tensor, ValueInfo } from '../onnx/graph.ts';
import { float32Buffer, float64Buffer, uint8Buffer, type GrowableBuffer } from '../sampler/growable-buffer.ts';

/**
 * A model's value with the row as its first dimension, for all rows one after the other. int64 is held as doubles,
 * bool as bytes.
 */
export class RowTensor<T extends Float32Array | Float64Array | Uint8Array> {
  /** Elements of a row. */
  readonly width: number;
  readonly name: string;
  private readonly rowShape: readonly number[];

  constructor(
    private readonly info: ValueInfo,
    private readonly buffer: GrowableBuffer<T>,
  ) {
    this.name = info.name;
    this.rowShape = info.shape.slice(1).map((dimension) => {
      if (typeof dimension === 'number') return dimension;
      throw new GfnError(
        'ERR_MODEL_ENVIRONMENT',
        `model: expected fixed sizes after the first dimension of ${info.name}, got [${info.shape.join(', ')}]`,
      );
    });
    this.width = this.rowShape.reduce((product, size) => product * size, 1);
  }

  get data(): T {
    return this.buffer.data;
  }

  get bytesPerRow(): number {
    return this.width * this.buffer.data.BYTES_PER_ELEMENT;
  }

  reserve(rows: number): T {
    return this.buffer.reserve(rows * this.width);
  }

  /** Rows [first, last), in place. */
  slice(first: number, last: number): T {
    return this.buffer.data.subarray(first * this.width, last * this.width) as T;
  }

  /** Rows [first, last) as a tensor, in place. */
  tensor(first: number, last: number): Tensor {
    return { type: this.info.type, shape: [last - first, ...this.rowShape], data: this.slice(first, last) };
  }
}

export type AnyRowTensor = RowTensor<Float32Array> | RowTensor<Float64Array> | RowTensor<Uint8Array>;

/** Room for rows of a float32, int64 or bool value. */
export function rowTensor(info: ValueInfo): AnyRowTensor {
  switch (info.type) {
    case 'float32':
      return new RowTensor(info, float32Buffer());
    case 'int64':
      return new RowTensor(info, float64Buffer());
    case 'bool':
      return new RowTensor(info, uint8Buffer());
    default:
      throw new GfnError('ERR_OPERATOR', `model: expected ${info.name} to be float32, int64 or bool, got ${info.type}`);
  }
}

/** Room for rows of a float32 value of `width` elements a row. */
export function floatRowTensor(info: ValueInfo, width: number): RowTensor<Float32Array> {
  const tensor = new RowTensor(info, float32Buffer());
  if (info.type !== 'float32' || tensor.width !== width) {
    throw new GfnError(
      'ERR_MODEL_ENVIRONMENT',
      `model: expected ${info.name} to be float32 [rows, ${width}], got ${info.type} [${info.shape.join(', ')}]`,
    );
  }
  return tensor;
}
