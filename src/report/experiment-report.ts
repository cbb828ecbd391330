import { ChartRenderer } from './chart.ts';
import { figure, figures, paragraph, table } from './html.ts';
import { lineChart, type Line } from './line-chart.ts';
import { figureText } from './metric-definition.ts';
import { page, type Section } from './page.ts';

/** A method after so many visits. */
export interface ExperimentPoint {
  /** Reward evaluations so far, repeats counted. */
  readonly visits: number;
  /** Σ |p̂(x) − p(x)| over the last samples. */
  readonly empiricalL1Sum: number;
  /** The same divided by the number of cells: the L1 of Bengio et al. 2021. */
  readonly empiricalL1Mean: number;
  /** Σ |p_θ(x) − p(x)| of the exact terminal distribution; null for methods without one. */
  readonly l1Sum: number | null;
  readonly modesFound: number;
}

export interface ExperimentCurve {
  readonly method: string;
  readonly rewardR0: number;
  readonly points: readonly ExperimentPoint[];
}

/** All curves of one reward. */
export interface ExperimentPanel {
  readonly rewardR0: number;
  readonly curves: readonly ExperimentCurve[];
  /** Empirical L1 sum that a perfect sampler would show at (visits, floor). */
  readonly noiseFloor: readonly (readonly [number, number])[];
}

export interface ExperimentReport {
  readonly title: string;
  readonly subtitle: string;
  readonly settings: readonly (readonly [string, string])[];
  readonly panels: readonly ExperimentPanel[];
  readonly modeCount: number;
  readonly modeDefinition: string;
  readonly window: number;
}

/** The largest L1 sum that two distributions can have. */
const MOST_L1 = 2;

function panelSection(renderer: ChartRenderer, panel: ExperimentPanel, report: ExperimentReport): Section {
  const { curves, rewardR0, noiseFloor } = panel;
  const lines = (value: (point: ExperimentPoint) => number | null): Line[] =>
    curves.map(({ method, points }, color) => ({
      name: method,
      color,
      points: points.map((point) => [point.visits, value(point)]),
    }));
  const floor: Line = { name: 'perfect sampler', color: 3, points: noiseFloor };
  const exact = lines((point) => point.l1Sum).filter(({ points }) => points.some(([, y]) => y !== null));
  const xName = 'visits';
  const l1Axis = { xName, logarithmic: true, maximum: MOST_L1 };
  const body = figures([
    figure(
      lineChart(renderer, [...lines((point) => point.empiricalL1Sum), floor], {
        title: 'Empirical L1, sum',
        ...l1Axis,
      }),
      `empiricalL1Sum: Σ |p̂ − p| over the last ${report.window} samples, with the floor that sampling noise sets.`,
    ),
    figure(
      lineChart(
        renderer,
        lines((point) => point.empiricalL1Mean),
        { title: 'Empirical L1, mean', xName, minimum: 0 },
      ),
      'empiricalL1Mean: the same divided by the number of cells, as Bengio et al. 2021 plot it.',
    ),
    figure(
      lineChart(renderer, exact, { title: 'Exact L1, sum', ...l1Axis }),
      'l1Sum: Σ |p_θ − p| with the exact terminal distribution p_θ of the policy.',
    ),
    figure(
      lineChart(
        renderer,
        lines((point) => point.modesFound),
        { title: `Modes found, of ${report.modeCount}`, xName, minimum: 0, maximum: report.modeCount },
      ),
      report.modeDefinition,
    ),
  ]);
  return { heading: `R0 = ${rewardR0}`, body };
}

/** The last point of every curve. */
export function finalRows(panels: readonly ExperimentPanel[], modeCount: number): readonly (readonly string[])[] {
  return panels.flatMap(({ curves, noiseFloor }) =>
    curves.flatMap(({ method, rewardR0, points }) => {
      const last = points.at(-1);
      if (last === undefined) return [];
      return [
        [
          String(rewardR0),
          method,
          String(last.visits),
          last.empiricalL1Sum.toFixed(4),
          (noiseFloor.at(-1)?.[1] ?? 0).toFixed(4),
          last.empiricalL1Mean.toExponential(2),
          last.l1Sum === null ? '—' : figureText(Number(last.l1Sum.toFixed(4))),
          `${last.modesFound} of ${modeCount}`,
        ],
      ];
    }),
  );
}

export const finalColumns = [
  'R0',
  'method',
  'visits',
  'empiricalL1Sum',
  'noise floor',
  'empiricalL1Mean',
  'l1Sum',
  'modes',
] as const;

/** The report of an experiment as one self-contained HTML document. */
export function experimentReport(report: ExperimentReport): string {
  const renderer = new ChartRenderer();
  const { title, subtitle, panels, modeCount, settings } = report;
  const definitions = [
    ['visits', 'reward evaluations, repeats counted; for GFlowNets the trajectories trained on'],
    [
      'empiricalL1Sum',
      `Σ |p̂(x) − p(x)|, p̂ the frequencies among the last ${report.window} samples, one for each visit`,
    ],
    ['noise floor', 'expected empiricalL1Sum of a perfect sampler with as many samples'],
    ['empiricalL1Mean', 'empiricalL1Sum divided by the number of cells: the L1 of Bengio et al. 2021'],
    ['l1Sum', 'Σ |p_θ(x) − p(x)|, p_θ the exact terminal distribution of the policy; no such for MCMC'],
    ['modes', report.modeDefinition],
  ];
  return page(title, subtitle, [
    { heading: 'Result', body: table(finalColumns, finalRows(panels, modeCount)) },
    ...panels.map((panel) => panelSection(renderer, panel, report)),
    {
      heading: 'Definitions',
      body: [
        table(['name', 'definition'], definitions),
        paragraph(
          'The samples of a GFlowNet are the objects that its training visited, those of MCMC the states of its chains ' +
            'after each visit.',
        ),
      ].join('\n'),
    },
    { heading: 'Settings', body: table(['setting', 'value'], settings) },
  ]);
}
