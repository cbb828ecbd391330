import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GfnError } from '../error.ts';
import { flowMatching, trajectoryBalance } from '../index.ts';
import { choiceOption, integerOption } from '../options.ts';
import {
  experimentReport,
  finalColumns,
  finalRows,
  type ExperimentCurve,
  type ExperimentPanel,
} from '../report/experiment-report.ts';
import { ExitCode } from './exit-code.ts';
import { experimentDisplay } from './experiment-display.ts';
import {
  checkpoints,
  gflownetCurve,
  GridProblem,
  mcmcCurve,
  WINDOW,
  type ExperimentOptions,
} from './hypergrid-experiment.ts';
import { Interruption } from './interruption.ts';
import { checkFree, makeOutputFolder } from './output-folder.ts';
import { scheduleText } from './parse-value.ts';
import { defaultLearningRates } from './training-setting.ts';
import { alignedTable, writeJson, writeTo, type Terminal } from './terminal.ts';

export interface ReproductionRequest {
  readonly visits: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly backend: string;
  readonly out: string;
  readonly force: boolean;
  readonly json: boolean;
}

/** The visits of the paper's runs, about two minutes on two processors. */
export const reproductionDefaults = {
  visits: 320_000,
  batchSize: 64,
  seed: 1,
  backend: 'native',
  out: 'report',
} as const;

const REWARDS = [0.1, 0.01, 0.001];
/** Curves for each reward. */
const METHODS = 3;

async function writeOutput(path: string, content: string): Promise<void> {
  try {
    await writeFile(path, content);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GfnError('ERR_OUTPUT', `--out: ${path} cannot be written: ${reason}`, { cause });
  }
}

/** All methods on all rewards, one after the other. */
async function panelsOf(options: ExperimentOptions): Promise<ExperimentPanel[]> {
  const panels: ExperimentPanel[] = [];
  for (const rewardR0 of REWARDS) {
    const problem = await GridProblem.create(rewardR0);
    const curves = [
      await gflownetCurve(problem, flowMatching({}), options),
      await gflownetCurve(problem, trajectoryBalance({}), options),
      mcmcCurve(problem, options),
    ];
    const noiseFloor = curves[0].points.map(({ visits }): [number, number] => [visits, problem.noiseFloor(visits)]);
    panels.push({ rewardR0, curves, noiseFloor });
  }
  return panels;
}

/** `gflownet reproduce hypergrid`: the grid experiment of Bengio et al. 2021, section 4.1. */
export async function reproduceHypergrid(request: ReproductionRequest, terminal: Terminal): Promise<ExitCode> {
  const visits = integerOption('--visits', request.visits, 1, 1e9);
  const batchSize = integerOption('--batch', request.batchSize, 1, 1e6);
  const seed = integerOption('--seed', request.seed, 0, 2 ** 53 - 1);
  const backend = choiceOption('--backend', request.backend, ['native', 'typescript']);
  checkFree(request.out, request.force);
  await makeOutputFolder(request.out);
  const interruption = new Interruption(terminal);
  const points = REWARDS.length * METHODS * checkpoints(visits, batchSize).length;
  const display = experimentDisplay(terminal, points);
  const onPoint = (curve: ExperimentCurve) => display.update(curve);
  let panels: ExperimentPanel[];
  try {
    panels = await panelsOf({ visits, batchSize, seed, backend, signal: interruption.signal, onPoint });
  } catch (error) {
    if (interruption.signal.aborted) return interruption.exitCode;
    throw error;
  } finally {
    display.stop();
    interruption.close();
  }
  const { modes } = (await GridProblem.create(REWARDS[0])).environment;
  const modeCount = modes?.count ?? 0;
  const rates = defaultLearningRates(Math.ceil(visits / batchSize));
  const settings: [string, string][] = [
    ['environment', 'hypergrid, dimensions 4, side 8, corners reward with R1 = 0.5, R2 = 2'],
    ['visits', String(visits)],
    ['batch', String(batchSize)],
    ['seed', String(seed)],
    ['learning rate', scheduleText(rates.learningRate)],
    ['learning rate of logZ', scheduleText(rates.learningRateLogZ)],
    ['MCMC', '16 chains from the origin, ±1 on one coordinate, accepted with min(1, R′/R)'],
  ];
  const html = experimentReport({
    title: 'Hypergrid: GFlowNets and MCMC against visits',
    subtitle: 'The grid experiment of Bengio et al. 2021 (section 4.1), 4 dimensions, side 8',
    settings,
    panels,
    modeCount,
    modeDefinition: modes?.definition ?? '',
    window: WINDOW,
  });
  const reportPath = join(request.out, 'report.html');
  await writeOutput(reportPath, html);
  await writeOutput(join(request.out, 'results.json'), `${JSON.stringify({ panels }, null, 2)}\n`);
  if (request.json) await writeJson(terminal, { report: reportPath, visits, batchSize, seed, backend, panels });
  else
    await writeTo(
      terminal.stdout,
      `${alignedTable([finalColumns, ...finalRows(panels, modeCount)])}\nreport: ${reportPath}\n`,
    );
  return ExitCode.ok;
}
