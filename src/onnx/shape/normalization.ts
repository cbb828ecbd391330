import { intAttribute } from '../attributes.ts';
import type { ShapeRule } from './shape-context.ts';

/** Softmax and LogSoftmax along one axis. */
export const softmax: ShapeRule = (context) => {
  const { type, shape } = context.input(0);
  context.axis(intAttribute(context.node, 'axis', -1), shape.length);
  return [{ type, shape }];
};

/** Outputs Y and, where asked for, mean and inverse standard deviation (normalized axes of size 1). */
export const layerNormalization: ShapeRule = (context) => {
  const { type, shape } = context.input(0);
  const axis = context.axis(intAttribute(context.node, 'axis', -1), shape.length);
  const statistic = { type, shape: shape.map((size, index) => (index < axis ? size : 1)) };
  return [{ type, shape }, statistic, statistic].slice(0, context.node.outputs.length);
};
