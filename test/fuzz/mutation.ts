import fc from 'fast-check';

/** One change to a sequence of bytes; places are fractions of its length. */
type Mutation =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'set'; readonly at: number; readonly value: number }
  | { readonly kind: 'cut'; readonly at: number; readonly count: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'copy'; readonly at: number; readonly from: number; readonly count: number }
  | { readonly kind: 'end'; readonly at: number };

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const count = fc.integer({ min: 1, max: 40 });
// Lengths, wire types and numbers of protobuf that are wrong in their own ways.
const byte = fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 8, 10, 18, 26), fc.integer({ min: 0, max: 255 }));

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.nat(7) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('set' as const), at: place, value: byte }) },
  fc.record({ kind: fc.constant('cut' as const), at: place, count }),
  fc.record({ kind: fc.constant('insert' as const), at: place, bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }) }),
  fc.record({ kind: fc.constant('copy' as const), at: place, from: place, count }),
  fc.record({ kind: fc.constant('end' as const), at: place }),
);

function mutated(bytes: Uint8Array, change: Mutation): Uint8Array {
  const at = Math.floor(change.at * bytes.length);
  const result = Uint8Array.from(bytes);
  switch (change.kind) {
    case 'flip':
      result[at] ^= 1 << change.bit;
      return result;
    case 'set':
      result[at] = change.value;
      return result;
    case 'cut':
      return Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + change.count));
    case 'insert':
      return Uint8Array.of(...bytes.subarray(0, at), ...change.bytes, ...bytes.subarray(at));
    case 'copy': {
      const from = Math.floor(change.from * bytes.length);
      result.set(bytes.subarray(from, Math.min(from + change.count, from + bytes.length - at, bytes.length)), at);
      return result;
    }
    case 'end':
      return bytes.subarray(0, at);
  }
}

/** `bytes` with up to `most` changes. */
export function mutations(bytes: Uint8Array, most = 4): fc.Arbitrary<Uint8Array> {
  return fc
    .array(mutation, { minLength: 1, maxLength: most })
    .map((changes) =>
      changes.reduce<Uint8Array>((result, change) => (result.length === 0 ? result : mutated(result, change)), bytes),
    );
}
