import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { experimentDisplay } from '../../src/cli/experiment-display.ts';
import type { ExperimentCurve, ExperimentPoint } from '../../src/report/experiment-report.ts';

const curves = [
  { method: 'flow-matching', rewardR0: 0.1, exact: 0.25 },
  { method: 'trajectory-balance', rewardR0: 0.01, exact: 1.5 },
  { method: 'mcmc', rewardR0: 0.001, exact: null },
];

/** What is written while each of the three curves grows to ten points. */
function displayed(isTTY: boolean): string {
  let written = '';
  const stderr = Object.assign(new PassThrough(), { isTTY });
  stderr.on('data', (chunk: Buffer) => (written += chunk.toString()));
  const display = experimentDisplay({ stdout: new PassThrough(), stderr }, 30);
  for (const { method, rewardR0, exact } of curves) {
    const points: ExperimentPoint[] = [];
    const curve: ExperimentCurve = { method, rewardR0, points };
    for (let i = 1; i <= 10; i++) {
      points.push({
        visits: (10 ** (i / 2)) | 0,
        empiricalL1Sum: 1 / i,
        empiricalL1Mean: 0,
        l1Sum: exact,
        modesFound: 2 * i,
      });
      display.update(curve);
    }
  }
  display.stop();
  return written;
}

describe('experimentDisplay', () => {
  it('prints every fifth point where no bar can be drawn, in columns that stay where they are', () => {
    const lines = displayed(false).trimEnd().split('\n');
    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatch(
      /^ +\d+ s {2}R0=0\.1 {4}flow-matching {7}visits +316 {2}empiricalL1Sum 0\.2000 {2}l1Sum 0\.2500/,
    );
    for (const column of [' s ', 'R0=', 'visits ', 'empiricalL1Sum ', ' l1Sum ', ' modes ']) {
      expect(new Set(lines.map((line) => line.indexOf(column))).size, column).toBe(1);
    }
  });

  it('redraws a bar on a terminal', () => {
    const written = displayed(true);
    expect(written).toMatch(/█.*R0=0\.001 {2}mcmc .*modes 20 .*100%/);
    expect(written.match(/\n/g)).toHaveLength(1); // at the end
  });
});
