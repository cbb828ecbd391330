import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { identityOf, TextSet } from '../../../src/molecule/seen/text-set.ts';

describe('TextSet', () => {
  it('tells texts apart as a Set does, over many growths', () => {
    const set = new TextSet();
    const expected = new Set<string>();
    for (let i = 0; i < 20_000; i++) {
      const text = `C${(i * 7919) % 9001}`;
      expect(set.add(identityOf(text))).toBe(!expected.has(text));
      expected.add(text);
    }
    expect(set.size).toBe(expected.size);
    expect(set.size).toBe(9001);
  });

  it('compares whole identities, also of texts that want the same place', () => {
    const set = new TextSet();
    const identities = [1, 2, 3].map((last) => Uint32Array.of(5, 0, 0, last));
    for (const identity of identities) expect(set.add(identity)).toBe(true);
    for (const identity of identities) expect(set.add(identity)).toBe(false);
    expect(set.size).toBe(3);
  });

  it('knows a text by the first 128 bits of its SHA-256', () => {
    const digest = createHash('sha256').update('c1ccccc1').digest('hex');
    const words = Array.from(identityOf('c1ccccc1'));
    const bytes = words.map((word) => Buffer.from(Uint32Array.of(word).buffer).toString('hex')).join('');
    expect(bytes).toBe(digest.slice(0, 32));
  });
});
