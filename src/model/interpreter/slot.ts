import { GfnError } from '../../error.ts';

/** Element types of the interpreter. */
export type ElementType = 'float32' | 'int64' | 'bool';

/** int64 is held as doubles (exact up to 2^53), bool as 0 and 1. */
export type ElementArray = Float32Array | Float64Array | Uint8Array;

/** Number of elements of a shape. */
export function elements(shape: readonly number[]): number {
  let count = 1;
  for (let axis = 0; axis < shape.length; axis++) count *= shape[axis];
  return count;
}

/** Overwrites one shape with another, without allocating. */
export function copyShape(target: number[], source: readonly number[]): void {
  target.length = source.length;
  for (let axis = 0; axis < source.length; axis++) target[axis] = source[axis];
}

/**
 * The place of one named value: its current shape and data. The first `size` elements of `data` are the value,
 * row-major; the rest is spare room of a buffer that keeps its largest size from run to run.
 */
export class Slot<A extends ElementArray = ElementArray> {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: number[] = [];
  size = 0;
  data: A;
  /** Where the caller wants the value, exactly as long as it must be; null: the slot's own buffer. */
  destination: A | null = null;
  readonly #create: (length: number) => A;
  #buffer: A;

  constructor(name: string, type: ElementType, create: (length: number) => A) {
    this.name = name;
    this.type = type;
    this.#create = create;
    this.#buffer = create(0);
    this.data = this.#buffer;
  }

  /** Takes memory for `shape`. What the memory holds is undefined. */
  allocate(): void {
    this.size = elements(this.shape);
    if (this.destination !== null) {
      if (this.destination.length !== this.size) {
        throw new GfnError(
          'ERR_ARGUMENT',
          `outputs.${this.name}: expected ${this.size} elements for shape [${this.shape.join(', ')}], got ${this.destination.length}`,
        );
      }
      this.data = this.destination;
      return;
    }
    if (this.#buffer.length < this.size) {
      this.#buffer = this.#create(Math.max(this.size, Math.ceil(1.25 * this.#buffer.length)));
    }
    this.data = this.#buffer;
  }

  /** Becomes a view of another slot's data; `shape` must have as many elements. */
  alias(source: Slot<A>): void {
    this.size = source.size;
    this.data = source.data;
  }
}

export function floatSlot(name: string): Slot<Float32Array> {
  return new Slot(name, 'float32', (length) => new Float32Array(length));
}

export function integerSlot(name: string): Slot<Float64Array> {
  return new Slot(name, 'int64', (length) => new Float64Array(length));
}

export function boolSlot(name: string): Slot<Uint8Array> {
  return new Slot(name, 'bool', (length) => new Uint8Array(length));
}

export function createSlot(name: string, type: ElementType): Slot {
  if (type === 'float32') return floatSlot(name);
  return type === 'int64' ? integerSlot(name) : boolSlot(name);
}
