import type { Operator } from './node-context.ts';
import { copyShape, type ElementType } from './slot.ts';
import { copyRun } from './strided-loop.ts';

/** Numbers of the ONNX enumeration TensorProto.DataType. */
const CAST_TARGETS = new Map<number, ElementType>([
  [1, 'float32'],
  [7, 'int64'],
  [9, 'bool'],
]);

/** Floats are cut towards zero; any number but 0 is true. */
export const cast: Operator = (context) => {
  const code = context.integerAttribute('to', 0);
  context.attribute('saturate'); // concerns 8-bit floats only
  const type = CAST_TARGETS.get(code);
  if (type === undefined) {
    throw context.unsupported(`attribute to: expected 1 (float32), 7 (int64) or 9 (bool), got ${code}`);
  }
  const x = context.input(0);
  const y = context.output(0, type);
  return () => {
    copyShape(y.shape, x.shape);
    if (x.type === type) {
      y.alias(x);
      return;
    }
    y.allocate();
    if (type === 'float32') copyRun(x.data, 0, 1, y.data, 0, 1, y.size);
    else if (type === 'bool') for (let i = 0; i < y.size; i++) y.data[i] = Number(x.data[i] !== 0);
    else {
      for (let i = 0; i < y.size; i++) {
        const value = Math.trunc(x.data[i]);
        if (!Number.isSafeInteger(value)) throw context.failure(`expected integers of at most 53 bits, got ${value}`);
        y.data[i] = value;
      }
    }
  };
};
