import type { MessageInitShape } from '@bufbuild/protobuf';
import { TensorProto_DataLocation as DataLocation, type TensorProto, type TensorProtoSchema } from 'onnx-buf';
import { GfnError } from '../error.ts';
import type { Tensor, TensorData, TensorType } from './graph.ts';
import { elementBytes, elementCount, typeNumber, typeOfNumber } from './tensor.ts';

/** A tensor with its elements as little-endian bytes. */
export function encodeTensor(value: Tensor, name = ''): MessageInitShape<typeof TensorProtoSchema> {
  const { buffer, byteOffset, byteLength } = value.data;
  return {
    name,
    dims: value.shape.map(BigInt),
    dataType: typeNumber(value.type),
    rawData: new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer),
  };
}

function fromBytes(type: TensorType, bytes: Uint8Array): TensorData {
  // Copied: views on the file's bytes need not be aligned.
  const { buffer } = Uint8Array.from(bytes);
  switch (type) {
    case 'float32':
      return new Float32Array(buffer);
    case 'float64':
      return new Float64Array(buffer);
    case 'int64':
      return new BigInt64Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'bool':
      return new Uint8Array(buffer);
  }
}

function fromFields(type: TensorType, proto: TensorProto): TensorData {
  switch (type) {
    case 'float32':
      return Float32Array.from(proto.floatData);
    case 'float64':
      return Float64Array.from(proto.doubleData);
    case 'int64':
      return BigInt64Array.from(proto.int64Data);
    case 'int32':
      return Int32Array.from(proto.int32Data);
    case 'bool':
      return Uint8Array.from(proto.int32Data);
  }
}

/**
 * A tensor from raw bytes or typed fields. `owner` names it in messages. Throws ERR_OPERATOR for an element type that
 * is not supported, ERR_MODEL_FILE when data and shape do not fit or the data is in another file.
 */
export function decodeTensor(proto: TensorProto, owner: string): Tensor {
  const type = typeOfNumber(proto.dataType, owner);
  const shape = proto.dims.map(Number);
  const fail = (reason: string): never => {
    throw new GfnError('ERR_MODEL_FILE', `${owner}: ${reason}`);
  };
  if (proto.dataLocation === DataLocation.EXTERNAL) fail('its data is in another file; save the model as one file');
  const count = elementCount(shape);
  const raw = proto.rawData;
  if (raw.length > 0 && raw.length !== count * elementBytes(type)) {
    fail(`expected ${count * elementBytes(type)} bytes for [${shape.join(', ')}] of ${type}, got ${raw.length}`);
  }
  const data = raw.length > 0 ? fromBytes(type, raw) : fromFields(type, proto);
  if (data.length !== count) fail(`expected ${count} elements for [${shape.join(', ')}], got ${data.length}`);
  return { type, shape, data };
}
