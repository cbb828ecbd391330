import type { ElementArray } from './slot.ts';

/**
 * Walks several strided tensors over one iteration space, run by run along the innermost axis. Axes that all operands
 * pass in one stride are merged first, so tensors of one shape make a single run, and a bias row one run a row.
 *
 *     loop.begin(shape); loop.broadcast(0, a.shape); loop.broadcast(1, b.shape); loop.start();
 *     while (loop.next()) body(a, loop.offset[0], loop.stride[0], b, loop.offset[1], loop.stride[1], loop.length);
 */
export class StridedLoop {
  /** [operand][axis] distance in elements between neighbours; may be set between `begin` and `start`. */
  readonly steps: readonly number[][];
  /** [operand] position of the first element; may be set between `begin` and `start`. */
  readonly offset: number[];
  /** [operand] stride within a run. */
  readonly stride: number[];
  /** Elements of a run. */
  length = 0;
  readonly #extents: number[] = [];
  readonly #index: number[] = [];
  #axes = 0;
  #outer = 0;
  #fresh = false;

  constructor(operands: number) {
    this.steps = Array.from({ length: operands }, () => []);
    this.offset = new Array<number>(operands).fill(0);
    this.stride = new Array<number>(operands).fill(0);
  }

  /** Sets the iteration space. */
  begin(shape: readonly number[]): void {
    this.#axes = shape.length;
    for (let axis = 0; axis < shape.length; axis++) this.#extents[axis] = shape[axis];
    this.offset.fill(0);
  }

  /** The operand is a contiguous tensor of this shape, broadcast to the iteration space. */
  broadcast(operand: number, shape: readonly number[]): void {
    const steps = this.steps[operand];
    const missing = this.#axes - shape.length;
    let step = 1;
    for (let axis = this.#axes - 1; axis >= 0; axis--) {
      const size = axis >= missing ? shape[axis - missing] : 1;
      steps[axis] = size === 1 ? 0 : step;
      step *= size;
    }
  }

  /** Merges axes and goes to the beginning. */
  start(): void {
    const extents = this.#extents;
    const { steps } = this;
    let merged = 0;
    for (let axis = 0; axis < this.#axes; axis++) {
      const size = extents[axis];
      if (size === 1) continue;
      if (merged > 0 && this.#continues(merged - 1, axis, size)) {
        extents[merged - 1] *= size;
        for (const step of steps) step[merged - 1] = step[axis];
      } else {
        extents[merged] = size;
        for (const step of steps) step[merged] = step[axis];
        merged++;
      }
    }
    this.#outer = Math.max(merged - 1, 0);
    this.length = merged === 0 ? 1 : extents[merged - 1];
    this.#fresh = true;
    for (let operand = 0; operand < steps.length; operand++) {
      this.stride[operand] = merged === 0 ? 0 : steps[operand][merged - 1];
    }
    for (let axis = 0; axis < this.#outer; axis++) {
      this.#index[axis] = 0;
      if (extents[axis] === 0) this.length = 0;
    }
  }

  #continues(outer: number, inner: number, size: number): boolean {
    for (const step of this.steps) if (step[outer] !== step[inner] * size) return false;
    return true;
  }

  /** Goes to the next run; false when there is none. */
  next(): boolean {
    if (this.#fresh) {
      this.#fresh = false;
      return this.length > 0;
    }
    const { offset, steps } = this;
    const index = this.#index;
    for (let axis = this.#outer - 1; axis >= 0; axis--) {
      const size = this.#extents[axis];
      if (++index[axis] < size) {
        for (let operand = 0; operand < offset.length; operand++) offset[operand] += steps[operand][axis];
        return true;
      }
      index[axis] = 0;
      for (let operand = 0; operand < offset.length; operand++) offset[operand] -= steps[operand][axis] * (size - 1);
    }
    return false;
  }
}

/** target[to + i·toStride] = source[from + i·fromStride] */
export function copyRun(
  source: ElementArray,
  from: number,
  fromStride: number,
  target: ElementArray,
  to: number,
  toStride: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) {
    target[to] = source[from];
    from += fromStride;
    to += toStride;
  }
}

/**
 * Broadcasts a shape with another one, in place (numpy's rule); false where they do not fit.
 */
export function broadcastShape(shape: number[], other: readonly number[]): boolean {
  const missing = other.length - shape.length;
  if (missing > 0) {
    for (let axis = shape.length - 1; axis >= 0; axis--) shape[axis + missing] = shape[axis];
    for (let axis = 0; axis < missing; axis++) shape[axis] = 1;
  }
  const first = shape.length - other.length;
  for (let axis = 0; axis < other.length; axis++) {
    const size = other[axis];
    if (shape[first + axis] === 1) shape[first + axis] = size;
    else if (size !== 1 && size !== shape[first + axis]) return false;
  }
  return true;
}
