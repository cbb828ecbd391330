interface Growable<T> {
  readonly length: number;
  set(source: T): void;
}

/** A typed array that grows to its high-water mark and keeps its contents; `data` is replaced when it grows. */
export class GrowableBuffer<T extends Growable<T>> {
  data: T;

  constructor(private readonly create: (length: number) => T) {
    this.data = create(0);
  }

  /** The array, now of at least `length` elements. */
  reserve(length: number): T {
    if (length > this.data.length) {
      const grown = this.create(Math.max(length, 2 * this.data.length));
      grown.set(this.data);
      this.data = grown;
    }
    return this.data;
  }
}

export const float32Buffer = () => new GrowableBuffer<Float32Array>((length) => new Float32Array(length));
export const float64Buffer = () => new GrowableBuffer<Float64Array>((length) => new Float64Array(length));
export const int32Buffer = () => new GrowableBuffer<Int32Array>((length) => new Int32Array(length));
export const uint32Buffer = () => new GrowableBuffer<Uint32Array>((length) => new Uint32Array(length));
export const uint8Buffer = () => new GrowableBuffer<Uint8Array>((length) => new Uint8Array(length));
