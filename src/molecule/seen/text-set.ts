import { createHash } from 'node:crypto';

/** 32-bit words of a text's identity: so many bits of its SHA-256 that two texts never share them. */
export const IDENTITY_WORDS = 4;

/** [4] The identity of a text: the first 128 bits of its SHA-256. */
export function identityOf(text: string): Uint32Array {
  const digest = createHash('sha256').update(text).digest();
  return Uint32Array.from({ length: IDENTITY_WORDS }, (_, word) => digest.readUInt32LE(4 * word));
}

/**
 * A set of texts by their identities: 32 to 64 bytes a text, whatever the texts' length, so that tens of millions of
 * molecules fit the memory.
 */
export class TextSet {
  /** [slots × 4], open addressing with linear probing; a slot of zeros is free. A power of two slots, half full at most. */
  private table = new Uint32Array(IDENTITY_WORDS * 1024);
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Adds the text of an identity; whether it was not there. */
  add(identity: Uint32Array): boolean {
    const slot = this.slotOf(identity);
    if (isTaken(this.table, slot)) return false;
    this.table.set(identity, slot);
    this.count++;
    if (2 * IDENTITY_WORDS * this.count > this.table.length) this.grow();
    return true;
  }

  private grow(): void {
    const old = this.table;
    this.table = new Uint32Array(2 * old.length);
    for (let at = 0; at < old.length; at += IDENTITY_WORDS) {
      if (!isTaken(old, at)) continue;
      const identity = old.subarray(at, at + IDENTITY_WORDS);
      this.table.set(identity, this.slotOf(identity));
    }
  }

  /** Where in the table an identity is, or would be put. */
  private slotOf([a, b, c, d]: Uint32Array): number {
    const { table } = this;
    const slots = table.length / IDENTITY_WORDS;
    for (let slot = a & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
      const at = slot * IDENTITY_WORDS;
      const isSame = table[at] === a && table[at + 1] === b && table[at + 2] === c && table[at + 3] === d;
      if (isSame || !isTaken(table, at)) return at;
    }
  }
}

function isTaken(table: Uint32Array, at: number): boolean {
  return (table[at] | table[at + 1] | table[at + 2] | table[at + 3]) !== 0;
}
