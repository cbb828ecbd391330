import type { Evaluation } from '../index.ts';
import { ChartRenderer } from './chart.ts';
import { distributionByRank, distributionScatter, heatMap, type Distribution } from './distribution-chart.ts';
import { figure, figures, paragraph, table } from './html.ts';
import { lineChart, type Line } from './line-chart.ts';
import { conditionRows } from './condition-rows.ts';
import { metricDefinitions } from './metric-definition.ts';
import { moleculeSection, type MoleculeFindings } from './molecule-section.ts';
import { page, type Section } from './page.ts';

/** What a report shows of a step; null: not measured, or not finite. */
export interface StepMetrics {
  readonly step: number;
  readonly visits: number;
  readonly loss: number | null;
  readonly logZ: number | null;
  readonly l1Sum: number | null;
  /** Mean log R(x) of the step's objects, at β = 1. */
  readonly meanLogReward: number | null;
}

/** Everything in the report of a run. Nothing of it depends on time or place, so the same run has the same report. */
export interface RunReport {
  readonly environment: string;
  readonly objective: string;
  /** Names and values of all settings, in the order to show. */
  readonly configuration: readonly (readonly [string, string])[];
  /** Reward exponent β. */
  readonly beta: number;
  readonly metrics: readonly StepMetrics[];
  /** Null where the run was stopped before it. */
  readonly evaluation: Evaluation | null;
  /** Null where the environment is too large to enumerate, or nothing was evaluated. */
  readonly distribution: Distribution | null;
  /** Only of an environment that builds molecules. */
  readonly molecules?: MoleculeFindings;
}

/** Largest side of a grid drawn as heat maps. */
const LARGEST_MAP = 64;

function trainingSection(renderer: ChartRenderer, { metrics, evaluation }: RunReport): Section {
  const line = (name: string, value: (row: StepMetrics) => number | null): Line => ({
    name,
    points: metrics.map((row) => [row.step, value(row)]),
  });
  const exact = evaluation === null ? null : evaluation.exactLogZ;
  const items = [
    figure(
      lineChart(renderer, [line('loss', (row) => row.loss)], { title: 'Loss', xName: 'step', logarithmic: true }),
      'Loss of each reported step, on a logarithmic axis.',
    ),
    figure(
      lineChart(renderer, [line('logZ', (row) => row.logZ)], {
        title: 'logZ',
        xName: 'step',
        references: exact === null ? [] : [{ name: 'exact', value: exact }],
      }),
      exact === null
        ? `Estimated log-partition; the exact one ${evaluation === null ? 'was not computed' : 'is out of reach for this environment'}.`
        : 'Estimated log-partition against the exact one.',
    ),
  ];
  items.push(
    figure(
      lineChart(renderer, [line('meanLogReward', (row) => row.meanLogReward)], {
        title: 'Mean log-reward',
        xName: 'step',
      }),
      'Mean log R(x) of the objects of each reported step.',
    ),
  );
  const measured = metrics.filter((row) => row.l1Sum !== null);
  if (measured.length > 0) {
    const chart = lineChart(renderer, [{ name: 'l1Sum', points: measured.map((row) => [row.step, row.l1Sum]) }], {
      title: 'L1 (l1Sum)',
      xName: 'step',
      logarithmic: true,
      maximum: 2,
    });
    items.push(figure(chart, 'Σ |p_θ(x) − p(x)| of the exact terminal distribution, between 0 and 2.'));
  }
  return { heading: 'Training', body: figures(items) };
}

/** Instead of what an evaluation would have shown. */
const stopped = paragraph('Stopped before the evaluation; gflownet report computes it from the files of the run.');

function distributionSection(renderer: ChartRenderer, { evaluation, distribution }: RunReport): Section {
  const under =
    distribution?.condition === undefined ? '' : ` under the condition ${distribution.condition.join(', ')}`;
  const heading = `Learned and exact distribution${under}`;
  if (evaluation === null) return { heading, body: stopped };
  if (distribution === null) {
    return { heading, body: paragraph('This environment is too large to enumerate: no exact distribution.') };
  }
  const items: string[] = [];
  const { grid, learned, target } = distribution;
  if (grid !== null && grid.side <= LARGEST_MAP) {
    const most = target.reduce((high, value, i) => Math.max(high, value, learned[i]), 0);
    items.push(
      figure(heatMap(renderer, 'Exact p(x)', grid, target, most), 'Probability of each cell under R(x)^β / Z.', 'map'),
      figure(
        heatMap(renderer, 'Learned p_θ(x)', grid, learned, most),
        'Probability of each cell under the policy.',
        'map',
      ),
    );
  }
  items.push(
    figure(
      distributionScatter(renderer, distribution),
      `${target.length} objects${target.length > 2000 ? ', evenly thinned' : ''}; on the dashed line learned = exact.`,
    ),
    figure(distributionByRank(renderer, distribution), 'Mass of the k objects of highest reward.'),
  );
  return { heading, body: figures(items) };
}

function metricsSection(evaluation: Evaluation | null): Section {
  const heading = 'Metrics';
  if (evaluation === null) return { heading, body: stopped };
  const rows = metricDefinitions.map(({ name, definition, value }) => [name, value(evaluation), definition]);
  return { heading, body: table(['metric', 'value', 'definition'], rows) };
}

function conditionsSection(evaluation: Evaluation | null): Section[] {
  if (evaluation?.conditions === undefined) return [];
  const [head, ...rows] = conditionRows(evaluation.conditions);
  const body = `${paragraph('Of each condition; the metrics above are means over them.')}\n${table(head, rows)}`;
  return [{ heading: 'Conditions', body }];
}

/** The report of a training run as one self-contained HTML document. */
export function runReport(report: RunReport): string {
  const renderer = new ChartRenderer();
  const { environment, objective, beta, metrics, evaluation, molecules } = report;
  const last = metrics.at(-1);
  const subtitle =
    last === undefined ? 'no training steps' : `${last.step} steps, ${last.visits} trajectories, β = ${beta}`;
  return page(`${environment}, ${objective}`, subtitle, [
    trainingSection(renderer, report),
    ...(molecules === undefined ? [] : [moleculeSection(renderer, molecules)]),
    distributionSection(renderer, report),
    metricsSection(evaluation),
    ...conditionsSection(evaluation),
    { heading: 'Configuration', body: table(['setting', 'value'], report.configuration) },
  ]);
}
