import { uint32Buffer } from './growable-buffer.ts';

const FIRST_SLOTS = 64;
const LAST_GENERATION = 0xffffffff;

/**
 * State key → row, rows numbered in the order of their first look-up. Open addressing with linear probing; keys are
 * compared in full, so colliding hashes only cost time. A slot is occupied when it carries the current generation,
 * so that clearing takes O(1).
 */
export class StateTable {
  private rows = 0;
  private readonly keys = uint32Buffer();
  private slotRow = new Int32Array(FIRST_SLOTS);
  private slotGeneration = new Uint32Array(FIRST_SLOTS);
  private generation = 1;

  /** `keyLength`: 32-bit words of a key. */
  constructor(private readonly keyLength: number) {}

  get count(): number {
    return this.rows;
  }

  clear(): void {
    this.rows = 0;
    if (this.generation === LAST_GENERATION) {
      this.slotGeneration.fill(0);
      this.generation = 0;
    }
    this.generation++;
  }

  /** The row of this key; a key not seen since the last `clear` gets the next one (the count before the call). */
  rowOf(key: Uint32Array): number {
    const mask = this.slotRow.length - 1;
    let slot = this.hash(key, 0) & mask;
    while (this.slotGeneration[slot] === this.generation) {
      const row = this.slotRow[slot];
      if (this.equals(row, key)) return row;
      slot = (slot + 1) & mask;
    }
    return this.insert(key, slot);
  }

  private insert(key: Uint32Array, slot: number): number {
    const row = this.rows++;
    const keys = this.keys.reserve(this.rows * this.keyLength);
    for (let word = 0, at = row * this.keyLength; word < this.keyLength; word++, at++) keys[at] = key[word];
    this.slotRow[slot] = row;
    this.slotGeneration[slot] = this.generation;
    if (2 * this.rows > this.slotRow.length) this.grow();
    return row;
  }

  private grow(): void {
    const slots = 2 * this.slotRow.length;
    this.slotRow = new Int32Array(slots);
    this.slotGeneration = new Uint32Array(slots);
    const keys = this.keys.data;
    for (let row = 0; row < this.rows; row++) {
      let slot = this.hash(keys, row * this.keyLength) & (slots - 1);
      while (this.slotGeneration[slot] === this.generation) slot = (slot + 1) & (slots - 1);
      this.slotRow[slot] = row;
      this.slotGeneration[slot] = this.generation;
    }
  }

  private equals(row: number, key: Uint32Array): boolean {
    const keys = this.keys.data;
    for (let word = 0, at = row * this.keyLength; word < this.keyLength; word++, at++) {
      if (keys[at] !== key[word]) return false;
    }
    return true;
  }

  /** Words are mixed in one by one, then finished as MurmurHash3 does (Appleby 2016). */
  private hash(words: Uint32Array, offset: number): number {
    let h = this.keyLength;
    for (let word = 0; word < this.keyLength; word++) {
      h = Math.imul(h ^ words[offset + word], 0x9e3779b1);
      h ^= h >>> 15;
    }
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return h ^ (h >>> 16);
  }
}
