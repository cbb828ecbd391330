import { intAttribute } from '../attributes.ts';
import type { Dimension } from '../graph.ts';
import { elementCount } from '../tensor.ts';
import { isFixed, sameShape } from '../shape/dimensions.ts';
import type { DerivativeContext, DerivativeRule } from './derivative-context.ts';

/** Input shape with the reduced axes of size 1; null if the node reduces nothing. */
function keptShape(c: DerivativeContext): readonly Dimension[] | null {
  const shape = c.inputShape(0);
  const axes = c.integers(1).map((axis) => (axis < 0 ? axis + shape.length : axis));
  if (axes.length > 0) return shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return intAttribute(c.node, 'noop_with_empty_axes', 0) === 1 ? null : shape.map(() => 1);
}

/** Repeats a gradient of the reduced shape along the reduced axes; Expand leaves the others (1 here) as they are. */
function repeated(c: DerivativeContext, gradient: string, kept: readonly Dimension[]): string {
  const shape = c.inputShape(0);
  if (sameShape(shape, kept)) return sameShape(c.outputShape(), kept) ? gradient : c.reshape(gradient, kept);
  const whole = sameShape(c.outputShape(), kept) ? gradient : c.reshape(gradient, kept);
  const sizes = shape.map((size, axis) => (kept[axis] === size ? 1 : size));
  return c.op('Expand', [whole, c.shapeVector(sizes)]);
}

export const reduceSum: DerivativeRule = (c) => {
  const kept = keptShape(c);
  return [kept === null ? c.gradient : repeated(c, c.gradient, kept)];
};

export const reduceMean: DerivativeRule = (c) => {
  const kept = keptShape(c);
  if (kept === null) return [c.gradient];
  const sizes = c.inputShape(0).filter((size, axis) => kept[axis] !== size);
  if (!isFixed(sizes)) return c.fail('the mean over rows is not a function of each row');
  return [repeated(c, c.op('Mul', [c.gradient, c.scalar(1 / elementCount(sizes))]), kept)];
};
