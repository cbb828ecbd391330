import { extent } from './axis.ts';
import { multiplyAdd, type Matrix } from './matrix-product.ts';
import type { NodeContext, Operator } from './node-context.ts';
import { copyShape, elements } from './slot.ts';
import { broadcastShape, StridedLoop } from './strided-loop.ts';

function matrix(): Matrix {
  return { data: new Float32Array(0), offset: 0, rowStride: 0, columnStride: 1 };
}

/** y = alpha · A' · B' + beta · C, with C broadcast to [m, n]. */
export const gemm: Operator = (context: NodeContext) => {
  const transposeA = context.integerAttribute('transA', 0) !== 0;
  const transposeB = context.integerAttribute('transB', 0) !== 0;
  const alpha = context.floatAttribute('alpha', 1);
  const beta = context.floatAttribute('beta', 1);
  const a = context.float(0);
  const b = context.float(1);
  const bias = context.hasInput(2) ? context.float(2) : null;
  const y = context.floatOutput(0);
  const left = matrix();
  const right = matrix();
  const loop = new StridedLoop(2);
  return () => {
    if (a.shape.length !== 2 || b.shape.length !== 2) {
      throw context.failure(`expected two matrices, got shapes [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`);
    }
    const m = a.shape[transposeA ? 1 : 0];
    const k = a.shape[transposeA ? 0 : 1];
    const n = b.shape[transposeB ? 0 : 1];
    if (b.shape[transposeB ? 1 : 0] !== k) {
      throw context.failure(`shapes [${a.shape.join(', ')}] and [${b.shape.join(', ')}] do not multiply`);
    }
    y.shape.length = 0;
    y.shape.push(m, n);
    y.allocate();
    if (bias === null || beta === 0) y.data.fill(0, 0, y.size);
    else {
      if (!broadcastShape(y.shape, bias.shape) || elements(y.shape) !== y.size) {
        throw context.failure(`bias of shape [${bias.shape.join(', ')}] does not broadcast to [${m}, ${n}]`);
      }
      loop.begin(y.shape);
      loop.broadcast(0, bias.shape);
      loop.broadcast(1, y.shape);
      loop.start();
      const { offset, stride } = loop;
      while (loop.next()) scaleRun(beta, bias.data, offset[0], stride[0], y.data, offset[1], loop.length);
    }
    left.data = a.data;
    left.rowStride = transposeA ? 1 : k;
    left.columnStride = transposeA ? m : 1;
    right.data = b.data;
    right.rowStride = transposeB ? 1 : n;
    right.columnStride = transposeB ? k : 1;
    multiplyAdd(m, n, k, alpha, left, right, y.data, 0);
  };
};

function scaleRun(
  scale: number,
  source: Float32Array,
  from: number,
  stride: number,
  target: Float32Array,
  to: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) {
    target[to + i] = scale * source[from];
    from += stride;
  }
}

/** numpy's matmul: the last two axes multiply, those before them broadcast; a vector is a row or a column. */
export const matMul: Operator = (context) => {
  const a = context.float(0);
  const b = context.float(1);
  const y = context.floatOutput(0);
  const left = matrix();
  const right = matrix();
  const aBatch: number[] = [];
  const bBatch: number[] = [];
  const loop = new StridedLoop(3);
  return () => {
    const aRank = a.shape.length;
    const bRank = b.shape.length;
    if (aRank === 0 || bRank === 0) throw context.failure('expected vectors or matrices, got a scalar');
    const k = a.shape[aRank - 1];
    const n = bRank === 1 ? 1 : b.shape[bRank - 1];
    if (b.shape[bRank === 1 ? 0 : bRank - 2] !== k) throw mismatch(context, a.shape, b.shape);
    // One right matrix for all: the batch axes of A are further rows.
    const shared = bRank <= 2;
    const m = shared ? extent(a.shape, 0, aRank - 1) : aRank === 1 ? 1 : a.shape[aRank - 2];

    batchShape(aBatch, a.shape);
    batchShape(bBatch, b.shape);
    copyShape(y.shape, aBatch);
    if (!broadcastShape(y.shape, bBatch)) throw mismatch(context, a.shape, b.shape);
    if (shared) loop.begin([]);
    else {
      loop.begin(y.shape);
      loop.broadcast(0, aBatch);
      loop.broadcast(1, bBatch);
      loop.broadcast(2, y.shape);
    }
    loop.start();
    if (aRank > 1) y.shape.push(a.shape[aRank - 2]);
    if (bRank > 1) y.shape.push(n);
    y.allocate();
    y.data.fill(0, 0, y.size);

    left.data = a.data;
    left.rowStride = k;
    right.data = b.data;
    right.rowStride = n;
    const { offset, stride } = loop;
    while (loop.next()) {
      for (let batch = 0; batch < loop.length; batch++) {
        left.offset = (offset[0] + batch * stride[0]) * m * k;
        right.offset = (offset[1] + batch * stride[1]) * k * n;
        multiplyAdd(m, n, k, 1, left, right, y.data, (offset[2] + batch * stride[2]) * m * n);
      }
    }
  };
};

/** The axes before the last two. */
function batchShape(target: number[], shape: readonly number[]): void {
  target.length = Math.max(shape.length - 2, 0);
  for (let axis = 0; axis < target.length; axis++) target[axis] = shape[axis];
}

function mismatch(context: NodeContext, a: readonly number[], b: readonly number[]): Error {
  return context.failure(`shapes [${a.join(', ')}] and [${b.join(', ')}] do not multiply`);
}
