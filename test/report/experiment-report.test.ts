import { describe, expect, it } from 'vitest';
import { experimentReport, finalRows, type ExperimentPanel } from '../../src/report/experiment-report.ts';

function panel(rewardR0: number): ExperimentPanel {
  const points = [1, 2, 3].map((i) => ({
    visits: 1000 * i,
    empiricalL1Sum: 1 / i,
    empiricalL1Mean: 1 / i / 4096,
    l1Sum: 0.5 / i,
    modesFound: 5 * i,
  }));
  return {
    rewardR0,
    curves: [
      { method: 'flow-matching', rewardR0, points },
      { method: 'mcmc', rewardR0, points: points.map((point) => ({ ...point, l1Sum: null })) },
      { method: 'not started', rewardR0, points: [] },
    ],
    noiseFloor: points.map(({ visits }) => [visits, 0.2]),
  };
}

const report = {
  title: 'Grid <&>',
  subtitle: 'against visits',
  settings: [['seed', '1']] as const,
  panels: [panel(0.1), panel(0.001)],
  modeCount: 16,
  modeDefinition: 'corners > 2',
  window: 200_000,
};

describe('experimentReport', () => {
  const html = experimentReport(report);

  it('shows for each reward both empirical L1, the exact one and the modes', () => {
    expect(html.match(/<figure/g)).toHaveLength(8);
    for (const name of ['empiricalL1Sum', 'empiricalL1Mean', 'l1Sum', 'modes', 'noise floor'])
      expect(html).toContain(name);
  });

  it('numbers the modes up to all of them, with none beside the last', () => {
    const modes = html.split('<figure').find((text) => text.includes('>Modes found, of 16</text>')) ?? '';
    expect(modes).toContain('>16</text>');
    expect(modes).toContain('>14</text>');
    expect(modes).not.toContain('>15</text>');
  });

  it('loads nothing, escapes texts and is always the same', () => {
    expect(html).not.toMatch(/https?:\/\/|<script|<link|<img/i);
    expect(html).toContain('<title>Grid &lt;&amp;&gt;</title>');
    expect(html).toContain('corners &gt; 2');
    expect(experimentReport(report)).toBe(html);
  });
});

describe('finalRows', () => {
  it('has the last point of every curve that has one', () => {
    expect(finalRows([panel(0.1)], 16)).toEqual([
      ['0.1', 'flow-matching', '3000', '0.3333', '0.2000', '8.14e-5', '0.1667', '15 of 16'],
      ['0.1', 'mcmc', '3000', '0.3333', '0.2000', '8.14e-5', '—', '15 of 16'],
    ]);
  });
});
