import type { SequenceOrder } from './sequence-table.ts';

/**
 * The sequences of `minimum` to `maximum` symbols of an alphabet as texts and in order: shorter ones first, those of
 * one length in the order of the alphabet. A text is the symbols one after the other if each is one character, else
 * with a blank between them.
 */
export class SequenceSpace implements SequenceOrder {
  /** Number of sequences; not exact above 2^53. */
  readonly count: number;
  private readonly separator: string;
  private readonly numberOf: ReadonlyMap<string, number>;

  constructor(
    readonly alphabet: readonly string[],
    readonly minimum: number,
    readonly maximum: number,
  ) {
    this.separator = alphabet.every((symbol) => symbol.length === 1) ? '' : ' ';
    this.numberOf = new Map(alphabet.map((symbol, number) => [symbol, number]));
    this.count = this.countOfLengths(minimum, maximum);
  }

  /** Number of sequences whose length is from `least` to `most`. */
  countOfLengths(least: number, most: number): number {
    let count = 0;
    for (let length = least; length <= most; length++) count += this.alphabet.length ** length;
    return count;
  }

  /** The text of the first `length` symbols. */
  format(symbols: Int32Array, length: number): string {
    return Array.from(symbols.subarray(0, length), (symbol) => this.alphabet[symbol]).join(this.separator);
  }

  /** The symbols of a sequence of an allowed length; null for a text that is none. */
  parse(text: string): readonly number[] | null {
    const symbols = text === '' ? [] : text.split(this.separator);
    if (symbols.length < this.minimum || symbols.length > this.maximum) return null;
    const numbers = symbols.flatMap((symbol) => this.numberOf.get(symbol) ?? []);
    return numbers.length === symbols.length ? numbers : null;
  }

  /** The place of the first `length` symbols in the order. */
  place(symbols: ArrayLike<number>, length: number): number {
    let place = 0;
    for (let i = 0; i < length; i++) place = place * this.alphabet.length + symbols[i];
    return place + this.countOfLengths(this.minimum, length - 1);
  }

  indexOf(text: string): number | null {
    const symbols = this.parse(text);
    return symbols === null ? null : this.place(symbols, symbols.length);
  }

  textOf(index: number): string {
    let length = this.minimum;
    let rest = index;
    for (; rest >= this.alphabet.length ** length; length++) rest -= this.alphabet.length ** length;
    const symbols: string[] = [];
    for (let i = 0; i < length; i++) {
      symbols.unshift(this.alphabet[rest % this.alphabet.length]);
      rest = Math.floor(rest / this.alphabet.length);
    }
    return symbols.join(this.separator);
  }
}
