import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

interface Bounds {
  readonly l1Sum: number;
  readonly logZError: number;
}
interface Shown {
  readonly ok: boolean;
  readonly printed: string;
}
interface Memory {
  readonly flatness: (measurements: readonly { seconds: number; memory: number; heapUsed: number }[]) => {
    readonly memory: { readonly slope: number | null };
    readonly heap: { readonly slope: number | null };
    readonly ok: boolean;
  };
  readonly measured: (seconds: number) => Promise<readonly { readonly seconds: number; readonly memory: number }[]>;
}
interface Claims {
  readonly claims: readonly { readonly name: string; readonly kind: string; readonly files?: string }[];
}
interface Training {
  readonly judged: (printed: Readonly<Record<string, number | null>>, bounds: Bounds) => { ok: boolean };
  readonly showTraining: (
    claim: { train: string; seeds: readonly number[]; bounds: Bounds },
    folder: string,
  ) => Promise<Shown>;
}
interface SameModels {
  readonly showSameModels: (claim: { train: string; variants: readonly string[] }, folder: string) => Promise<Shown>;
}

/** A part of the campaign, which is plain JavaScript. */
async function part(name: string): Promise<unknown> {
  return import(new URL(`../../scripts/verify/${name}.js`, import.meta.url).href);
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gflownet-verify-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const small = 'hypergrid --dimensions 1 --side 4 --hidden 8 --steps 3 --batch 4';

describe('claims', () => {
  it('have names of their own, and tests that exist', async () => {
    const { claims } = (await part('claims')) as Claims;
    expect(new Set(claims.map(({ name }) => name)).size).toBe(claims.length);
    const files = claims.flatMap((claim) => claim.files?.split(' ') ?? []);
    expect(files.length).toBeGreaterThan(0);
    const root = fileURLToPath(new URL('../..', import.meta.url));
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

describe('a training run', () => {
  const bounds = { l1Sum: 0.1, logZError: 0.05 };

  it.each([
    [{ l1Sum: 0.09, logZ: 2, exactLogZ: 2.04 }, true],
    [{ l1Sum: 0.1, logZ: 2, exactLogZ: 2 }, false],
    [{ l1Sum: 0.01, logZ: 2.06, exactLogZ: 2 }, false],
    [{ l1Sum: 0.01, logZ: 1.94, exactLogZ: 2 }, false],
    [{ l1Sum: null, logZ: 2, exactLogZ: 2 }, false],
    [{ l1Sum: 0.01, logZ: null, exactLogZ: 2 }, false],
    [{ l1Sum: Number.NaN, logZ: 2, exactLogZ: 2 }, false],
  ])('that printed %j is within its bounds: %s', async (printed, ok) => {
    const { judged } = (await part('training')) as Training;
    expect(judged(printed, bounds).ok).toBe(ok);
  });

  it('is done for each seed, and one outside the bounds fails the claim', async () => {
    const { showTraining } = (await part('training')) as Training;
    const wide = await showTraining({ train: small, seeds: [1, 2], bounds: { l1Sum: 3, logZError: 100 } }, folder);
    expect(wide).toMatchObject({ ok: true, values: [{ seed: 1 }, { seed: 2 }] });
    const narrow = { train: `${small} --force`, seeds: [1], bounds: { l1Sum: 1e-9, logZError: 100 } };
    expect(await showTraining(narrow, folder)).toMatchObject({ ok: false });
  });
});

describe('models of several runs', () => {
  it('are compared byte for byte', async () => {
    const { showSameModels } = (await part('same-models')) as SameModels;
    const train = `${small} --force`;
    expect(await showSameModels({ train, variants: ['--threads 1', '--threads 2'] }, folder)).toMatchObject({
      ok: true,
      printed: 'the same bytes',
    });
    expect(await showSameModels({ train, variants: ['--seed 1', '--seed 2'] }, folder)).toMatchObject({ ok: false });
  });
});

describe('memory over time', () => {
  /** 100 MB that settle at first and then grow by so many bytes a second, with the noise of an allocator; a heap. */
  const series = (growth: number, heapGrowth = 0) =>
    Array.from({ length: 360 }, (_, i) => {
      const seconds = 10 * i;
      const heapUsed = 1e7 + heapGrowth * seconds;
      return {
        seconds,
        heapUsed,
        memory: 1e8 * (1 - Math.exp(-seconds / 100)) + growth * seconds + 2e6 * Math.sin(i * i),
      };
    });

  it('is flat where it does not grow after the warm-up', async () => {
    const { flatness } = (await part('memory')) as Memory;
    expect(flatness(series(0)).ok).toBe(true);
    expect(flatness(series(-1000)).ok).toBe(true);
    const growing = flatness(series(2000)); // 7 MB in an hour
    expect(growing.memory.slope).toBeCloseTo(2000, -3);
    expect(growing.ok).toBe(false);
    const heap = flatness(series(0, 500)); // 1.8 MB in an hour
    expect(heap.heap.slope).toBeCloseTo(500, 6);
    expect(heap.ok).toBe(false);
    expect(flatness(series(0, 100)).ok).toBe(true);
    expect(flatness(series(0).slice(0, 2))).toMatchObject({ memory: { slope: null }, ok: false });
  });

  it('is measured while a process trains and samples', async () => {
    const { measured } = (await part('memory')) as Memory;
    const measurements = await measured(3);
    expect(measurements.length).toBeGreaterThan(3);
    expect(measurements.at(-1)).toMatchObject({
      memory: expect.any(Number) as number,
      steps: expect.any(Number) as number,
      trainers: expect.any(Number) as number,
    });
    expect(measurements[0].memory).toBeGreaterThan(1e7);
  });
});

describe('node scripts/verify.js', () => {
  const verify = fileURLToPath(new URL('../../scripts/verify.js', import.meta.url));
  const run = (...args: string[]) => spawnSync(process.execPath, [verify, ...args], { encoding: 'utf8' });

  it('prints one JSON object on standard output', () => {
    const { status, stdout } = run('--claim', 'metropolis-hastings', '--json');
    const { claims } = JSON.parse(stdout) as { claims: Shown[] };
    expect(claims).toMatchObject([{ name: 'metropolis-hastings', ok: true, values: { failed: 0 } }]);
    expect(status).toBe(0);
  });

  it('refuses a claim that there is not', () => {
    const { status, stderr } = run('--claim', 'nope');
    expect(stderr).toMatch(/^verify: claim: expected trajectory-balance-8x8, .*got nope/);
    expect(status).toBe(2);
  });
});
