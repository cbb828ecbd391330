import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StateTable } from '../../src/sampler/state-table.ts';

/** As the oracle: rows in the order of first look-up. */
class MapTable {
  private readonly rows = new Map<string, number>();

  rowOf(key: Uint32Array): number {
    const text = key.join(',');
    const row = this.rows.get(text) ?? this.rows.size;
    this.rows.set(text, row);
    return row;
  }
}

function expectSameRows(table: StateTable, keys: readonly Uint32Array[]): void {
  const oracle = new MapTable();
  for (const key of keys) expect(table.rowOf(key)).toBe(oracle.rowOf(key));
  for (const key of keys) expect(table.rowOf(key)).toBe(oracle.rowOf(key));
}

test('rows are those of a map, whatever the keys, batch after batch', () => {
  const key = fc.array(fc.constantFrom(0, 1, 2, 0x80000000, 0xffffffff), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(fc.array(key, { maxLength: 150 }), { maxLength: 4 }), (batches) => {
      const table = new StateTable(4);
      for (const batch of batches) {
        table.clear();
        expect(table.count).toBe(0);
        expectSameRows(
          table,
          batch.map((words) => Uint32Array.from(words)),
        );
      }
    }),
    { numRuns: 50 },
  );
});

test('keys that differ in a single bit have rows of their own', () => {
  const keys = Array.from({ length: 128 }, (_, bit) => {
    const key = new Uint32Array(4).fill(0x5a5a5a5a);
    key[bit >> 5] ^= 1 << (bit & 31);
    return key;
  });
  const table = new StateTable(4);
  expectSameRows(table, keys);
  expect(table.count).toBe(128);
});

test('keys of one and the same hash have rows of their own', () => {
  // The second word cancels what the first one left of the running hash.
  const keys = Array.from({ length: 1500 }, (_, first) => {
    let h = Math.imul(2 ^ first, 0x9e3779b1);
    h ^= h >>> 15;
    return Uint32Array.of(first, h ^ 0x1234567);
  });
  const table = new StateTable(2);
  expectSameRows(table, keys);
  expect(table.count).toBe(keys.length);
});

test('a key is forgotten by clear, also where the generation counter starts over', () => {
  const table = new StateTable(2);
  const key = Uint32Array.of(3, 4);
  const other = Uint32Array.of(5, 6);
  table.rowOf(key); // in generation 1, which comes again
  Object.assign(table, { generation: 0xffffffff });
  table.rowOf(other);
  table.clear();
  expect(table.rowOf(key)).toBe(0);
  expect(table.count).toBe(1);
  expect(table.rowOf(other)).toBe(1);
  expect(table.count).toBe(2);
});
