import { describe, expect, it } from 'vitest';
import { DiverseSet } from '../../../src/molecule/seen/diverse-set.ts';
import { Purpose, RandomStream } from '../../../src/sampler/philox.ts';

function fingerprintOf(bits: readonly number[], size = 128): Uint8Array {
  const fingerprint = new Uint8Array(size / 8);
  for (const bit of bits) fingerprint[bit >> 3] |= 1 << (bit & 7);
  return fingerprint;
}

function similarity(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  const common = [...a].filter((bit) => b.has(bit)).length;
  return common / (a.size + b.size - common);
}

describe('DiverseSet', () => {
  it.each([0.3, 0.5, 0.7, 0.9])('takes what a scan over all members takes, at threshold %d', (threshold) => {
    const random = new RandomStream(11, Purpose.evaluation);
    const set = new DiverseSet(128, threshold);
    const members: ReadonlySet<number>[] = [];
    for (let i = 0; i < 1500; i++) {
      let draws = 0;
      const below = (bound: number) => Math.floor(random.uniform(i, draws++) * bound);
      // Near copies of members, so that many are about as similar as the threshold.
      const bits = new Set(members.length > 0 && below(3) > 0 ? members[below(members.length)] : []);
      for (let changes = below(12); changes >= 0; changes--) {
        const bit = below(128);
        if (!bits.delete(bit)) bits.add(bit);
      }
      const isNew = members.every((member) => similarity(member, bits) < threshold);
      expect(set.add(fingerprintOf([...bits]))).toBe(isNew);
      if (isNew) members.push(bits);
    }
    expect(set.size).toBe(members.length);
    expect(members.length).toBeGreaterThan(20);
    expect(members.length).toBeLessThan(1480);
  });

  it('takes a similarity of just the threshold for similar', () => {
    const set = new DiverseSet(128, 0.7);
    expect(set.add(fingerprintOf([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))).toBe(true);
    expect(set.add(fingerprintOf([0, 1, 2, 3, 4, 5, 6]))).toBe(false); // 7 of 10
    expect(set.add(fingerprintOf([0, 1, 2, 3, 4, 5]))).toBe(true);
  });
});
