import { describe, expect, it } from 'vitest';
import { part } from './part.ts';

interface Scenario {
  readonly name: string;
  readonly batchSize: number;
  readonly hidden: readonly number[];
}
interface Request {
  readonly chosen: readonly Scenario[];
  readonly sections: readonly string[];
  readonly seconds: number;
  readonly peers: boolean;
  readonly json: boolean;
}

const { requestOf } = await part<{ requestOf: (args: readonly string[]) => Request }>('request');
const { scenarios } = await part<{ scenarios: readonly Scenario[] }>('scenarios');

describe('requestOf', () => {
  it('takes every scenario without arguments', () => {
    expect(requestOf([])).toMatchObject({ chosen: scenarios, sections: [], peers: false, json: false });
  });

  it('takes the scenarios named, in that order', () => {
    const { chosen, peers, json } = requestOf(['--peers', '--scenario', 'ising-6x6-b16,hypergrid-8x2-b16', '--json']);
    expect(chosen.map(({ name }) => name)).toEqual(['ising-6x6-b16', 'hypergrid-8x2-b16']);
    expect([peers, json]).toEqual([true, true]);
  });

  it('takes no scenarios beside a section unless named', () => {
    expect(requestOf(['--scaling', '--start-up'])).toMatchObject({ chosen: [], sections: ['scaling', 'start-up'] });
    expect(requestOf(['--memory', '--scenario', 'hypergrid-8x2-b16']).chosen).toHaveLength(1);
  });

  it.each([
    [['--scenario', 'nope'], /^scenario: expected hypergrid-8x2-b16, .*got nope/],
    [['--seconds', '0'], /^seconds: expected a number above 0, at most 3600, got 0/],
    [['--seconds', 'soon'], /^seconds: .*got soon/],
    [['--secnds', '1'], /Unknown option/],
    [['--scaling', '--peers'], /^peers: expected scenarios/],
    [['--micro', '--html', 'x.html'], /^html: expected scenarios/],
  ])('%j is bad usage', (args, message) => {
    expect(() => requestOf(args)).toThrow(message);
  });
});

describe('scenarios', () => {
  it('have different names that say their batch', () => {
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
    for (const { name, batchSize } of scenarios) expect(name.endsWith(`-b${batchSize}`)).toBe(true);
  });

  it.each([
    ...[16, 128, 512].flatMap((batch) => [`hypergrid-8x2-b${batch}`, `hypergrid-16x4-b${batch}`]),
    'hypergrid-20x4-b16',
    'ising-6x6-b16',
    'bit-sequence-8-2-b16',
    'bit-sequence-8-2-b128',
    'hypergrid-8x4-fm-b16',
    'hypergrid-2021-8x4-fm-b16',
  ])('include %s with 256×256 hidden units', (name) => {
    expect(scenarios.find((scenario) => scenario.name === name)?.hidden).toEqual([256, 256]);
  });
});
