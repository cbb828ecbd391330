import { expect, test } from 'vitest';
import { fromLittleEndian, littleEndianBytes, sectionTypeOf } from '../../src/checkpoint/section-type.ts';

test.each([
  [Float32Array.of(1), [0, 0, 0x80, 0x3f]],
  [Float64Array.of(-2), [0, 0, 0, 0, 0, 0, 0, 0xc0]],
  [Int32Array.of(-2, 1), [0xfe, 0xff, 0xff, 0xff, 1, 0, 0, 0]],
  [Uint32Array.of(0x01020304), [4, 3, 2, 1]],
  [Uint8Array.of(1, 2, 3), [1, 2, 3]],
  [BigUint64Array.of(0x0102030405060708n), [8, 7, 6, 5, 4, 3, 2, 1]],
])('%o is written as little-endian bytes', (data, bytes) => {
  expect([...littleEndianBytes(data, 'LE')]).toEqual(bytes);
  expect(fromLittleEndian(sectionTypeOf(data), Uint8Array.from(bytes), 'LE')).toEqual(data);
});

test('a machine with the other order turns the bytes of every element round', () => {
  const there = littleEndianBytes(Int32Array.of(0x01020304, -1), 'BE');
  expect([...there]).toEqual([1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff]);
  expect(fromLittleEndian('int32', there, 'BE')).toEqual(Int32Array.of(0x01020304, -1));
});

test('a part of a larger buffer is written without the rest, and read into a buffer of its own', () => {
  const part = Int32Array.of(1, 2, 3, 4).subarray(1, 3);
  const bytes = littleEndianBytes(part);
  expect(bytes).toHaveLength(8);
  const odd = new Uint8Array(11);
  odd.set(bytes, 3); // not aligned
  const read = fromLittleEndian('int32', odd.subarray(3));
  odd.fill(0);
  expect(read).toEqual(Int32Array.of(2, 3));
});
