import { intAttribute, intsAttribute } from '../attributes.ts';
import type { Dimension, Tensor } from '../graph.ts';
import { tensorNumbers } from '../tensor.ts';
import { broadcastShapes, formatShape, quotient } from './dimensions.ts';
import type { InferredValue, ShapeContext, ShapeRule } from './shape-context.ts';

/** Integer tensors above this size are not shapes, axes or the like: their elements are not followed. */
const LARGEST_KNOWN = 1024;

/** What is known of a constant. */
export function constantValue(value: Tensor): InferredValue {
  const { type, shape } = value;
  const followed = (type === 'int64' || type === 'int32') && shape.length <= 1 && value.data.length <= LARGEST_KNOWN;
  return followed ? { type, shape, integers: tensorNumbers(value) } : { type, shape };
}

/** `node.attributes.value`; readers turn the other forms of Constant into this one. */
export function constantTensor(context: ShapeContext): Tensor {
  const { value } = context.node.attributes;
  if (typeof value === 'object' && 'data' in value) return value;
  return context.fail('attribute value: expected a tensor');
}

export const constant: ShapeRule = (context) => [constantValue(constantTensor(context))];

export const constantOfShape: ShapeRule = (context) => {
  const { value } = context.node.attributes as { value?: Tensor };
  return [{ type: value?.type ?? 'float32', shape: context.integers(0) }];
};

/** A view of the same elements: integers stay known. */
function view(input: InferredValue, shape: readonly Dimension[]): readonly InferredValue[] {
  const { type, integers } = input;
  return [integers !== undefined && shape.length <= 1 ? { type, shape, integers } : { type, shape }];
}

export const reshape: ShapeRule = (context) => {
  const input = context.input(0);
  const allowZero = intAttribute(context.node, 'allowzero', 0) === 1;
  const target = context.integers(1).map((size, axis) => {
    if (size !== 0 || allowZero) return size;
    return axis < input.shape.length ? input.shape[axis] : context.fail(`there is no axis ${axis} to keep`);
  });
  const open = target.indexOf(-1);
  const rest = target.filter((_, axis) => axis !== open);
  const ratio = quotient(input.shape, rest);
  if (ratio === null || (open < 0 && ratio !== 1 && ratio !== 0)) {
    return context.fail(`${formatShape(input.shape)} cannot take the shape ${formatShape(target)}`);
  }
  return view(
    input,
    target.map((size, axis) => (axis === open ? ratio : size)),
  );
};

export const transpose: ShapeRule = (context) => {
  const { type, shape } = context.input(0);
  const order = intsAttribute(context.node, 'perm') ?? shape.map((_, axis) => shape.length - 1 - axis);
  if (order.length !== shape.length || shape.some((_, axis) => !order.includes(axis))) {
    context.fail(`perm: expected each of ${shape.length} axes once, got ${order.join(', ')}`);
  }
  return [{ type, shape: order.map((axis) => shape[axis]) }];
};

export const squeeze: ShapeRule = (context) => {
  const input = context.input(0);
  const rank = input.shape.length;
  const ones = input.shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
  const given = context.optional(1) === null ? ones : context.constants(1).map((axis) => context.axis(axis, rank));
  if (given.some((axis) => input.shape[axis] !== 1)) {
    context.fail(`axes ${given.join(', ')} of ${formatShape(input.shape)} are not all of size 1`);
  }
  return view(
    input,
    input.shape.filter((_, axis) => !given.includes(axis)),
  );
};

export const unsqueeze: ShapeRule = (context) => {
  const input = context.input(0);
  const rank = input.shape.length + context.constants(1).length;
  const axes = context.constants(1).map((axis) => context.axis(axis, rank));
  if (new Set(axes).size !== axes.length) context.fail(`axes: expected each once, got ${axes.join(', ')}`);
  const sizes = [...input.shape];
  const shape = Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (sizes.shift() ?? 1)));
  return view(input, shape);
};

function sum(context: ShapeContext, sizes: readonly Dimension[]): Dimension {
  if (sizes.length === 1) return sizes[0];
  const numbers = sizes.filter((size) => typeof size === 'number');
  return numbers.length === sizes.length ? numbers.reduce((all, size) => all + size, 0) : `${context.node.name}_size`;
}

export const concat: ShapeRule = (context) => {
  const parts = context.inputs.map((_, index) => context.input(index));
  const { type, shape } = parts[0];
  const axis = context.axis(intAttribute(context.node, 'axis'), shape.length);
  for (const part of parts) {
    if (part.shape.length !== shape.length || part.shape.some((size, i) => i !== axis && size !== shape[i])) {
      context.fail(`shapes ${parts.map((each) => formatShape(each.shape)).join(', ')} differ beside axis ${axis}`);
    }
  }
  const size = sum(
    context,
    parts.map((part) => part.shape[axis]),
  );
  const joined = shape.map((each, index) => (index === axis ? size : each));
  if (parts.every((part) => part.integers !== undefined)) {
    return [{ type, shape: joined, integers: parts.flatMap((part) => part.integers ?? []) }];
  }
  return [{ type, shape: joined }];
};

/** Sizes of the parts of Split: given, or equal with a smaller last one. */
function partSizes(context: ShapeContext, size: Dimension): readonly number[] {
  if (context.optional(1) !== null) return context.constants(1);
  const parts = intAttribute(context.node, 'num_outputs');
  if (typeof size !== 'number') return context.fail(`axis of size ${size} cannot be split`);
  if (parts !== context.node.outputs.length) context.fail(`num_outputs: expected the number of outputs, got ${parts}`);
  const most = Math.ceil(size / parts);
  return Array.from({ length: parts }, (_, index) => Math.min(most, size - index * most));
}

export const split: ShapeRule = (context) => {
  const { type, shape } = context.input(0);
  const axis = context.axis(intAttribute(context.node, 'axis', 0), shape.length);
  const sizes = partSizes(context, shape[axis]);
  const total = sizes.reduce((all, size) => all + size, 0);
  if (sizes.length !== context.node.outputs.length || total !== shape[axis]) {
    context.fail(`parts ${sizes.join(', ')} do not make up axis ${axis} of ${formatShape(shape)}`);
  }
  return sizes.map((size) => ({ type, shape: shape.map((each, index) => (index === axis ? size : each)) }));
};

export const expand: ShapeRule = (context) => {
  const { type, shape } = context.input(0);
  return [{ type, shape: broadcastShapes(context, [shape, context.integers(1)]) }];
};

export const shapeOf: ShapeRule = (context) => {
  const { shape } = context.input(0);
  const start = intAttribute(context.node, 'start', 0);
  const integers = shape.slice(start, intAttribute(context.node, 'end', shape.length));
  return [{ type: 'int64', shape: [integers.length], integers }];
};
