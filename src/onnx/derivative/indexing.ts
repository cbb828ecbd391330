import { intAttribute } from '../attributes.ts';
import type { Dimension } from '../graph.ts';
import { sliceRanges, type SliceRange } from '../shape/indexing.ts';
import { typeNumber } from '../tensor.ts';
import type { DerivativeContext, DerivativeRule } from './derivative-context.ts';

function resized(shape: readonly Dimension[], axis: number, size: Dimension): readonly Dimension[] {
  return shape.map((each, index) => (index === axis ? size : each));
}

/** A contiguous range: zeros before and after it. */
function padded(c: DerivativeContext, value: string, shape: readonly Dimension[], range: SliceRange, size: number) {
  const count = Number(range.count);
  const after = size - range.start - count;
  const parts = [
    ...(range.start > 0 ? [c.zeros(resized(shape, range.axis, range.start))] : []),
    ...(count > 0 ? [value] : []),
    ...(after > 0 ? [c.zeros(resized(shape, range.axis, after))] : []),
  ];
  return parts.length === 1 ? parts[0] : c.op('Concat', parts, { axis: range.axis });
}

/** A range with a step: each element of the input fetches the gradient of the one it became, or a zero put last. */
function scattered(c: DerivativeContext, value: string, shape: readonly Dimension[], range: SliceRange, size: number) {
  const count = Number(range.count);
  const source = new Array<number>(size).fill(count);
  for (let index = 0; index < count; index++) source[range.start + index * range.step] = index;
  const withZero = c.op('Concat', [value, c.zeros(resized(shape, range.axis, 1))], { axis: range.axis });
  return c.op('Gather', [withZero, c.vector(source)], { axis: range.axis });
}

export const slice: DerivativeRule = (c) => {
  const ranges = sliceRanges(c.inputShape(0), c.integers(1), c.integers(2), c.integers(3), c.integers(4), (reason) =>
    c.fail(reason),
  );
  let value = c.gradient;
  let shape = c.outputShape();
  for (const range of ranges) {
    const size = c.inputShape(0)[range.axis];
    if (typeof size !== 'number' || (range.count === size && range.step > 0)) continue;
    value = range.step === 1 ? padded(c, value, shape, range, size) : scattered(c, value, shape, range, size);
    shape = resized(shape, range.axis, size);
  }
  return [value];
};

/** Axis order that brings `count` axes from `axis` on to the front. */
function axesToFront(rank: number, axis: number, count: number): number[] {
  const axes = Array.from({ length: rank }, (_, index) => index);
  return [...axes.splice(axis, count), ...axes];
}

/** The gradients of all places that took an element are added up in it (ScatterND), with the gathered axis in front. */
export const gather: DerivativeRule = (c) => {
  const shape = c.inputShape(0);
  const indexRank = c.inputShape(1).length;
  const given = intAttribute(c.node, 'axis', 0);
  const axis = given < 0 ? given + shape.length : given;
  const wide = c.inputType(1) === 'int64' ? c.input(1) : c.op('Cast', [c.input(1)], { to: typeNumber('int64') });
  const indices = c.op('Unsqueeze', [wide, c.vector([-1])]);
  const front = axesToFront(shape.length, axis, 1);
  const updates =
    axis === 0
      ? c.gradient
      : c.op('Transpose', [c.gradient], { perm: axesToFront(c.outputShape().length, axis, indexRank) });
  const zeros = c.zeros(front.map((each) => shape[each]));
  const sum = c.op('ScatterND', [zeros, indices, updates], { reduction: 'add' });
  const back = front.map((_, each) => front.indexOf(each));
  return [axis === 0 ? sum : c.op('Transpose', [sum], { perm: back }), null];
};

export const gatherElements: DerivativeRule = (c) => {
  const zeros = c.zeros(c.inputShape(0));
  const axis = intAttribute(c.node, 'axis', 0);
  return [c.op('ScatterElements', [zeros, c.input(1), c.gradient], { axis, reduction: 'add' }), null];
};
