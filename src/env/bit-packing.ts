/** Bits that hold every integer in [0, count). */
export function bitsFor(count: number): number {
  return count <= 1 ? 0 : 32 - Math.clz32(count - 1);
}

/** 64-bit words that hold this many bits; at least one. */
export function wordsFor(bits: number): number {
  return Math.max(1, Math.ceil(bits / 64));
}

/**
 * Writes the low `bits` (1 to 31) of `value` at bit `position` of a key, low bits first. The key must be zero there.
 * Returns the position after them.
 */
export function writeBits(key: Uint32Array, position: number, value: number, bits: number): number {
  const half = position >>> 5;
  const shift = position & 31;
  key[half] |= value << shift;
  if (shift + bits > 32) key[half + 1] |= value >>> (32 - shift);
  return position + bits;
}
