import { extent, resolveAxis } from './axis.ts';
import type { Operator } from './node-context.ts';
import { copyShape, type ElementArray } from './slot.ts';
import { copyRun, StridedLoop } from './strided-loop.ts';

/** An index in [−size, size) as one in [0, size), or −1. */
function wrap(index: number, size: number): number {
  const wrapped = index < 0 ? index + size : index;
  return wrapped >= 0 && wrapped < size ? wrapped : -1;
}

function outside(index: number, size: number): string {
  return `indices: expected integers from ${-size} to ${size - 1}, got ${index}`;
}

export const gather: Operator = (context) => {
  const axisAttribute = context.integerAttribute('axis', 0);
  const x = context.input(0);
  const indices = context.integer(1);
  const y = context.output(0, x.type);
  return () => {
    const rank = x.shape.length;
    const axis = resolveAxis(context, axisAttribute, rank);
    y.shape.length = 0;
    for (let i = 0; i < axis; i++) y.shape.push(x.shape[i]);
    for (let i = 0; i < indices.shape.length; i++) y.shape.push(indices.shape[i]);
    for (let i = axis + 1; i < rank; i++) y.shape.push(x.shape[i]);
    y.allocate();
    const size = x.shape[axis];
    const outer = extent(x.shape, 0, axis);
    const inner = extent(x.shape, axis + 1, rank);
    let to = 0;
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < indices.size; i++) {
        const index = wrap(indices.data[i], size);
        if (index < 0) throw context.failure(outside(indices.data[i], size));
        copyRun(x.data, (o * size + index) * inner, 1, y.data, to, 1, inner);
        to += inner;
      }
    }
  };
};

/** Positions of GatherElements and ScatterElements: operand 0 the indices, operand 1 the data without the axis. */
function beginElements(
  strided: StridedLoop,
  indices: readonly number[],
  data: readonly number[],
  axis: number,
): number {
  strided.begin(indices);
  strided.broadcast(0, indices);
  let step = 1;
  let axisStep = 1;
  for (let other = data.length - 1; other >= 0; other--) {
    strided.steps[1][other] = other === axis ? 0 : step;
    if (other === axis) axisStep = step;
    step *= data[other];
  }
  strided.start();
  return axisStep;
}

function fitsElements(indices: readonly number[], data: readonly number[], axis: number): boolean {
  if (indices.length !== data.length) return false;
  for (let other = 0; other < data.length; other++) if (other !== axis && indices[other] > data[other]) return false;
  return true;
}

export const gatherElements: Operator = (context) => {
  const axisAttribute = context.integerAttribute('axis', 0);
  const x = context.input(0);
  const indices = context.integer(1);
  const y = context.output(0, x.type);
  const strided = new StridedLoop(2);
  return () => {
    const axis = resolveAxis(context, axisAttribute, x.shape.length);
    if (!fitsElements(indices.shape, x.shape, axis)) {
      throw context.failure(`indices of shape [${indices.shape.join(', ')}] do not fit [${x.shape.join(', ')}]`);
    }
    copyShape(y.shape, indices.shape);
    y.allocate();
    const size = x.shape[axis];
    const axisStep = beginElements(strided, indices.shape, x.shape, axis);
    const { offset, stride } = strided;
    while (strided.next()) {
      for (let i = 0; i < strided.length; i++) {
        const at = offset[0] + i * stride[0];
        const index = wrap(indices.data[at], size);
        if (index < 0) throw context.failure(outside(indices.data[at], size));
        y.data[at] = x.data[offset[1] + i * stride[1] + index * axisStep];
      }
    }
  };
};

export const scatterElements: Operator = (context) => {
  const axisAttribute = context.integerAttribute('axis', 0);
  const adds = context.textAttribute('reduction', ['none', 'add'], 'none') === 'add';
  const x = context.input(0);
  const indices = context.integer(1);
  const updates = context.input(2);
  if (updates.type !== x.type) throw context.unsupported(`expected updates of type ${x.type}, got ${updates.type}`);
  const y = context.output(0, x.type);
  const strided = new StridedLoop(2);
  return () => {
    const axis = resolveAxis(context, axisAttribute, x.shape.length);
    if (!fitsElements(indices.shape, x.shape, axis) || updates.size !== indices.size) {
      throw context.failure(
        `indices of shape [${indices.shape.join(', ')}] and updates of [${updates.shape.join(', ')}] do not fit [${x.shape.join(', ')}]`,
      );
    }
    copyShape(y.shape, x.shape);
    y.allocate();
    copyRun(x.data, 0, 1, y.data, 0, 1, y.size);
    const size = x.shape[axis];
    const axisStep = beginElements(strided, indices.shape, x.shape, axis);
    const { offset, stride } = strided;
    while (strided.next()) {
      for (let i = 0; i < strided.length; i++) {
        const at = offset[0] + i * stride[0];
        const index = wrap(indices.data[at], size);
        if (index < 0) throw context.failure(outside(indices.data[at], size));
        const to = offset[1] + i * stride[1] + index * axisStep;
        y.data[to] = adds ? y.data[to] + updates.data[at] : updates.data[at];
      }
    }
  };
};

/** The last axis of the indices addresses a slice of the data, which an update overwrites or is added to. */
export const scatterNd: Operator = (context) => {
  const adds = context.textAttribute('reduction', ['none', 'add'], 'none') === 'add';
  const x = context.input(0);
  const indices = context.integer(1);
  const updates = context.input(2);
  if (updates.type !== x.type) throw context.unsupported(`expected updates of type ${x.type}, got ${updates.type}`);
  const y = context.output(0, x.type);
  return () => {
    const rank = x.shape.length;
    const last = indices.shape.length - 1;
    const depth = indices.shape[last] ?? 0;
    if (last < 0 || depth > rank)
      throw context.failure(`indices: expected a last axis of at most ${rank}, got ${depth}`);
    const run = extent(x.shape, depth, rank);
    const count = extent(indices.shape, 0, last);
    if (updates.size !== count * run) {
      throw context.failure(`updates: expected ${count * run} elements, got ${updates.size}`);
    }
    copyShape(y.shape, x.shape);
    y.allocate();
    copyRun(x.data, 0, 1, y.data, 0, 1, y.size);
    for (let update = 0; update < count; update++) {
      let to = 0;
      for (let axis = 0; axis < depth; axis++) {
        const size = x.shape[axis];
        const index = wrap(indices.data[update * depth + axis], size);
        if (index < 0) throw context.failure(outside(indices.data[update * depth + axis], size));
        to = to * size + index;
      }
      if (adds) addRun(updates.data, update * run, y.data, to * run, run);
      else copyRun(updates.data, update * run, 1, y.data, to * run, 1, run);
    }
  };
};

function addRun(source: ElementArray, from: number, target: ElementArray, to: number, length: number): void {
  for (let i = 0; i < length; i++) target[to + i] += source[from + i];
}
