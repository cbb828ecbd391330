import { floatAttribute, intAttribute } from '../attributes.ts';
import type { Dimension } from '../graph.ts';
import { broadcastShapes } from '../shape/dimensions.ts';
import { ShapeContext } from '../shape/shape-context.ts';
import type { DerivativeContext, DerivativeRule } from './derivative-context.ts';

/** y = α A' B' + β C, where A' and B' are A and B, transposed where their flag says so. */
export const gemm: DerivativeRule = (c) => {
  const transA = intAttribute(c.node, 'transA', 0);
  const transB = intAttribute(c.node, 'transB', 0);
  const alpha = floatAttribute(c.node, 'alpha', 1);
  const beta = floatAttribute(c.node, 'beta', 1);
  const product = (a: string, b: string, left: number, right: number) =>
    c.op('Gemm', [a, b], {
      ...(left === 1 ? { transA: 1 } : {}),
      ...(right === 1 ? { transB: 1 } : {}),
      ...(alpha === 1 ? {} : { alpha: { float: alpha } }),
    });
  const [a, b] = c.node.inputs;
  const ofA = transA === 0 ? product(c.gradient, b, 0, 1 - transB) : product(b, c.gradient, transB, 1);
  const ofB = transB === 0 ? product(a, c.gradient, 1 - transA, 0) : product(c.gradient, a, 1, transA);
  if (!c.hasInput(2)) return [ofA, ofB];
  const sum = c.reduced(c.gradient, 2);
  return [ofA, ofB, beta === 1 ? sum : c.op('Mul', [sum, c.scalar(beta)])];
};

function transposed(c: DerivativeContext, value: string, rank: number): string {
  const perm = Array.from({ length: rank }, (_, axis) => axis);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return c.op('Transpose', [value], { perm });
}

/** [..., M, K] · [K, N]: the gradient of the shared matrix is one product over all leading dimensions. */
function sharedMatrixGradient(c: DerivativeContext, a: string, shapeA: readonly Dimension[], g: string): string {
  if (shapeA.length === 2) return c.op('Gemm', [a, g], { transA: 1 });
  const [inner, columns] = c.inputShape(1);
  const flatten = (value: string, width: Dimension) => {
    if (typeof width !== 'number') return c.fail(`width ${width} is not fixed`);
    return c.op('Reshape', [value, c.vector([-1, width])]);
  };
  return c.op('Gemm', [flatten(a, inner), flatten(g, columns)], { transA: 1 });
}

/** dA = g Bᵀ and dB = Aᵀ g, summed over the batch dimensions that were broadcast; vectors are taken as matrices. */
export const matMul: DerivativeRule = (c) => {
  const [shapeA, shapeB] = [c.inputShape(0), c.inputShape(1)];
  const matrixA = shapeA.length === 1 ? [1, ...shapeA] : shapeA;
  const matrixB = shapeB.length === 1 ? [...shapeB, 1] : shapeB;
  const asMatrix = (value: string, from: readonly Dimension[], to: readonly Dimension[]) =>
    from.length === to.length ? value : c.reshape(value, to);
  const batch = broadcastShapes(new ShapeContext(c.node, []), [matrixA.slice(0, -2), matrixB.slice(0, -2)]);
  const [rows, inner, columns] = [matrixA[matrixA.length - 2], matrixB[matrixB.length - 2], matrixB.at(-1) ?? 1];
  const a = asMatrix(c.input(0), shapeA, matrixA);
  const b = asMatrix(c.input(1), shapeB, matrixB);
  const g = asMatrix(c.gradient, c.outputShape(), [...batch, rows, columns]);

  const ofA =
    batch.length === 0
      ? c.op('Gemm', [g, b], { transB: 1 })
      : c.reduceTo(c.op('MatMul', [g, transposed(c, b, matrixB.length)]), [...batch, rows, inner], matrixA);
  const ofB =
    shapeB.length === 2
      ? sharedMatrixGradient(c, a, matrixA, g)
      : c.reduceTo(c.op('MatMul', [transposed(c, a, matrixA.length), g]), [...batch, inner, columns], matrixB);
  return [asMatrixBack(c, ofA, matrixA, shapeA), asMatrixBack(c, ofB, matrixB, shapeB)];
};

function asMatrixBack(
  c: DerivativeContext,
  value: string,
  from: readonly Dimension[],
  to: readonly Dimension[],
): string {
  return from.length === to.length ? value : c.reshape(value, to);
}
