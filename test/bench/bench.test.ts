import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Spread {
  readonly n: number;
  readonly median: number;
  readonly p99: number;
}
interface Result {
  readonly name: string;
  readonly native: number;
  readonly nativeAllCores: number;
  readonly typescript: number;
  readonly gfnx: number | null;
  readonly torchgfn: number | null;
  readonly pytorch: number | null;
  readonly ratios: Readonly<Record<string, number>>;
  readonly peakShare: Readonly<Record<string, number>>;
  readonly meanLength: number;
  readonly rowsPerStep: number;
  readonly split: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly spread: Readonly<Record<string, Spread>>;
}

const bench = fileURLToPath(new URL('../../bench/bench.js', import.meta.url));
const run = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  spawnSync(process.execPath, [bench, ...args], { encoding: 'utf8', env: { ...process.env, ...environment } });

describe('node bench/bench.js', () => {
  it('prints one JSON object with every runner on standard output', () => {
    const { status, stdout, stderr } = run(['--scenario', 'hypergrid-8x2-b16', '--seconds', '0.05', '--json']);
    expect(stderr).toContain('hypergrid-8x2-b16: trajectory-balance, batch 16');
    expect(status).toBe(0);
    const { scenarios } = JSON.parse(stdout) as { scenarios: Result[] };
    expect(scenarios.map(({ name }) => name)).toEqual(['hypergrid-8x2-b16']);
    const [result] = scenarios;
    expect(result).toMatchObject({ gfnx: null, torchgfn: null, pytorch: null });
    for (const name of ['native', 'nativeAllCores', 'typescript'] as const) {
      const { n, median, p99 } = result.spread[name];
      expect(n).toBeGreaterThanOrEqual(5);
      expect(result[name]).toBe(median);
      expect(median).toBeGreaterThan(0);
      expect(p99).toBeGreaterThanOrEqual(median);
    }
    expect(Object.keys(result.ratios)).toEqual(['native/nativeAllCores', 'typescript/native']);
    expect(result.peakShare.native).toBeGreaterThan(0);
    // Every state but the first is the next one of a transition; some are met more than once.
    expect(result.meanLength).toBeGreaterThan(2);
    expect(result.rowsPerStep).toBeLessThanOrEqual(1 + 16 * result.meanLength);
    const inside = Object.values(result.split.native).reduce((sum, part) => sum + part, 0);
    expect(inside).toBeGreaterThan(0.5 * result.native);
    expect(inside).toBeLessThan(2 * result.native);
  });

  it('answers bad usage with exit code 2 and nothing on standard output', () => {
    const { status, stdout, stderr } = run(['--scenario', 'nope', '--json']);
    expect(stderr).toMatch(/^bench: scenario: expected hypergrid-8x2-b16, .*got nope\nnpm run bench/s);
    expect([status, stdout]).toEqual([2, '']);
  });

  it('says what is missing where there is no Python', () => {
    const { status, stdout, stderr } = run(['--peers', '--scenario', 'hypergrid-8x2-b16', '--json'], {
      GFLOWNET_PYTHON: 'no-such-python',
    });
    expect(stderr).toContain('bench: peers: expected Python 3.11 or 3.12, got no-such-python missing');
    expect([status, stdout]).toEqual([1, '']);
  });
});
