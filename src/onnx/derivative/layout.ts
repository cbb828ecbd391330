import { intAttribute, intsAttribute } from '../attributes.ts';
import { isFixed } from '../shape/dimensions.ts';
import type { DerivativeRule } from './derivative-context.ts';

/** Reshape, Squeeze and Unsqueeze: the gradient takes the input's shape. */
export const view: DerivativeRule = (c) => [c.reshape(c.gradient, c.inputShape(0))];

export const transpose: DerivativeRule = (c) => {
  const perm = intsAttribute(c.node, 'perm');
  if (perm === null) return [c.op('Transpose', [c.gradient])];
  const inverse = perm.map((_, axis) => perm.indexOf(axis));
  return [c.op('Transpose', [c.gradient], { perm: inverse })];
};

export const expand: DerivativeRule = (c) => [c.reduced(c.gradient, 0)];

export const concat: DerivativeRule = (c) => {
  const axis = intAttribute(c.node, 'axis');
  const count = c.node.inputs.length;
  if (count === 1) return [c.gradient];
  const rank = c.outputShape().length;
  const sizes = c.node.inputs.map((_, index) => c.inputShape(index)[axis < 0 ? axis + rank : axis]);
  if (!isFixed(sizes)) return c.fail('rows are joined along their own axis');
  return c.ops('Split', [c.gradient, c.vector(sizes)], count, { axis });
};

export const split: DerivativeRule = (c) => {
  const parts = c.gradients.map((gradient, index) => gradient ?? c.zeros(c.outputShape(index)));
  return [parts.length === 1 ? parts[0] : c.op('Concat', parts, { axis: intAttribute(c.node, 'axis', 0) })];
};
