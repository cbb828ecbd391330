import { intAttribute } from '../attributes.ts';
import type { Dimension } from '../graph.ts';
import { broadcastShapes, formatShape, sameShape } from './dimensions.ts';
import type { ShapeContext, ShapeRule } from './shape-context.ts';

function requireInner(context: ShapeContext, a: Dimension, b: Dimension): void {
  if (a === b) return;
  const shapes = [0, 1].map((index) => formatShape(context.input(index).shape)).join(' and ');
  context.fail(`inner dimensions of ${shapes} differ`);
}

/** α A' B' + β C with A' [M, K], B' [K, N] and C that broadcasts to [M, N]. */
export const gemm: ShapeRule = (context) => {
  const a = context.input(0);
  const b = context.input(1);
  if (a.shape.length !== 2 || b.shape.length !== 2) context.fail('expected two matrices');
  const [rows, inner] = intAttribute(context.node, 'transA', 0) === 0 ? a.shape : [a.shape[1], a.shape[0]];
  const [inner2, columns] = intAttribute(context.node, 'transB', 0) === 0 ? b.shape : [b.shape[1], b.shape[0]];
  requireInner(context, inner, inner2);
  const shape = [rows, columns];
  const c = context.optional(2);
  if (c !== null && !sameShape(broadcastShapes(context, [shape, c.shape]), shape)) {
    context.fail(`C of shape ${formatShape(c.shape)} does not broadcast to ${formatShape(shape)}`);
  }
  return [{ type: a.type, shape }];
};

/** As numpy.matmul: a vector on the left is a row, one on the right a column, and that dimension is then removed. */
export const matMul: ShapeRule = (context) => {
  const { type, shape: a } = context.input(0);
  const { shape: b } = context.input(1);
  if (a.length === 0 || b.length === 0) context.fail('expected no scalars');
  requireInner(context, a[a.length - 1], b.length === 1 ? b[0] : b[b.length - 2]);
  const batch = broadcastShapes(context, [a.slice(0, -2), b.slice(0, -2)]);
  const rows = a.length === 1 ? [] : [a[a.length - 2]];
  const columns = b.length === 1 ? [] : [b[b.length - 1]];
  return [{ type, shape: [...batch, ...rows, ...columns] }];
};
