import { intAttribute } from '../attributes.ts';
import type { Dimension } from '../graph.ts';
import { formatShape } from './dimensions.ts';
import type { ShapeContext, ShapeRule } from './shape-context.ts';

/** Which indices of an axis a Slice takes, in order: start, start + step, … (count of them). */
export interface SliceRange {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  /** Number of elements taken; the name of the axis' size when all of an axis of unknown size is taken. */
  readonly count: Dimension;
}

/** Ranges from the elements of the inputs of Slice; `axes` and `steps` empty when absent. */
export function sliceRanges(
  shape: readonly Dimension[],
  starts: readonly number[],
  ends: readonly number[],
  axes: readonly number[],
  steps: readonly number[],
  fail: (reason: string) => never,
): readonly SliceRange[] {
  if ([ends, axes, steps].some((list) => list.length !== starts.length && (list === ends || list.length > 0))) {
    return fail('expected as many ends, axes and steps as starts');
  }
  return starts.map((first, place) => {
    const axis = axes.length > 0 ? (axes[place] + shape.length) % shape.length : place;
    const size = axis >= 0 && axis < shape.length ? shape[axis] : fail(`there is no axis ${axes[place] ?? place}`);
    const step = steps.length > 0 ? steps[place] : 1;
    if (step === 0) return fail('steps: expected none of 0');
    if (typeof size !== 'number') {
      if (first === 0 && step === 1 && ends[place] >= 2 ** 31 - 1) return { axis, start: 0, step, count: size };
      return fail(`axis ${axis} of ${formatShape(shape)} has no fixed size and cannot be sliced`);
    }
    const clamp = (index: number, low: number, high: number) =>
      Math.min(Math.max(index < 0 ? index + size : index, low), high);
    const start = step > 0 ? clamp(first, 0, size) : clamp(first, 0, size - 1);
    const end = step > 0 ? clamp(ends[place], 0, size) : clamp(ends[place], -1, size - 1);
    return { axis, start, step, count: Math.max(0, Math.ceil((end - start) / step)) };
  });
}

export const slice: ShapeRule = (context) => {
  const { type, shape, integers } = context.input(0);
  const optional = (index: number) => (context.optional(index) === null ? [] : context.constants(index));
  const ranges = sliceRanges(shape, context.constants(1), context.constants(2), optional(3), optional(4), (reason) =>
    context.fail(reason),
  );
  const result = [...shape];
  for (const range of ranges) result[range.axis] = range.count;
  if (integers !== undefined && ranges.length === 1 && typeof ranges[0].count === 'number') {
    const { start, step, count } = ranges[0];
    return [{ type, shape: result, integers: Array.from({ length: count }, (_, i) => integers[start + i * step]) }];
  }
  return [{ type, shape: result }];
};

function gatheredIntegers(context: ShapeContext): readonly Dimension[] | null {
  const { integers } = context.input(0);
  const indices = context.input(1).integers;
  if (integers === undefined || indices === undefined) return null;
  return indices.map((index) => {
    const value = typeof index === 'number' ? integers.at(index) : undefined;
    return value ?? context.fail(`index ${index} is outside ${formatShape(integers)}`);
  });
}

export const gather: ShapeRule = (context) => {
  const { type, shape } = context.input(0);
  const axis = context.axis(intAttribute(context.node, 'axis', 0), shape.length);
  const result = [...shape.slice(0, axis), ...context.input(1).shape, ...shape.slice(axis + 1)];
  const integers = result.length <= 1 ? gatheredIntegers(context) : null;
  return [integers === null ? { type, shape: result } : { type, shape: result, integers }];
};

export const gatherElements: ShapeRule = (context) => [{ type: context.input(0).type, shape: context.input(1).shape }];

/** ScatterElements and ScatterND: the shape of the data. */
export const scatter: ShapeRule = (context) => [{ type: context.input(0).type, shape: context.input(0).shape }];
