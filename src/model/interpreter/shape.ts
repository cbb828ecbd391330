import type { Operator } from './node-context.ts';
import { resolveAxis } from './axis.ts';
import { copyShape, elements, type Slot } from './slot.ts';
import { broadcastShape, copyRun, StridedLoop } from './strided-loop.ts';

// Identity, Reshape, Squeeze and Unsqueeze are views of their input's data.

export const identity: Operator = (context) => {
  const x = context.input(0);
  const y = context.output(0, x.type);
  return () => {
    copyShape(y.shape, x.shape);
    y.alias(x);
  };
};

export const reshape: Operator = (context) => {
  const keepZero = context.integerAttribute('allowzero', 0) !== 0;
  const x = context.input(0);
  const target = context.integer(1);
  const y = context.output(0, x.type);
  return () => {
    const { shape } = y;
    shape.length = target.size;
    let unknown = -1;
    let valid = true;
    for (let axis = 0; axis < target.size; axis++) {
      const size = target.data[axis];
      shape[axis] = size === 0 && !keepZero && axis < x.shape.length ? x.shape[axis] : size;
      if (size !== -1) valid &&= size >= 0;
      else {
        valid &&= unknown === -1;
        unknown = axis;
        shape[axis] = 1;
      }
    }
    const known = elements(shape);
    if (unknown >= 0 && known > 0) shape[unknown] = Math.floor(x.size / known);
    if (!valid || elements(shape) !== x.size) {
      const wanted = target.data.subarray(0, target.size).join(', ');
      throw context.failure(`shape [${x.shape.join(', ')}] does not reshape to [${wanted}]`);
    }
    y.alias(x);
  };
};

export const squeeze: Operator = (context) => {
  const x = context.input(0);
  const axes = context.hasInput(1) ? context.integer(1) : null;
  const y = context.output(0, x.type);
  return () => {
    const rank = x.shape.length;
    copyShape(y.shape, x.shape);
    if (axes !== null) {
      for (let i = 0; i < axes.size; i++) {
        const axis = resolveAxis(context, axes.data[i], rank);
        if (x.shape[axis] !== 1) throw context.failure(`axis ${axis}: expected size 1, got ${x.shape[axis]}`);
        y.shape[axis] = -1;
      }
    }
    let kept = 0;
    for (let axis = 0; axis < rank; axis++) {
      if (y.shape[axis] !== (axes === null ? 1 : -1)) y.shape[kept++] = x.shape[axis];
    }
    y.shape.length = kept;
    y.alias(x);
  };
};

export const unsqueeze: Operator = (context) => {
  const x = context.input(0);
  const axes = context.integer(1);
  const y = context.output(0, x.type);
  return () => {
    const rank = x.shape.length + axes.size;
    y.shape.length = rank;
    y.shape.fill(-1);
    for (let i = 0; i < axes.size; i++) y.shape[resolveAxis(context, axes.data[i], rank)] = 1;
    let from = 0;
    for (let axis = 0; axis < rank; axis++) if (y.shape[axis] === -1) y.shape[axis] = x.shape[from++];
    if (from !== x.shape.length) throw context.failure('axes: expected no axis twice');
    y.alias(x);
  };
};

export const transpose: Operator = (context) => {
  const permutation = context.integersAttribute('perm');
  if (permutation?.some((_, axis) => !permutation.includes(axis))) {
    throw context.unsupported(`attribute perm: expected a permutation of axes, got ${permutation.join(', ')}`);
  }
  const x = context.input(0);
  const y = context.output(0, x.type);
  const strided = new StridedLoop(2);
  return () => {
    const rank = x.shape.length;
    if (permutation !== null && permutation.length !== rank) {
      throw context.failure(`perm: expected ${rank} axes for shape [${x.shape.join(', ')}], got ${permutation.length}`);
    }
    y.shape.length = rank;
    for (let axis = 0; axis < rank; axis++) y.shape[axis] = x.shape[permutation?.[axis] ?? rank - 1 - axis];
    y.allocate();
    strided.begin(y.shape);
    for (let axis = 0; axis < rank; axis++) {
      let step = 1;
      const source = permutation?.[axis] ?? rank - 1 - axis;
      for (let after = source + 1; after < rank; after++) step *= x.shape[after];
      strided.steps[0][axis] = step;
    }
    strided.broadcast(1, y.shape);
    copyStrided(strided, x, y);
  };
};

/** Copies x (operand 0) to y (operand 1). */
function copyStrided(strided: StridedLoop, x: Slot, y: Slot): void {
  strided.start();
  const { offset, stride } = strided;
  while (strided.next()) copyRun(x.data, offset[0], stride[0], y.data, offset[1], stride[1], strided.length);
}

export const expand: Operator = (context) => {
  const x = context.input(0);
  const target = context.integer(1);
  const y = context.output(0, x.type);
  const strided = new StridedLoop(2);
  const wanted: number[] = [];
  return () => {
    wanted.length = target.size;
    for (let axis = 0; axis < target.size; axis++) {
      wanted[axis] = target.data[axis];
      if (wanted[axis] < 0) throw context.failure(`shape: expected sizes of at least 0, got ${wanted[axis]}`);
    }
    copyShape(y.shape, x.shape);
    if (!broadcastShape(y.shape, wanted)) {
      throw context.failure(`shape [${x.shape.join(', ')}] does not broadcast with [${wanted.join(', ')}]`);
    }
    y.allocate();
    strided.begin(y.shape);
    strided.broadcast(0, x.shape);
    strided.broadcast(1, y.shape);
    copyStrided(strided, x, y);
  };
};

export const shape: Operator = (context) => {
  const start = context.integerAttribute('start', 0);
  const end = context.integerAttribute('end', Number.MAX_SAFE_INTEGER);
  const x = context.input(0);
  const y = context.integerOutput(0);
  return () => {
    const rank = x.shape.length;
    const from = bound(start, rank);
    y.shape.length = 1;
    y.shape[0] = Math.max(bound(end, rank) - from, 0);
    y.allocate();
    for (let i = 0; i < y.size; i++) y.data[i] = x.shape[from + i];
  };
};

/** A position in [0, size], counted from the end where negative, clamped. */
function bound(position: number, size: number): number {
  return Math.min(Math.max(position < 0 ? position + size : position, 0), size);
}
