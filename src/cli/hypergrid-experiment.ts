import type { Baseline } from '../baseline/baseline.ts';
import { MetropolisHastings } from '../baseline/metropolis-hastings.ts';
import type { Environment } from '../env/environment.ts';
import { hypergrid } from '../env/hypergrid.ts';
import { Trainer, type Objective } from '../index.ts';
import { l1Sum } from '../metric/distribution-distance.ts';
import { EmpiricalDistribution } from '../metric/empirical-distribution.ts';
import { targetDistribution } from '../metric/log-partition.ts';
import { ModesFound } from '../metric/modes-found.ts';
import { empiricalL1SumFloor } from '../metric/noise-floor.ts';
import type { ExperimentCurve, ExperimentPoint } from '../report/experiment-report.ts';
import { defaultLearningRates } from './training-setting.ts';
import { StateGraph } from '../trainer/state-graph.ts';

/** Samples that the empirical distribution is made of: the last so many, as in Bengio et al. 2021. */
export const WINDOW = 200_000;
/** Points of a curve. */
const POINTS = 25;

export interface ExperimentOptions {
  readonly visits: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly backend: 'native' | 'typescript';
  readonly signal: AbortSignal;
  onPoint(curve: ExperimentCurve): void;
}

/** One hypergrid with its exact target. */
export class GridProblem {
  private constructor(
    readonly rewardR0: number,
    readonly environment: Environment,
    /** [count × stateSize] */
    readonly objects: Int32Array,
    /** [count] */
    readonly target: Float64Array,
  ) {}

  /** The grid of the paper: four dimensions, side 8, R1 = 0.5, R2 = 2. */
  static async create(rewardR0: number): Promise<GridProblem> {
    const environment = hypergrid({ dimensions: 4, side: 8, rewardR0 });
    const graph = await StateGraph.enumerate(environment, environment.stateCount);
    const { stateSize } = environment;
    const objects: number[] = [];
    const logReward: number[] = [];
    for (let start = 0; start < graph.count * stateSize; start += stateSize) {
      const state = graph.state.slice(start, start + stateSize);
      if (!environment.isTerminal(state)) continue;
      objects.push(...state);
      logReward.push(environment.logReward(state));
    }
    return new GridProblem(rewardR0, environment, Int32Array.from(objects), targetDistribution(logReward, 1));
  }

  /** The empirical L1 sum of a perfect sampler after so many visits. */
  noiseFloor(visits: number): number {
    return empiricalL1SumFloor(this.target, Math.min(visits, WINDOW));
  }
}

/** Counts a method's samples and turns them into the points of its curve. */
class SampleRecord {
  private readonly empirical: EmpiricalDistribution;
  private readonly modes: ModesFound;

  constructor(private readonly problem: GridProblem) {
    this.empirical = new EmpiricalDistribution(problem.environment, problem.objects, WINDOW);
    this.modes = new ModesFound(problem.environment);
  }

  add(samples: Int32Array): void {
    this.empirical.add(samples);
    this.modes.add(samples);
  }

  point(visits: number, exactL1Sum: number | null): ExperimentPoint {
    const { target } = this.problem;
    const empiricalL1Sum = l1Sum(this.empirical.probabilities() ?? new Float64Array(target.length), target);
    return {
      visits,
      empiricalL1Sum,
      empiricalL1Mean: empiricalL1Sum / target.length,
      l1Sum: exactL1Sum,
      modesFound: this.modes.count,
    };
  }
}

/**
 * Numbers of visits at which the curves have a point: whole batches, the last at least `visits`, and the closer the
 * earlier, since that is when modes are found.
 */
export function checkpoints(visits: number, batchSize: number): number[] {
  const batches = Math.ceil(visits / batchSize);
  const points = Array.from({ length: POINTS }, (_, i) => Math.ceil(batches * ((i + 1) / POINTS) ** 2) * batchSize);
  return [...new Set(points)];
}

/** A GFlowNet: its samples are the objects that training visits. */
export async function gflownetCurve(
  problem: GridProblem,
  objective: Objective,
  options: ExperimentOptions,
): Promise<ExperimentCurve> {
  const { environment, rewardR0 } = problem;
  const { batchSize, seed, backend, signal } = options;
  const rates = defaultLearningRates(Math.ceil(options.visits / batchSize));
  const trainer = await Trainer.create({ environment, objective, batchSize, seed, backend, ...rates });
  const record = new SampleRecord(problem);
  const points: ExperimentPoint[] = [];
  const curve: ExperimentCurve = { method: objective.name, rewardR0, points };
  try {
    let visited = 0;
    for (const checkpoint of checkpoints(options.visits, batchSize)) {
      signal.throwIfAborted();
      const count = checkpoint - visited;
      const steps = count / batchSize;
      for await (const report of trainer.train({ steps, reportEvery: steps, signal, keepVisited: true })) {
        record.add(report.visited!.terminalState);
      }
      signal.throwIfAborted();
      visited = checkpoint;
      // In the order of the problem's objects: both are that of a breadth-first search.
      const { probability } = await trainer.model.exactDistribution();
      points.push(record.point(visited, l1Sum(probability, problem.target)));
      options.onPoint(curve);
    }
    return curve;
  } finally {
    trainer.dispose();
  }
}

/** Markov chain Monte Carlo: its samples are the states of its chains. */
export function mcmcCurve(problem: GridProblem, options: ExperimentOptions): ExperimentCurve {
  const { environment, rewardR0 } = problem;
  const baseline: Baseline = new MetropolisHastings({ environment, seed: options.seed });
  const record = new SampleRecord(problem);
  const points: ExperimentPoint[] = [];
  const curve: ExperimentCurve = { method: baseline.name, rewardR0, points };
  for (const checkpoint of checkpoints(options.visits, options.batchSize)) {
    options.signal.throwIfAborted();
    while (baseline.visits < checkpoint) {
      const proposals = baseline.propose();
      const logReward = new Float64Array(proposals.length / environment.stateSize);
      for (let i = 0; i < logReward.length; i++) {
        logReward[i] = environment.logReward(
          proposals.subarray(i * environment.stateSize, (i + 1) * environment.stateSize),
        );
      }
      baseline.learn(logReward);
      record.add(baseline.samples);
    }
    points.push(record.point(baseline.visits, null));
    options.onPoint(curve);
  }
  return curve;
}
