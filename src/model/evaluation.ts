import { bitsOf, conditionNumbers, conditionOption, setCondition } from '../condition/condition.ts';
import { DefinedEnvironment } from '../env/defined/defined-environment.ts';
import type { Environment } from '../env/environment.ts';
import { TemperedEnvironment } from '../env/tempered-environment.ts';
import { GfnError } from '../error.ts';
import { pearson, spearman } from '../metric/correlation.ts';
import {
  jensenShannonDivergence,
  klDivergence,
  l1Mean,
  l1Sum,
  totalVariation,
} from '../metric/distribution-distance.ts';
import { EmpiricalDistribution, empiricalDistances } from '../metric/empirical-distribution.ts';
import { evidenceLowerBound, evidenceUpperBound } from '../metric/evidence-bound.ts';
import { exactLogZ, targetDistribution } from '../metric/log-partition.ts';
import { estimateLogProbability } from '../metric/log-probability.ts';
import { ModesFound } from '../metric/modes-found.ts';
import { empiricalL1SumFloor } from '../metric/noise-floor.ts';
import { stateKey } from '../metric/state-key.ts';
import { TopK } from '../metric/top-k.ts';
import type { Objective } from '../objective/objective.ts';
import { badArgument, integerOption, rejectUnknown, signalOption } from '../options.ts';
import { Purpose, RandomStream } from '../sampler/philox.ts';
import { ThreadTurn } from '../thread-turn.ts';
import type { Engine, ExactDistribution, SamplingOptions } from '../trainer/engine.ts';
import { defaultSamples } from './default-samples.ts';
import { weighBackward, weighForward, type WeighedObjects } from './weighed-objects.ts';

