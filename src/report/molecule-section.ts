import type { ChartRenderer } from './chart.ts';
import { histogramChart } from './histogram-chart.ts';
import { figure, figures, paragraph, table } from './html.ts';
import { lineChart } from './line-chart.ts';
import { figureText } from './metric-definition.ts';
import { moleculeGrid, type DrawnMolecule } from './molecule-card.ts';
import type { Section } from './page.ts';

/** The molecules that training had seen after so many visits; null: too few, or not known. */
export interface MoleculesSoFar {
  readonly visits: number;
  readonly uniqueMolecules: number;
  readonly top10: number | null;
  readonly top100: number | null;
  readonly modes: number | null;
  readonly scaffolds: number | null;
}

/** What a report shows of molecules. */
export interface MoleculeFindings {
  /** R(x) above which one may be a mode. */
  readonly modeScore: number;
  /** In the order of visits; the last one is the end of training. */
  readonly history: readonly MoleculesSoFar[];
  /** Best first. */
  readonly best: readonly DrawnMolecule[];
  /** Drawn from the trained model; empty if it was stopped before that. */
  readonly sampled: readonly DrawnMolecule[];
  /** Scores of all molecules that training saw. */
  readonly seenScores: Float64Array;
  /** Scores of samples of the trained model; empty where they are not known. */
  readonly sampledScores: Float64Array;
}

type Count = Exclude<keyof MoleculesSoFar, 'visits'>;

function definitions(modeScore: number): readonly (readonly [Count, string])[] {
  const above = `R(x) above ${figureText(modeScore)}`;
  return [
    ['uniqueMolecules', 'distinct canonical SMILES that training has seen'],
    ['top10', 'mean R of the 10 best of them'],
    ['top100', 'mean R of the 100 best of them'],
    ['modes', `those of ${above} whose Tanimoto similarity to all modes before was below 0.7`],
    ['scaffolds', `distinct Bemis–Murcko scaffolds of those of ${above}`],
  ];
}

/** Molecules seen in training, as figures, against visits and drawn. */
export function moleculeSection(renderer: ChartRenderer, findings: MoleculeFindings): Section {
  const { modeScore, history, best, sampled } = findings;
  const heading = 'Molecules';
  const last = history.at(-1);
  if (last === undefined) return { heading, body: paragraph('Training has seen no molecules.') };
  const rows = definitions(modeScore).map(([name, definition]) => [name, figureText(last[name]), definition]);
  const parts = [
    table(['metric', 'value', 'definition'], rows),
    figures([topChart(renderer, history), modesChart(renderer, history), scoreChart(renderer, findings)]),
    '<h3>Best molecules seen in training</h3>',
    moleculeGrid(best),
  ];
  if (sampled.length > 0) parts.push('<h3>Random sample of the trained model</h3>', moleculeGrid(sampled));
  return { heading, body: parts.join('\n') };
}

function lineOf(history: readonly MoleculesSoFar[], name: string, count: Count) {
  return { name, points: history.map((point) => [point.visits, point[count]] as const) };
}

function topChart(renderer: ChartRenderer, history: readonly MoleculesSoFar[]): string {
  const lines = [lineOf(history, 'top 10', 'top10'), lineOf(history, 'top 100', 'top100')];
  const chart = lineChart(renderer, lines, { title: 'Reward of the best molecules', xName: 'visits' });
  return figure(chart, 'Mean R of the best distinct molecules seen so far.');
}

function modesChart(renderer: ChartRenderer, history: readonly MoleculesSoFar[]): string {
  const lines = [lineOf(history, 'modes', 'modes'), lineOf(history, 'scaffolds', 'scaffolds')];
  const chart = lineChart(renderer, lines, { title: 'Modes and scaffolds', xName: 'visits', minimum: 0 });
  return figure(chart, 'Modes and distinct scaffolds among the molecules seen so far.');
}

function scoreChart(renderer: ChartRenderer, { seenScores, sampledScores }: MoleculeFindings): string {
  const series = [{ name: 'seen in training', values: seenScores }];
  if (sampledScores.length > 0) series.push({ name: 'trained model', values: sampledScores });
  const chart = histogramChart(renderer, series, { title: 'Distribution of rewards', xName: 'R(x)' });
  const sampled = sampledScores.length > 0 ? `, and of ${sampledScores.length} samples of the trained model` : '';
  return figure(chart, `Shares of the ${seenScores.length} molecules seen in training${sampled}.`);
}
