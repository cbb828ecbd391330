import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { StepReport } from '../../src/trainer/engine.ts';

type Compared = Pick<StepReport, 'step' | 'loss' | 'logZ' | 'meanLogReward' | 'meanLength' | 'rows'>;
interface Runner {
  readonly name: string;
  readonly backend: string;
  readonly threads: number;
  readonly train: (steps: number) => Promise<Compared>;
}
interface Timing {
  readonly name: string;
  readonly n: number;
  readonly median: number;
  readonly p99: number;
  readonly meanLength: number;
}
interface EqualResults {
  readonly requireEqualResults: (results: readonly { name: string; report: Compared }[]) => void;
}
interface Rounds {
  readonly summary: (milliseconds: readonly number[]) => { n: number; median: number; p99: number };
  readonly rotation: (count: number, round: number) => number[];
  readonly timeRounds: (
    runners: readonly Runner[],
    seconds: number,
  ) => Promise<{ timedSteps: number; timings: Timing[] }>;
}
interface Peak {
  readonly stepGigaflops: (model: { parameters: { shape: number[] }[] }, rows: number) => number;
}
interface BenchResult {
  readonly machine: { readonly processors: number };
  readonly scenarios: readonly { readonly name: string; readonly runners: readonly Timing[] }[];
}

/** A part of the benchmark, which is plain JavaScript. */
async function part(name: string): Promise<unknown> {
  return import(new URL(`../../bench/${name}.js`, import.meta.url).href);
}

const report: Compared = {
  step: 1,
  loss: 0.25,
  logZ: 3,
  meanLogReward: -1,
  meanLength: 8,
  rows: 44,
};

describe('requireEqualResults', () => {
  it('takes what rounding leaves', async () => {
    const { requireEqualResults } = (await part('equal-results')) as EqualResults;
    const other = { ...report, loss: report.loss + 1e-6, logZ: report.logZ - 1e-5 };
    expect(() => {
      requireEqualResults([
        { name: 'a', report },
        { name: 'b', report: other },
      ]);
    }).not.toThrow();
  });

  it.each([
    { loss: 0.2501 },
    { loss: Number.NaN },
    { logZ: 3.001 },
    { meanLength: 8.0625 },
    { meanLogReward: -1.1 },
    { rows: 45 },
  ])('refuses $0 beside a report that says otherwise', async (difference) => {
    const { requireEqualResults } = (await part('equal-results')) as EqualResults;
    expect(() => {
      requireEqualResults([
        { name: 'a', report },
        { name: 'b', report: { ...report, ...difference } },
      ]);
    }).toThrow(new RegExp(`^${Object.keys(difference).join()} of step 1: a has .* b has `));
  });
});

describe('timeRounds', () => {
  /** Answers at once; keeps its name and steps in `calls`. */
  function fakeRunner(name: string, calls: string[], loss = report.loss): Runner {
    return {
      name,
      backend: name,
      threads: 1,
      train: (steps) => {
        calls.push(`${name} ${steps}`);
        return Promise.resolve({ ...report, loss });
      },
    };
  }

  it('gives every runner the same steps in turn, one of them untimed, the first place going round', async () => {
    const { timeRounds } = (await part('rounds')) as Rounds;
    const calls: string[] = [];
    const { timedSteps, timings } = await timeRounds([fakeRunner('a', calls), fakeRunner('b', calls)], 1e-9);
    const order = ['a', 'b', 'b', 'a', 'a', 'b', 'b', 'a', 'a', 'b'];
    expect(calls.slice(-20)).toEqual(order.flatMap((name) => [`${name} 1`, `${name} ${timedSteps}`]));
    expect(timings.map(({ name, n, meanLength }) => [name, n, meanLength])).toEqual([
      ['a', 5, 8],
      ['b', 5, 8],
    ]);
  });

  it('does not start where the first step differs', async () => {
    const { timeRounds } = (await part('rounds')) as Rounds;
    const calls: string[] = [];
    await expect(timeRounds([fakeRunner('a', calls), fakeRunner('b', calls, 1)], 1)).rejects.toThrow(/loss of step 1/);
    expect(calls).toEqual(['a 1', 'b 1']);
  });
});

describe('figures', () => {
  it('are median and 99th percentile between the two nearest, whatever the order', async () => {
    const { summary } = (await part('rounds')) as Rounds;
    const milliseconds = Array.from({ length: 200 }, (_, i) => ((i * 77) % 200) + 1);
    expect(summary(milliseconds)).toEqual({ n: 200, median: 100.5, p99: 198.01 });
  });

  it('count a product forward and two backward for each weight, one for the first', async () => {
    const { stepGigaflops } = (await part('matrix-product-peak')) as Peak;
    const parameters = [[2, 3], [3], [3, 4], [4]].map((shape) => ({ shape }));
    expect(stepGigaflops({ parameters }, 10)).toBeCloseTo((2 * 10 * (3 * 18 - 6)) / 1e9, 15);
  });
});

describe('node bench/bench.js', () => {
  const bench = fileURLToPath(new URL('../../bench/bench.js', import.meta.url));
  const run = (...args: string[]) => spawnSync(process.execPath, [bench, ...args], { encoding: 'utf8' });

  it('prints one JSON object with every runner on standard output', () => {
    const { status, stdout, stderr } = run('--scenario', 'hypergrid-8x8', '--seconds', '0.05', '--json');
    expect(stderr).toContain('hypergrid-8x8: trajectory-balance, batch 16');
    expect(status).toBe(0);
    const { machine, scenarios } = JSON.parse(stdout) as BenchResult;
    expect(scenarios.map(({ name }) => name)).toEqual(['hypergrid-8x8']);
    const { runners } = scenarios[0];
    expect(runners.map(({ name }) => name)).toEqual([
      'native, 1 thread',
      ...(machine.processors > 1 ? [`native, ${machine.processors} threads`] : []),
      'typescript, 1 thread',
    ]);
    for (const { n, median, p99, meanLength } of runners) {
      expect(n).toBeGreaterThanOrEqual(5);
      expect(median).toBeGreaterThan(0);
      expect(p99).toBeGreaterThanOrEqual(median);
      expect(meanLength).toBeCloseTo(runners[0].meanLength, 9); // the same trajectories
    }
  });

  it.each([
    [['--scenario', 'nope'], /scenario: expected hypergrid-8x8, .*got nope/],
    [['--seconds', '0'], /seconds: expected a number above 0/],
    [['--secnds', '1'], /Unknown option/],
  ])('%j is bad usage', (args, message) => {
    const { status, stdout, stderr } = run(...args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});