export interface EvaluateOptions {
  /**
   * Fresh samples for the empirical metrics, default 200,000 where states can be enumerated and 10,000 elsewhere; down
   * to 100 where trajectories are long and wide, `docs/metrics.md`.
   */
  readonly samples?: number;
  /**
   * Conditions to evaluate at, of a model with conditions; default those of the distribution that it was trained under,
   * `docs/conditions.md`. `samples` are those of each; by default they share the number above.
   */
  readonly conditions?: readonly (readonly number[])[];
  /** Seed of the samples, default 0. */
  readonly seed?: number;
  /** States up to which exact metrics are computed, default 2^22. */
  readonly maximumStates?: number;
  /**
   * Most objects of the correlation, ten backward trajectories each; more are thinned evenly. Default 10,000 of an
   * environment whose states can be enumerated; elsewhere its whole test set, or distinct samples, a fifth of them and
   * 2,000 at most.
   */
  readonly correlationObjects?: number;
  /** Rejects with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * How close a model is to its target p(x) = R(x)^β / Z. `docs/metrics.md` defines each; null: cannot be computed, as
 * whatever depends on a reward that is not known.
 */
export interface Evaluation {
  readonly environment: string;
  readonly objective: string | null;
  readonly beta: number;
  /** The model's estimate of log Z, as its objective makes it; null for a model without an objective. */
  readonly logZ: number | null;
  /** Fresh trajectories behind `logZ`; null where it is no mean over trajectories. */
  readonly logZSamples: number | null;
  /** log Σ R(x)^β. */
  readonly exactLogZ: number | null;
  readonly l1Sum: number | null;
  readonly l1Mean: number | null;
  readonly totalVariation: number | null;
  readonly kullbackLeibler: number | null;
  readonly jensenShannon: number | null;
  /** Samples behind the figures that follow. */
  readonly empiricalSamples: number;
  readonly empiricalL1Sum: number | null;
  readonly empiricalL1Mean: number | null;
  readonly empiricalTotalVariation: number | null;
  readonly empiricalKullbackLeibler: number | null;
  readonly empiricalJensenShannon: number | null;
  /** The empirical L1 sum that a perfect sampler shows with as many samples. */
  readonly noiseFloor: number | null;
  /** Mean of log P_B + β·log R − log P_F over the samples: at most log Z. */
  readonly elbo: number | null;
  /** The same over x ~ R^β / Z: at least log Z. */
  readonly eubo: number | null;
  /** Correlation of log p̂(x) with log R(x) over `correlationObjects`. */
  readonly pearson: number | null;
  readonly spearman: number | null;
  readonly correlationObjects: string;
  readonly modesFound: number | null;
  readonly modeCount: number | null;
  readonly modeDefinition: string | null;
  /** Mean reward (β = 1) of the k best distinct samples. */
  readonly topK: readonly { readonly k: number; readonly mean: number | null }[];
  /** Of a model with conditions: the figures of each. Those above are their means. */
  readonly conditions?: readonly ConditionEvaluation[];
}

/** How close a model is to its target under one condition. */
export interface ConditionEvaluation extends Omit<Evaluation, 'conditions'> {
  readonly condition: readonly number[];
}

/** Backward trajectories behind each log p̂(x). */
const TRAJECTORIES_PER_OBJECT = 10;
const ENUMERATED_CORRELATION_OBJECTS = 10_000;
const SAMPLED_CORRELATION_OBJECTS = 2_000;
const UPPER_BOUND_OBJECTS = 10_000;
/** Terminal states indexed between two looks at the clock. */
const OBJECTS_AT_ONCE = 1024;

type UnconditionalEvaluation = Omit<Evaluation, 'conditions'>;

interface EvaluatedModel {
  readonly environment: Environment;
  readonly objective: Objective | null;
  readonly beta: number;
  readonly conditions: readonly (readonly number[])[] | null;
  readonly rewardKnown: boolean;
}

export async function evaluateModel(
  engine: Engine,
  model: EvaluatedModel,
  options: EvaluateOptions,
): Promise<Evaluation> {
  rejectUnknown('evaluate', options, [
    'samples',
    'seed',
    'maximumStates',
    'correlationObjects',
    'signal',
    'conditions',
  ]);
  const conditions = conditionsOption(model, options.conditions);
  if (conditions.length === 0) return evaluateCondition(engine, model, options, new Int32Array(0), 1);
  const evaluations: UnconditionalEvaluation[] = [];
  for (const condition of conditions) {
    evaluations.push(await evaluateCondition(engine, model, options, bitsOf(condition), conditions.length));
  }
  return {
    ...meanEvaluation(evaluations),
    conditions: evaluations.map((evaluation, i) => ({ condition: Array.from(conditions[i]), ...evaluation })),
  };
}

/** The conditions to evaluate at; none for a model without conditions. */
function conditionsOption({ environment, conditions }: EvaluatedModel, given: unknown): readonly Float32Array[] {
  const { condition: form } = environment;
  const chosen = given ?? conditions;
  if (form === undefined) {
    if (given !== undefined) conditionOption('conditions', given, environment);
    return [];
  }
  if (!Array.isArray(chosen) || chosen.length === 0) {
    return badArgument('conditions', 'an array of at least one condition to evaluate at', chosen ?? undefined);
  }
  return chosen.map((condition: unknown, i) => conditionNumbers(`conditions[${i}]`, condition, form));
}

/** The means of all figures over several conditions; null where one is null. */
function meanEvaluation(evaluations: readonly UnconditionalEvaluation[]): UnconditionalEvaluation {
  const mean = (values: readonly (number | null)[]): number | null =>
    values.some((value) => value === null)
      ? null
      : values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / values.length;
  const [first] = evaluations;
  const means = Object.keys(first).flatMap((name): [string, number | null][] => {
    const values = evaluations.map((evaluation) => evaluation[name as keyof UnconditionalEvaluation]);
    return values.every((value) => value === null || typeof value === 'number') ? [[name, mean(values)]] : [];
  });
  return {
    ...first,
    ...Object.fromEntries(means),
    topK: first.topK.map(({ k }, i) => ({ k, mean: mean(evaluations.map(({ topK }) => topK[i].mean)) })),
  };
}

async function evaluateCondition(
  engine: Engine,
  model: EvaluatedModel,
  options: EvaluateOptions,
  condition: Int32Array,
  conditions: number,
): Promise<UnconditionalEvaluation> {
  const { environment, objective, beta, rewardKnown } = model;
  const maximumStates = integerOption('maximumStates', options.maximumStates ?? 2 ** 22, 0, 2 ** 31 - 2);
  const seed = integerOption('seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const mostObjects =
    options.correlationObjects === undefined
      ? undefined
      : integerOption('correlationObjects', options.correlationObjects, 1, 2 ** 24);
  const signal = signalOption('signal', options.signal);
  signal?.throwIfAborted();
  const exact = rewardKnown ? await enumerated(engine, environment, maximumStates, condition) : null;
  signal?.throwIfAborted();
  const samples = integerOption(
    'samples',
    options.samples ?? Math.ceil(defaultSamples(environment, exact !== null) / conditions),
    1,
    2 ** 26,
  );
  const turn = new ThreadTurn();
  const sampling = { seed, firstTrajectory: 0, signal, condition };
  const empirical = exact === null ? null : new EmpiricalDistribution(environment, exact.terminalState, samples);
  while (empirical?.index(OBJECTS_AT_ONCE) === false) await turn.share();
  const modes = environment.modes === null ? null : new ModesFound(environment);
  const top = new TopK(environment);
  const drawn = await weighForward(engine, environment, samples, sampling, async ({ terminalState, logReward }) => {
    empirical?.add(terminalState);
    await turn.share();
    modes?.add(terminalState);
    await turn.share();
    if (rewardKnown) top.add(terminalState, logReward);
    await turn.share();
  });
  const target = exact === null ? null : targetDistribution(exact.logReward, beta);
  await turn.share();
  const upper = exact === null || target === null ? null : drawObjects(environment, exact, target, seed);
  await turn.share();
  const fromTarget = upper === null ? null : await weighBackward(engine, environment, upper, sampling);
  const distances = empirical === null || target === null ? null : empiricalDistances(empirical, target);
  await turn.share();
  const exactDistances = exact === null || target === null ? null : distancesBetween(exact.probability, target);
  await turn.share();
  const noiseFloor = target === null ? null : empiricalL1SumFloor(target, samples);
  await turn.share();
  const elbo = rewardKnown ? evidenceLowerBound(drawn, beta) : null;
  const eubo = fromTarget === null ? null : evidenceUpperBound(fromTarget, beta);
  await turn.share();
  const objects = rewardKnown ? correlationObjects(environment, exact, drawn, mostObjects, condition) : null;
  await turn.share();

  return {
    environment: environment.name,
    objective: objective?.name ?? null,
    beta,
    logZ: await estimatedLogZ(engine, objective, rewardKnown ? drawn : null, beta, condition),
    logZSamples: objective?.name === 'vargrad' && rewardKnown ? samples : null,
    exactLogZ: exact === null ? null : exactLogZ(exact.logReward, beta),
    l1Sum: exactDistances?.l1Sum ?? null,
    l1Mean: exactDistances?.l1Mean ?? null,
    totalVariation: exactDistances?.totalVariation ?? null,
    kullbackLeibler: exactDistances?.kullbackLeibler ?? null,
    jensenShannon: exactDistances?.jensenShannon ?? null,
    empiricalSamples: samples,
    empiricalL1Sum: distances?.empiricalL1Sum ?? null,
    empiricalL1Mean: distances?.empiricalL1Mean ?? null,
    empiricalTotalVariation: distances?.empiricalTotalVariation ?? null,
    empiricalKullbackLeibler: distances?.empiricalKlDivergence ?? null,
    empiricalJensenShannon: distances?.empiricalJensenShannonDivergence ?? null,
    noiseFloor,
    elbo,
    eubo,
    ...(objects === null
      ? { pearson: null, spearman: null, correlationObjects: 'none: the reward is not known' }
      : await correlation(engine, environment, objects, sampling)),
    modesFound: modes?.count ?? null,
    modeCount: modes?.of ?? null,
    modeDefinition: modes?.definition ?? null,
    topK: [10, 100, 1000].map((k) => ({ k, mean: top.meanReward(k) })),
  };
}

/** The exact metrics of the learned distribution. */
function distancesBetween(
  learned: Float64Array,
  target: Float64Array,
): Pick<Record<keyof Evaluation, number>, 'l1Sum' | 'l1Mean' | 'totalVariation' | 'kullbackLeibler' | 'jensenShannon'> {
  return {
    l1Sum: l1Sum(learned, target),
    l1Mean: l1Mean(learned, target),
    totalVariation: totalVariation(learned, target),
    kullbackLeibler: klDivergence(learned, target),
    jensenShannon: jensenShannonDivergence(learned, target),
  };
}

async function enumerated(
  engine: Engine,
  environment: Environment,
  maximumStates: number,
  condition: Int32Array,
): Promise<ExactDistribution | null> {
  const own = environment instanceof TemperedEnvironment ? environment.base : environment;
  if (own instanceof DefinedEnvironment) await own.countStates();
  if (environment.terminalCount > maximumStates) return null;
  try {
    return await engine.exactDistribution(maximumStates, condition);
  } catch (error) {
    if (error instanceof GfnError && error.code === 'ERR_NOT_ENUMERABLE') return null;
    throw error;
  }
}

/** log Z as the objective estimates it: `docs/metrics.md`; `drawn`: null without rewards. */
async function estimatedLogZ(
  engine: Engine,
  objective: Objective | null,
  drawn: WeighedObjects | null,
  beta: number,
  condition: Int32Array,
): Promise<number | null> {
  switch (objective?.name) {
    case undefined:
      return null;
    case 'trajectory-balance': {
      if (condition.length === 0) return engine.logZ;
      const { logStateFlow } = await engine.initialFlow(condition);
      return logStateFlow === null ? null : engine.logZ + logStateFlow;
    }
    case 'vargrad':
      return drawn === null ? null : evidenceLowerBound(drawn, beta);
    case 'flow-matching':
      return (await engine.initialFlow(condition)).logSumExp;
    default:
      return (await engine.initialFlow(condition)).logStateFlow;
  }
}

/** Terminal states drawn from the target by inversion, [n × stateSize]. */
function drawObjects(
  environment: Environment,
  exact: ExactDistribution,
  target: Float64Array,
  seed: number,
): Int32Array {
  const { stateSize } = environment;
  const cumulative = new Float64Array(target.length);
  let sum = 0;
  for (let i = 0; i < target.length; i++) cumulative[i] = sum += target[i];
  const stream = new RandomStream(seed, Purpose.reward);
  const objects = new Int32Array(UPPER_BOUND_OBJECTS * stateSize);
  for (let n = 0; n < UPPER_BOUND_OBJECTS; n++) {
    const uniform = stream.uniform(n, 0) * sum;
    let low = 0;
    let high = target.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle] > uniform) high = middle;
      else low = middle + 1;
    }
    objects.set(exact.terminalState.subarray(low * stateSize, (low + 1) * stateSize), n * stateSize);
  }
  return objects;
}

