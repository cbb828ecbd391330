import { describe, expect, it } from 'vitest';
import { part } from './part.ts';

type Profile = Record<'sampling' | 'forward' | 'loss' | 'backward' | 'update', number>;
interface Timed {
  readonly seconds: number;
  readonly meanLength: number;
  readonly rows: number;
  readonly profile: Profile | null;
}
interface Result {
  readonly name: string;
  readonly native: number | null;
  readonly typescript: number | null;
  readonly gfnx: number | null;
  readonly torchgfn: number | null;
  readonly ratios: Readonly<Record<string, number>>;
  readonly peakShare: Readonly<Record<string, number | null>>;
  readonly gigaflopsPerSecond: Readonly<Record<string, number>>;
  readonly fewerProcessors: boolean;
  readonly meanLength: number;
  readonly rowsPerStep: number;
  readonly split: Readonly<Record<string, Readonly<Record<string, number>> | null>>;
  readonly spread: Readonly<Record<string, { readonly n: number; readonly median: number }>>;
}

const { scenarioResult } = await part<{ scenarioResult: (measured: object) => Result }>('scenario-result');
const { scenarioText } = await part<{ scenarioText: (result: Result) => string }>('scenario-table');
const { resultPage } = await part<{ resultPage: (machine: string, results: readonly Result[]) => string }>('chart');
const { stepGigaflops } = await part<{
  stepGigaflops: (model: { parameters: { shape: number[] }[] }, rows: number) => number;
}>('matrix-product-peak');
const { profileBetween } = await part<{
  profileBetween: (earlier: Profile | null, later: Profile | null) => Profile | null;
}>('runner');

const profile: Profile = { sampling: 0.001, forward: 0.004, loss: 0.0005, backward: 0.003, update: 0.001 };
const model = { parameters: [[2, 3], [3], [3, 4], [4]].map((shape) => ({ shape })) };

/** Rounds of two steps that took so many seconds. */
const rounds = (seconds: readonly number[], withProfile: boolean): Timed[] =>
  seconds.map((value, i) => ({
    seconds: value,
    meanLength: 7 + i,
    rows: 40 + 2 * i,
    profile: withProfile ? profile : null,
  }));

const measured = {
  scenario: {
    name: 'hypergrid-8x2-b16',
    environment: { name: 'hypergrid' },
    objective: { name: 'trajectory-balance' },
    batchSize: 16,
    hidden: [256, 256],
  },
  model,
  runners: [
    { name: 'native', threads: 1 },
    { name: 'nativeAllCores', threads: 2 },
    { name: 'typescript', threads: 1 },
    { name: 'gfnx', threads: 2 },
  ],
  timedSteps: 2,
  timings: [
    rounds([0.01, 0.02, 0.012], true),
    rounds([0.005, 0.01, 0.006], true),
    rounds([0.1, 0.2, 0.13], false),
    rounds([0.04, 0.08, 0.05], false),
  ],
  peaks: [
    { threads: 1, gigaflopsPerSecond: 100 },
    { threads: 2, gigaflopsPerSecond: 150 },
  ],
  peerStatistics: { gfnx: { meanLength: 8.5, distinctStates: 45.25 } },
  peersLeftOut: [],
};

