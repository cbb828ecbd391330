import { describe, expect, it } from 'vitest';
import type { Evaluation } from '../../src/index.ts';
import { figureText, metricDefinitions } from '../../src/report/metric-definition.ts';
import { runReport, type RunReport } from '../../src/report/run-report.ts';

const evaluation: Evaluation = {
  environment: 'hypergrid',
  objective: 'trajectory-balance',
  beta: 1,
  logZ: 3.1,
  logZSamples: null,
  exactLogZ: 3.109,
  l1Sum: 0.004,
  l1Mean: 0.00006,
  totalVariation: 0.002,
  kullbackLeibler: 1e-5,
  jensenShannon: 1e-6,
  empiricalSamples: 200_000,
  empiricalL1Sum: 0.012,
  empiricalL1Mean: 0.0002,
  empiricalTotalVariation: 0.006,
  empiricalKullbackLeibler: 0.0001,
  empiricalJensenShannon: 0.00004,
  noiseFloor: 0.0122,
  elbo: 3.09,
  eubo: 3.12,
  pearson: 0.99,
  spearman: null,
  correlationObjects: 'all 64 <cells>',
  modesFound: 3,
  modeCount: 4,
  modeDefinition: 'R > 2 & "near" a corner',
  topK: [
    { k: 10, mean: 2.6 },
    { k: 100, mean: null },
  ],
};

function gridReport(side: number): RunReport {
  const cells = Array.from({ length: side * side }, (_, i): [number, number] => [Math.floor(i / side), i % side]);
  const target = Float64Array.from(cells, ([x, y]) => (x + y + 1) / (side * side * side));
  return {
    environment: 'hypergrid',
    objective: 'trajectory-balance',
    configuration: [
      ['environment', 'hypergrid'],
      ['note', '<script>alert(1)</script> & "quotes"'],
    ],
    beta: 1,
    metrics: Array.from({ length: 1200 }, (_, i) => ({
      step: i + 1,
      visits: 16 * (i + 1),
      loss: 1 / (i + 1),
      logZ: 3.1 - 1 / (i + 1),
      l1Sum: i % 100 === 99 ? 1 / (i + 1) : null,
      meanLogReward: -1,
    })),
    evaluation,
    distribution: { target, learned: target.map((p) => 0.9 * p), grid: { side, cells } },
  };
}

describe('runReport', () => {
  const html = runReport(gridReport(8));

  it('is one complete document that loads nothing', () => {
    expect(html.startsWith('<!doctype html>')).toBe(true);
    expect(html.trimEnd().endsWith('</html>')).toBe(true);
    expect(html).not.toMatch(/https?:\/\//);
    expect(html).not.toMatch(/<(script|link|img|iframe|object)\b/i);
    expect(html).not.toMatch(/@import|url\((?!#)/);
  });

  it('escapes every text', () => {
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot;');
    expect(html).toContain('all 64 &lt;cells&gt;');
    expect(html).toContain('R &gt; 2 &amp; &quot;near&quot; a corner');
  });

  it('is the same for the same run, whatever was drawn before', () => {
    expect(runReport(gridReport(8))).toBe(html);
    runReport(gridReport(5));
    expect(runReport(gridReport(8))).toBe(html);
  });

  it('changes with the run', () => {
    const report = gridReport(8);
    expect(runReport({ ...report, metrics: report.metrics.slice(0, 600) })).not.toBe(html);
  });

  it('has identifiers that are unique in the document', () => {
    const identifiers = [...html.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(identifiers).size).toBe(identifiers.length);
    for (const [, used] of html.matchAll(/url\(#([^)]+)\)/g)) expect(identifiers).toContain(used);
  });

  it('draws loss, logZ, mean reward, L1, two heat maps, scatter and ranks', () => {
    expect(html.match(/<figure/g)).toHaveLength(8);
    expect(html.match(/<figure class="map"/g)).toHaveLength(2);
  });

  const figureOf = (title: string): string => {
    const found = html.split('<figure').find((text) => text.includes(`>${title}</text>`));
    if (found === undefined) throw new Error(`no figure ${title}`);
    return found;
  };

  it('names both axes of scatter and heat maps', () => {
    const scatter = figureOf('Learned against exact probability of each object');
    for (const name of ['exact p(x)', 'learned p_θ(x)']) expect(scatter).toContain(`>${name}</text>`);
    for (const title of ['Exact p(x)', 'Learned p_θ(x)']) {
      for (const name of ['coordinate 0', 'coordinate 1']) expect(figureOf(title)).toContain(`>${name}</text>`);
    }
  });

  it('draws a dashed line dashed in the legend too', () => {
    for (const title of ['Probability of the best k objects', 'logZ']) {
      // The line of exact values and its piece in the legend.
      expect(figureOf(title).match(/<path[^>]*stroke-dasharray[^>]*>/g), title).toHaveLength(2);
    }
  });

  it('has no two numbers of an axis that are close together', () => {
    const ranks = figureOf('Probability of the best k objects');
    expect(ranks).toContain('>64</text>');
    expect(ranks).toContain('>56</text>');
    expect(ranks).not.toContain('>60</text>');
  });

  it('breaks words where they are longer than a column only', () => {
    const modes = ['0'.repeat(120), '1'.repeat(120)].join(',');
    const report = runReport({
      ...gridReport(4),
      configuration: [
        ['environment.modes', modes],
        ['seed', '12345678'],
      ],
    });
    expect(report).toContain(`<td class="long">${modes}</td>`);
    expect(report).toContain('<td>12345678</td>');
    expect(report).not.toMatch(/^t[dh][^.]*overflow-wrap/m);
  });

  it('shows every metric with value and definition', () => {
    for (const { name } of metricDefinitions) expect(html).toContain(`<td>${name}</td>`);
    expect(html).toContain('<td>3 of 4</td>');
    expect(html).toContain('<td>k=10: 2.6, k=100: —</td>');
  });

  it('goes without what a large environment does not have', () => {
    const report = gridReport(8);
    const metrics = report.metrics.map((row) => ({ ...row, l1Sum: null }));
    const large = runReport({ ...report, metrics, distribution: null });
    expect(large.match(/<figure/g)).toHaveLength(3);
    expect(large).toContain('too large to enumerate');
  });

  it('says that the evaluation is missing where the run was stopped before it', () => {
    const stopped = runReport({ ...gridReport(8), evaluation: null, distribution: null });
    expect(stopped.match(/Stopped before the evaluation/g)).toHaveLength(2);
    expect(stopped.match(/<figure/g)).toHaveLength(4);
    expect(stopped).not.toContain('too large to enumerate');
  });

  it('draws no heat maps where cells could not be seen, and thins the points', () => {
    const wide = runReport(gridReport(80));
    expect(wide).not.toContain('<figure class="map"');
    expect(wide).toContain('6400 objects, evenly thinned');
    expect(wide.length).toBeLessThan(2_000_000);
  });

  it('stands a run that was interrupted before its first step, and values that are not finite', () => {
    const report = gridReport(4);
    const last = { ...report.metrics[0], loss: Infinity, logZ: NaN };
    expect(runReport({ ...report, metrics: [] })).toContain('no training steps');
    expect(runReport({ ...report, metrics: [last] })).toContain('1 steps');
  });
});

describe('figureText', () => {
  it.each([
    [null, '—'],
    [0.1234567, '0.123457'],
    [-2.5, '−2.5'],
    [Infinity, '∞'],
    [-Infinity, '−∞'],
    [NaN, 'NaN'],
    [200_000, '200000'],
  ])('%s → %s', (value, text) => expect(figureText(value)).toBe(text));
});
