import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { decodeNpy } from '../../src/env/npy.ts';
import { numberArray } from '../../src/env/number-array.ts';
import { isPacked, packNumbers, unpackNumbers } from '../../src/env/packed-numbers.ts';
import { nativeAddon } from '../../src/native-addon.ts';

const folder = mkdtempSync(join(tmpdir(), 'gflownet-numbers-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Files that NumPy 2.4 wrote: float32 in version 1, float64 in version 2, big-endian float64 in version 3, … */
const saved = (base64: string) => Buffer.from(base64, 'base64');
const float32 = saved(
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAMA/AAAAwAAAgD4=',
);
const float64 = saved(
  'k05VTVBZAgB0AAAAeydkZXNjcic6ICc8ZjgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAADwPwAAAAAAAABAAAAAAAAACEAAAAAAAAAQQAAAAAAAABRAAAAAAAAAGkA=',
);
const bigEndian = saved(
  'k05VTVBZAwB0AAAAeydkZXNjcic6ICc+ZjgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/uZmZmZmZmg==',
);
const fortran = saved(
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMiksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAADwPwAAAAAAAAhAAAAAAAAAAEAAAAAAAAAQQA==',
);
const int64 = saved(
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAAAAAAIAAAAAAAAA',
);

describe('.npy', () => {
  test('float32 and float64, versions 1 to 3, both byte orders', () => {
    expect(decodeNpy(float32)).toEqual({ shape: [3], values: Float64Array.of(1.5, -2, 0.25) });
    expect(decodeNpy(float64)).toEqual({ shape: [2, 3], values: Float64Array.of(1, 2, 3, 4, 5, 6.5) });
    expect(decodeNpy(bigEndian)).toEqual({ shape: [1], values: Float64Array.of(0.1) });
    // In the middle of a larger buffer, at an odd place.
    const shifted = Buffer.concat([Buffer.of(1), float32, Buffer.of(2)]).subarray(1, float32.length + 1);
    expect(decodeNpy(shifted).values).toEqual(Float64Array.of(1.5, -2, 0.25));
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['Fortran order', fortran, /Fortran order, expected C order/],
    ['integers', int64, /its numbers are <i8, expected float32 or float64/],
    ['nothing', new Uint8Array(0), /does not start as a \.npy file does/],
    ['text', Buffer.from('sequence,value\nAAA,1'), /does not start as a \.npy file does/],
    ['version 4', Buffer.from(float32).fill(4, 6, 7), /format version is 4/],
    ['a cut header', float32.subarray(0, 60), /ends within its header/],
    ['cut data', float32.subarray(0, float32.length - 1), /holds 11 bytes, expected 12 for the shape \(3\)/],
    ['longer data', Buffer.concat([float32, Buffer.of(0)]), /holds 13 bytes, expected 12/],
  ])('%s is refused', (_, bytes, message) => {
    expect(() => decodeNpy(bytes)).toThrow(message);
  });

  test('every cut of a file is refused', () => {
    for (let length = 0; length < float64.length; length++)
      expect(() => decodeNpy(float64.subarray(0, length))).toThrow();
  });
});

describe('numbers', () => {
  test.each<[string, unknown, readonly number[], readonly number[]]>([
    ['a list', [1, 2], [2], [1, 2]],
    ['rows', [[1, 2, 3], [4, 5, 6]], [2, 3], [1, 2, 3, 4, 5, 6]], // prettier-ignore
    ['Float32Array', Float32Array.of(0.5), [1], [0.5]],
    ['no numbers', [], [0], []],
    ['.json', file('list.json', '[[1], [2]]'), [2, 1], [1, 2]],
    ['.csv', file('plain.csv', '1,2\n3,4\n'), [2, 2], [1, 2, 3, 4]],
    ['.csv with a heading', file('headed.csv', 'a,b\r\n1,2\r\n3, 4'), [2, 2], [1, 2, 3, 4]],
    ['.npy', file('matrix.npy', float64), [2, 3], [1, 2, 3, 4, 5, 6.5]],
    ['packed', packNumbers([0.1, 2]), [2], [0.1, 2]],
  ])('%s', (_, value, shape, values) => {
    const array = numberArray('weights', value);
    expect([array.shape, Array.from(array.values)]).toEqual([shape, values]);
  });

  test.each<[string, unknown, RegExp]>([
    ['text', 'abc', /^weights: abc cannot be used: expected numbers or a file that ends in/],
    ['a missing file', join(folder, 'none.csv'), /^weights: .*none\.csv cannot be used: ENOENT/],
    ['broken JSON', file('broken.json', '[1,'), /^weights: .*broken\.json cannot be used: /],
    ['a broken .npy', file('broken.npy', 'x'), /^weights: .*broken\.npy cannot be used: it does not start/],
    ['ragged CSV', file('ragged.csv', '1,2\n3\n'), /^weights: .*ragged\.csv cannot be used: /],
    ['words in CSV', file('words.csv', '1,2\n3,x\n'), /^weights: expected finite numbers.*number 3 is none, got NaN/],
    ['a gap in CSV', file('gap.csv', '1,2\n3,\n'), /number 3 is none/],
    ['ragged rows', [[1, 2], [3]], /^weights: expected finite numbers: a list, a list of rows of equal length/],
    ['strings', ['1'], /number 0 is none/],
    ['infinity', [1, Infinity], /number 1 is none, got Infinity/],
    ['an object', { a: 1 }, /^weights: expected finite numbers/],
    ['cut packed numbers', packNumbers([1, 2]).slice(0, -2), /^weights: expected whole float32 numbers in base64/],
  ])('not %s', (_, value, message) => {
    expect(() => numberArray('weights', value)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
    expect(() => numberArray('weights', value)).toThrow(message);
  });
});

describe('packed numbers', () => {
  test.each([
    [[0.5, -3, 1e10], /^float32:/],
    [[0.1], /^float64:/],
    [[1e300, -1e-300, 5e-324, 0], /^float64:/],
    [[], /^float32:$/],
  ])('%j come back exactly', (values, form) => {
    const text = packNumbers(values);
    expect(text).toMatch(form);
    expect(isPacked(text)).toBe(true);
    expect(Array.from(unpackNumbers('table', text))).toEqual(values);
  });

  test('are read natively: log R of sets of one item', () => {
    const weights = [0.1, -2.75, 1e-3, 12345.678, 0.3, 1 / 3, 0, -1e-8];
    for (let count = 1; count <= weights.length; count++) {
      for (const packed of [weights.slice(0, count), weights.slice(0, count).map(Math.fround)]) {
        const parameters = { items: count, size: 1, weights: packNumbers(packed) };
        packed.forEach((weight, item) => {
          const { logReward } = nativeAddon().traceEnvironment('set', parameters, Int32Array.of(item));
          expect(logReward).toBe(weight);
        });
      }
    }
  });
});