describe('scenarioResult', () => {
  const result = scenarioResult(measured);

  it('has the median of each runner in milliseconds a step, null without', () => {
    expect(result).toMatchObject({ name: 'hypergrid-8x2-b16', native: 6, nativeAllCores: 3, typescript: 65, gfnx: 25 });
    expect(result.torchgfn).toBeNull();
    expect(result.spread.native).toMatchObject({ n: 3, median: 6 });
  });

  it('has ratios pair by pair, by the names of both', () => {
    expect(Object.keys(result.ratios)).toEqual([
      'native/nativeAllCores',
      'typescript/native',
      'gfnx/native',
      'gfnx/nativeAllCores',
    ]);
    expect(result.ratios['typescript/native']).toBeCloseTo(10, 9);
    expect(result.ratios['gfnx/native']).toBeCloseTo(4, 9);
    expect(result.ratios['gfnx/nativeAllCores']).toBeCloseTo(8, 9);
  });

  it("has the share of the peak of as many threads, from the rounds' mean rows", () => {
    expect([result.meanLength, result.rowsPerStep]).toEqual([8, 42]);
    expect(result.peakShare.native).toBeCloseTo(stepGigaflops(model, 42) / 0.006 / 100, 15);
    expect(result.peakShare.nativeAllCores).toBeCloseTo(stepGigaflops(model, 42) / 0.003 / 150, 15);
    expect(result.peakShare.typescript).toBeCloseTo(stepGigaflops(model, 42) / 0.065 / 100, 15);
  });

  it("has useful operations a second of every runner, a peer's from its own states", () => {
    expect(result.gigaflopsPerSecond.typescript).toBeCloseTo(stepGigaflops(model, 42) / 0.065, 15);
    expect(result.gigaflopsPerSecond.gfnx).toBeCloseTo(stepGigaflops(model, 45.25) / 0.025, 15);
  });

  it('says so where all processors together are hardly faster than one', () => {
    const peaksOf = (all: number) => [measured.peaks[0], { threads: 2, gigaflopsPerSecond: all }];
    const text = 'not as many processors as threads';
    for (const [all, fewer] of [
      [149, true],
      [150, false],
    ] as const) {
      const measuredThen = scenarioResult({ ...measured, peaks: peaksOf(all) });
      expect(measuredThen.fewerProcessors).toBe(fewer);
      expect(scenarioText(measuredThen).includes(text)).toBe(fewer);
    }
  });

  it('splits a step into its parts and what is left', () => {
    expect(Object.keys(result.split)).toEqual(['native', 'nativeAllCores']);
    const { native } = result.split;
    expect(native).toMatchObject({ sampling: 0.5, forward: 2, loss: 0.25, backward: 1.5, update: 0.5 });
    expect(native?.javaScript).toBeCloseTo(1.25, 9); // (12 − 9.5) / 2
  });

  it('prints one row a runner, the peer with its own statistics', () => {
    const lines = scenarioText(result).split('\n');
    expect(lines[0]).toBe('hypergrid-8x2-b16: trajectory-balance, batch 16, hidden 256×256');
    expect(lines.find((line) => line.startsWith('gfnx'))?.split(/ {2,}/)).toEqual([
      'gfnx',
      '2',
      '25.00',
      '22.50–32.50',
      '39.70',
      '3',
      '4.00',
      '8.00',
      '0.0',
      '0.0',
      '8.50',
      '45',
    ]);
    expect(lines.at(-2)?.split(/ {2,}/)).toEqual(['native', '0.500', '2.00', '0.250', '1.50', '0.500', '1.25']);
  });

  it('draws a bar for each runner in one document without links', () => {
    const html = resultPage('a machine', [result]);
    for (const text of ['hypergrid-8x2-b16', '25.0 ms, 8.0×', 'TypeScript', 'a machine']) expect(html).toContain(text);
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).not.toMatch(/<script|https?:|src=|href=/);
  });
});

describe('stepGigaflops', () => {
  it('counts a product forward and two backward for each weight, one for the first', () => {
    expect(stepGigaflops(model, 10)).toBeCloseTo((2 * 10 * (3 * 18 - 6)) / 1e9, 15);
  });
});

describe('profileBetween', () => {
  it('is what was added, null where nothing is measured', () => {
    const later = { sampling: 0.003, forward: 0.005, loss: 0.0005, backward: 0.013, update: 0.002 };
    const added = profileBetween(profile, later);
    expect(added?.sampling).toBeCloseTo(0.002, 12);
    expect(added?.backward).toBeCloseTo(0.01, 12);
    expect(added?.loss).toBe(0);
    expect(profileBetween(null, later)).toBeNull();
  });
});
