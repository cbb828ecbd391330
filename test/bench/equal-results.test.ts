import { describe, expect, it } from 'vitest';
import type { StepReport } from '../../src/trainer/engine.ts';
import { part } from './part.ts';

type Compared = Pick<StepReport, 'step' | 'loss' | 'logZ' | 'meanLogReward' | 'meanLength' | 'rows'>;

const { requireEqualResults } = await part<{
  requireEqualResults: (results: readonly { name: string; report: Compared }[]) => void;
}>('equal-results');

const report: Compared = { step: 1, loss: 0.25, logZ: 3, meanLogReward: -1, meanLength: 8, rows: 44 };

const compare = (other: Partial<Compared>) => () => {
  requireEqualResults([
    { name: 'a', report },
    { name: 'b', report: { ...report, ...other } },
  ]);
};

describe('requireEqualResults', () => {
  it('takes what rounding leaves', () => {
    expect(compare({ loss: report.loss + 1e-6, logZ: report.logZ - 1e-5 })).not.toThrow();
  });

  it.each([
    { loss: 0.2501 },
    { loss: Number.NaN },
    { logZ: 3.001 },
    { meanLength: 8.0625 },
    { meanLogReward: -1.1 },
    { rows: 45 },
  ])('refuses $0 beside a report that says otherwise', (difference) => {
    expect(compare(difference)).toThrow(new RegExp(`^${Object.keys(difference).join()} of step 1: a has .* b has `));
  });
});
