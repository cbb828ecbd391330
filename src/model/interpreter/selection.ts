import { extent, resolveAxis } from './axis.ts';
import type { Operator } from './node-context.ts';
import { copyShape, type Slot } from './slot.ts';
import { broadcastShape, copyRun, StridedLoop } from './strided-loop.ts';

export const concat: Operator = (context) => {
  const axisAttribute = context.integerAttribute('axis', 0);
  const { type } = context.input(0);
  const inputs = context.node.inputs.map((_, index) => context.input(index));
  for (const input of inputs) {
    if (input.type !== type) throw context.unsupported(`expected inputs of one type, got ${type} and ${input.type}`);
  }
  const y = context.output(0, type);
  return () => {
    const [first] = inputs;
    const rank = first.shape.length;
    const axis = resolveAxis(context, axisAttribute, rank);
    let total = 0;
    for (const { shape } of inputs) {
      for (let other = 0; other < Math.max(rank, shape.length); other++) {
        if (other !== axis && shape[other] !== first.shape[other]) {
          throw context.failure(
            `shapes [${first.shape.join(', ')}] and [${shape.join(', ')}] do not join along axis ${axis}`,
          );
        }
      }
      total += shape[axis];
    }
    copyShape(y.shape, first.shape);
    y.shape[axis] = total;
    y.allocate();
    const outer = extent(y.shape, 0, axis);
    const inner = extent(y.shape, axis + 1, rank);
    let to = 0;
    for (const { data, shape } of inputs) {
      const run = shape[axis] * inner;
      for (let o = 0; o < outer; o++) copyRun(data, o * run, 1, y.data, o * total * inner + to, 1, run);
      to += run;
    }
  };
};

/** Sizes are an input, or the axis is cut into equal parts (the last one smaller where it does not divide). */
export const split: Operator = (context) => {
  const axisAttribute = context.integerAttribute('axis', 0);
  const parts = context.integerAttribute('num_outputs', context.outputCount);
  if (parts !== context.outputCount) {
    throw context.unsupported(`attribute num_outputs: expected ${context.outputCount}, got ${parts}`);
  }
  const x = context.input(0);
  const sizes = context.hasInput(1) ? context.integer(1) : null;
  const outputs = context.node.outputs.map((name, index) => (name === '' ? null : context.output(index, x.type)));
  return () => {
    const rank = x.shape.length;
    const axis = resolveAxis(context, axisAttribute, rank);
    const total = x.shape[axis];
    const outer = extent(x.shape, 0, axis);
    const inner = extent(x.shape, axis + 1, rank);
    const even = Math.ceil(total / parts);
    let from = 0;
    for (let part = 0; part < parts; part++) {
      const size = sizes === null ? Math.min(even, total - from) : sizes.data[part];
      const y = outputs[part];
      if (y !== null) {
        if (size < 0 || from + size > total) throw context.failure(`split: expected sizes that add up to ${total}`);
        copyShape(y.shape, x.shape);
        y.shape[axis] = size;
        y.allocate();
        const run = size * inner;
        for (let o = 0; o < outer; o++) copyRun(x.data, (o * total + from) * inner, 1, y.data, o * run, 1, run);
      }
      from += size;
    }
    if (from !== total) throw context.failure(`split: expected sizes that add up to ${total}, got ${from}`);
  };
};

/** starts, ends and steps along `axes`, clamped to the axis; ends may be INT64_MAX, steps negative. */
export const slice: Operator = (context) => {
  const x = context.input(0);
  const starts = context.integer(1);
  const ends = context.integer(2);
  const axes = context.hasInput(3) ? context.integer(3) : null;
  const steps = context.hasInput(4) ? context.integer(4) : null;
  const y = context.output(0, x.type);
  const strided = new StridedLoop(2);
  const first: number[] = [];
  const step: number[] = [];
  return () => {
    const rank = x.shape.length;
    if (ends.size !== starts.size || (axes ?? starts).size !== starts.size || (steps ?? starts).size !== starts.size) {
      throw context.failure('expected as many ends, axes and steps as starts');
    }
    copyShape(y.shape, x.shape);
    first.length = step.length = rank;
    first.fill(0);
    step.fill(1);
    for (let i = 0; i < starts.size; i++) {
      const axis = resolveAxis(context, axes === null ? i : axes.data[i], rank);
      const size = x.shape[axis];
      step[axis] = steps === null ? 1 : steps.data[i];
      if (step[axis] === 0) throw context.failure('steps: expected no 0');
      const forward = step[axis] > 0;
      first[axis] = clamp(starts.data[i], size, 0, forward ? size : size - 1);
      const last = clamp(ends.data[i], size, forward ? 0 : -1, forward ? size : size - 1);
      y.shape[axis] = Math.max(Math.ceil((last - first[axis]) / step[axis]), 0);
    }
    y.allocate();
    strided.begin(y.shape);
    strided.broadcast(1, y.shape);
    let stride = 1;
    for (let axis = rank - 1; axis >= 0; axis--) {
      strided.steps[0][axis] = stride * step[axis];
      strided.offset[0] += stride * first[axis];
      stride *= x.shape[axis];
    }
    strided.start();
    const { offset, stride: runStride } = strided;
    while (strided.next()) copyRun(x.data, offset[0], runStride[0], y.data, offset[1], runStride[1], strided.length);
  };
};

function clamp(position: number, size: number, low: number, high: number): number {
  return Math.min(Math.max(position < 0 ? position + size : position, low), high);
}

// One element of each side: to pick by index has no branch that is mispredicted half of the time.
const either = new Float64Array(2);

export const where: Operator = (context) => {
  const condition = context.bool(0);
  const a = context.input(1);
  const b = context.input(2);
  if (a.type !== b.type) throw context.unsupported(`expected two inputs of one type, got ${a.type} and ${b.type}`);
  const y = context.output(0, a.type);
  const strided = new StridedLoop(4);
  const operands: Slot[] = [condition, a, b, y];
  return () => {
    copyShape(y.shape, condition.shape);
    if (!broadcastShape(y.shape, a.shape) || !broadcastShape(y.shape, b.shape)) {
      const shapes = [condition, a, b].map(({ shape }) => `[${shape.join(', ')}]`);
      throw context.failure(`shapes ${shapes.join(' and ')} do not broadcast`);
    }
    y.allocate();
    strided.begin(y.shape);
    for (let operand = 0; operand < 4; operand++) strided.broadcast(operand, operands[operand].shape);
    strided.start();
    const { offset, stride } = strided;
    while (strided.next()) {
      let [atCondition, atA, atB] = offset;
      const [conditionStride, aStride, bStride] = stride;
      const to = offset[3];
      for (let i = 0; i < strided.length; i++) {
        either[0] = b.data[atB];
        either[1] = a.data[atA];
        y.data[to + i] = either[condition.data[atCondition]];
        atCondition += conditionStride;
        atA += aStride;
        atB += bStride;
      }
    }
  };
};
