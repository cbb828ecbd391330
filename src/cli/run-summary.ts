import type { ExactDistribution } from '../trainer/engine.ts';
import type { Environment, Evaluation, FlowModel } from '../index.ts';
import { unlessAborted } from '../model/unless-aborted.ts';
import { targetDistribution } from '../metric/log-partition.ts';
import type { MoleculeFindings } from '../report/molecule-section.ts';
import type { Distribution } from '../report/distribution-chart.ts';
import { runReport } from '../report/run-report.ts';
import { regressionLossText, scheduleText } from './parse-value.ts';
import type { RecordedConfiguration } from './configuration.ts';
import type { ChosenEnvironment } from './environment-section.ts';
import { moleculeFindings } from './molecule-findings.ts';
import type { RunFolder } from './run-folder.ts';

/** Terminal states up to which a report shows the exact distribution. */
const ENUMERABLE = 200_000;
/** Objects of a test set that a report's correlation takes: all of them may be most of a short run's time. */
const TEST_SET_OBJECTS = 1000;
const GRIDS = ['hypergrid', 'hypergrid-2021', 'conditional-hypergrid'];

/** p(x) = R(x)^β / Z beside p_θ(x), with the cells of a two-dimensional grid. */
function comparedDistribution(
  environment: Environment,
  beta: number,
  exact: ExactDistribution,
  condition: readonly number[] | undefined,
): Distribution {
  const { dimensions, side } = environment.parameters;
  const isPlane = GRIDS.includes(environment.name) && dimensions === 2 && typeof side === 'number';
  const { terminalState } = exact;
  const cells = Array.from({ length: exact.count }, (_, i): [number, number] => [
    terminalState[i * environment.stateSize],
    terminalState[i * environment.stateSize + 1],
  ]);
  return {
    target: targetDistribution(exact.logReward, beta),
    learned: exact.probability,
    ...(condition === undefined ? {} : { condition }),
    grid: isPlane ? { side, cells } : null,
  };
}

function isSchedule(value: unknown): value is Parameters<typeof scheduleText>[0] {
  return typeof value === 'object' && value !== null && 'start' in value;
}

/** Longest text of a setting: tables and matrices are cut. */
const LONGEST_SETTING = 500;

function settingText(value: unknown): string {
  if (isSchedule(value)) return scheduleText(value);
  const text = typeof value === 'string' ? value : Array.isArray(value) ? value.join(',') : JSON.stringify(value);
  return text.length > LONGEST_SETTING ? `${text.slice(0, LONGEST_SETTING)}…` : text;
}

/** Names and values of a configuration, options of the environment and objective beside their name. */
export function configurationRows(configuration: RecordedConfiguration): (readonly [string, string])[] {
  const { environment, objective, ...settings } = configuration;
  const section = (heading: string, { name, ...options }: { readonly name: string }): [string, string][] => [
    [heading, name],
    ...Object.entries(options).map(([key, value]): [string, string] => [`${heading}.${key}`, settingText(value)]),
  ];
  const { regressionLoss, ...plain } = objective;
  return [
    ...section('environment', environment),
    ...section('objective', plain),
    ['objective.regressionLoss', regressionLossText(regressionLoss)],
    ...Object.entries(settings).map(([key, value]): [string, string] => [key, settingText(value)]),
  ];
}

/** What a report says of a model. */
interface Findings {
  readonly evaluation: Evaluation | null;
  readonly distribution: Distribution | null;
}

async function findings(
  configuration: RecordedConfiguration,
  model: FlowModel,
  signal: AbortSignal | undefined,
): Promise<Findings> {
  const { environment, beta } = model;
  const samples = configuration.evaluationSamples as number | undefined;
  const ofTestSet = environment.testSet === undefined ? undefined : TEST_SET_OBJECTS;
  try {
    const evaluation = await model.evaluate({
      seed: Number(configuration.seed),
      samples,
      correlationObjects: samples === undefined ? ofTestSet : Math.ceil(samples / 10),
      signal,
    });
    const condition = evaluation.conditions?.at(-1)?.condition;
    const exact =
      environment.terminalCount <= ENUMERABLE
        ? await unlessAborted(signal, () => model.exactDistribution(undefined, condition))
        : null;
    return {
      evaluation,
      distribution: exact === null ? null : comparedDistribution(environment, beta, exact, condition),
    };
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    return { evaluation: null, distribution: null };
  }
}

/** Samples of the model behind the distribution of its molecules' rewards, unless the run's evaluation has fewer. */
const MOLECULES_SAMPLED = 1000;

/** Without an evaluation the model is not asked either: somebody is in a hurry. */
function moleculesOf(
  folder: RunFolder,
  model: FlowModel,
  { seed, modeScore, evaluationSamples = MOLECULES_SAMPLED }: RecordedConfiguration,
  visits: number,
  evaluation: Evaluation | null,
): Promise<MoleculeFindings | null> {
  return moleculeFindings(model, {
    folder: folder.molecules,
    visits,
    modeScore: Number(modeScore),
    seed: Number(seed),
    samples: evaluation === null ? 0 : Math.min(Number(evaluationSamples), MOLECULES_SAMPLED),
    condition: evaluation?.conditions?.at(-1)?.condition,
  });
}

/**
 * Evaluates the model of a run and writes the report from the run's files; `chosen` is its environment if that is of a
 * module. Where the signal ends the evaluation, the report comes without its figures; returns null then.
 */
export async function reportRun(
  folder: RunFolder,
  model: FlowModel,
  chosen: ChosenEnvironment | undefined,
  signal?: AbortSignal,
): Promise<Evaluation | null> {
  const configuration = await folder.readConfiguration(chosen);
  const metrics = await folder.readMetrics();
  const { evaluation, distribution } = await findings(configuration, model, signal);
  const molecules = await moleculesOf(folder, model, configuration, metrics.at(-1)?.visits ?? 0, evaluation);
  const html = runReport({
    environment: model.environment.name,
    objective: configuration.objective.name,
    configuration: configurationRows(configuration),
    beta: model.beta,
    metrics,
    evaluation,
    distribution,
    ...(molecules === null ? {} : { molecules }),
  });
  await folder.writeReport(html);
  return evaluation;
}
