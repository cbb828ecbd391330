import { resolveAxis } from './axis.ts';
import type { NodeContext, Operator } from './node-context.ts';
import { copyShape, type ElementArray, type Slot } from './slot.ts';
import { StridedLoop } from './strided-loop.ts';

/** Folds a run of x into the accumulators it belongs to: one (stride 0), or one each. */
type Accumulate = (
  x: ElementArray,
  xOffset: number,
  xStride: number,
  accumulator: Float64Array,
  offset: number,
  stride: number,
  n: number,
) => void;

const accumulateSum: Accumulate = (x, xi, xs, accumulator, offset, stride, n) => {
  if (stride === 0) {
    let sum = accumulator[offset];
    for (let i = 0; i < n; i++, xi += xs) sum += x[xi];
    accumulator[offset] = sum;
  } else {
    for (let i = 0; i < n; i++, xi += xs, offset += stride) accumulator[offset] += x[xi];
  }
};

const accumulateMaximum: Accumulate = (x, xi, xs, accumulator, offset, stride, n) => {
  for (let i = 0; i < n; i++, xi += xs, offset += stride) accumulator[offset] = Math.max(accumulator[offset], x[xi]);
};

/**
 * Axes are an input or, in earlier opsets, an attribute; none means all of them. Accumulators are doubles: sums over
 * thousands of rows must agree with other orders of summation.
 */
function reduction(accumulate: Accumulate, initial: number, mean: boolean): Operator {
  return (context) => {
    const x = context.input(0);
    if (x.type === 'bool' || (mean && x.type !== 'float32')) {
      throw context.unsupported(`input 0 ("${x.name}"): element type ${x.type} is not supported`);
    }
    const y = context.output(0, x.type);
    const keepAxes = context.integerAttribute('keepdims', 1) !== 0;
    const idle = context.integerAttribute('noop_with_empty_axes', 0) !== 0;
    const axesAttribute = context.integersAttribute('axes');
    const axesInput = context.hasInput(1) ? context.integer(1) : null;
    const reduced: boolean[] = [];
    const strided = new StridedLoop(2);
    let accumulators = new Float64Array(0);
    return () => {
      const listed = markAxes(context, reduced, x.shape.length, axesAttribute, axesInput);
      if (!listed && idle) {
        copyShape(y.shape, x.shape);
        y.alias(x);
        return;
      }
      if (!listed) reduced.fill(true);

      copyShape(y.shape, x.shape);
      let terms = 1;
      for (let axis = 0; axis < reduced.length; axis++) {
        if (!reduced[axis]) continue;
        terms *= x.shape[axis];
        y.shape[axis] = 1;
      }
      strided.begin(x.shape);
      strided.broadcast(0, x.shape);
      strided.broadcast(1, y.shape);
      strided.start();
      if (!keepAxes) dropAxes(y.shape, reduced);
      y.allocate();

      const { size } = y;
      if (accumulators.length < size) accumulators = new Float64Array(size);
      accumulators.fill(initial, 0, size);
      const { offset, stride } = strided;
      while (strided.next()) {
        accumulate(x.data, offset[0], stride[0], accumulators, offset[1], stride[1], strided.length);
      }
      for (let i = 0; i < size; i++) y.data[i] = mean ? accumulators[i] / terms : accumulators[i];
    };
  };
}

/** Sets reduced[axis]; false when no axis is listed. */
function markAxes(
  context: NodeContext,
  reduced: boolean[],
  rank: number,
  attribute: readonly number[] | null,
  input: Slot<Float64Array> | null,
): boolean {
  reduced.length = rank;
  reduced.fill(false);
  const axes = attribute ?? input?.data ?? [];
  const count = attribute?.length ?? input?.size ?? 0;
  for (let i = 0; i < count; i++) reduced[resolveAxis(context, axes[i], rank)] = true;
  return count > 0;
}

function dropAxes(shape: number[], dropped: readonly boolean[]): void {
  let rank = 0;
  for (let axis = 0; axis < dropped.length; axis++) if (!dropped[axis]) shape[rank++] = shape[axis];
  shape.length = rank;
}

export const reduceSum = reduction(accumulateSum, 0, false);
export const reduceMean = reduction(accumulateSum, 0, true);
export const reduceMax = reduction(accumulateMaximum, -Infinity, false);