/** Pearson and Spearman of log p̂(x), from backward trajectories, with log R(x). */
async function correlation(
  engine: Engine,
  environment: Environment,
  { objects, name }: CorrelationObjects,
  sampling: SamplingOptions,
): Promise<Pick<Evaluation, 'pearson' | 'spearman' | 'correlationObjects'>> {
  const { stateSize } = environment;
  const count = objects.length / stateSize;
  const repeated = new Int32Array(objects.length * TRAJECTORIES_PER_OBJECT);
  for (let i = 0; i < count; i++) {
    const object = objects.subarray(i * stateSize, (i + 1) * stateSize);
    for (let k = 0; k < TRAJECTORIES_PER_OBJECT; k++) {
      repeated.set(object, (i * TRAJECTORIES_PER_OBJECT + k) * stateSize);
    }
  }
  const backward = await weighBackward(engine, environment, repeated, {
    ...sampling,
    firstTrajectory: UPPER_BOUND_OBJECTS,
  });
  const turn = new ThreadTurn();
  const logProbability = estimateLogProbability(backward.logPf, backward.logPb, TRAJECTORIES_PER_OBJECT);
  const logReward = Float64Array.from({ length: count }, (_, i) => backward.logReward[i * TRAJECTORIES_PER_OBJECT]);
  await turn.share();
  const linear = pearson(logProbability, logReward);
  await turn.share();
  return { pearson: linear, spearman: spearman(logProbability, logReward), correlationObjects: name };
}

