import { intAttribute } from '../attributes.ts';
import type { ShapeContext, ShapeRule } from './shape-context.ts';

/** Axes of a reduction, ascending; all of them when none are given (none, with noop_with_empty_axes). */
function reducedAxes(context: ShapeContext): readonly number[] {
  const rank = context.input(0).shape.length;
  const axes = context.optional(1) === null ? [] : context.constants(1);
  if (axes.length > 0) return axes.map((axis) => context.axis(axis, rank)).sort((a, b) => a - b);
  return intAttribute(context.node, 'noop_with_empty_axes', 0) === 1 ? [] : Array.from({ length: rank }, (_, i) => i);
}

export const reduce: ShapeRule = (context) => {
  const { type, shape } = context.input(0);
  const axes = new Set(reducedAxes(context));
  if (intAttribute(context.node, 'keepdims', 1) === 1) {
    return [{ type, shape: shape.map((size, axis) => (axes.has(axis) ? 1 : size)) }];
  }
  return [{ type, shape: shape.filter((_, axis) => !axes.has(axis)) }];
};