interface CorrelationObjects {
  /** [n × stateSize] */
  readonly objects: Int32Array;
  /** What they are, in words. */
  readonly name: string;
}

/** All terminal states if they are few, else the environment's test set, else distinct samples. */
function correlationObjects(
  environment: Environment,
  exact: ExactDistribution | null,
  drawn: WeighedObjects,
  most: number | undefined,
  condition: Int32Array,
): CorrelationObjects {
  if (exact !== null && exact.count <= ENUMERATED_CORRELATION_OBJECTS) {
    return thinned(environment, exact.terminalState, most, (count) => `${count} terminal states`);
  }
  const { stateSize } = environment;
  const test = environment.testSet?.();
  if (test !== undefined) {
    setCondition(environment, test, condition);
    return thinned(environment, test, most, (count) => `${count} objects of the environment's test set`);
  }
  const keyOf = stateKey(environment);
  const seen = new Set<string>();
  const objects: number[] = [];
  const wanted = most ?? Math.min(SAMPLED_CORRELATION_OBJECTS, Math.ceil(drawn.logReward.length / 5));
  for (let i = 0; i < drawn.logReward.length && seen.size < wanted; i++) {
    const state = drawn.terminalState.subarray(i * stateSize, (i + 1) * stateSize);
    const key = keyOf(state);
    if (seen.has(key)) continue;
    seen.add(key);
    objects.push(...state);
  }
  return { objects: Int32Array.from(objects), name: `${seen.size} distinct samples of the model` };
}

/** The objects, or `most` of them evenly spaced. */
function thinned(
  { stateSize }: Environment,
  objects: Int32Array,
  most: number | undefined,
  name: (count: number) => string,
): CorrelationObjects {
  const count = objects.length / stateSize;
  if (most === undefined || count <= most) return { objects, name: `all ${name(count)}` };
  const chosen = new Int32Array(most * stateSize);
  for (let i = 0; i < most; i++) {
    const at = Math.floor((i * count) / most) * stateSize;
    chosen.set(objects.subarray(at, at + stateSize), i * stateSize);
  }
  return { objects: chosen, name: `${most} of ${name(count)}, evenly spaced` };
}
