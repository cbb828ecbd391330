import { availableParallelism, freemem } from 'node:os';
import {
  trainingConditions,
  type ResolvedTrainingConditions,
  type TrainingConditions,
} from '../condition/training-conditions.ts';
import type { Environment } from '../env/environment.ts';
import { objectiveOption } from '../objective/define-objective.ts';
import type { Objective } from '../objective/objective.ts';
import { activations, type Activation } from '../onnx/multilayer-perceptron.ts';
import { badArgument, booleanOption, choiceOption, integerOption, numberOption, rejectUnknown } from '../options.ts';
import { rewardOption, type ResolvedReward, type Reward } from '../reward/reward-option.ts';
import type { TrainingOptions } from './engine.ts';
import {
  datasetOption,
  localSearchOption,
  replayOption,
  type DatasetOptions,
  type LocalSearchOptions,
  type OffPolicy,
  type ReplayOptions,
  type ResolvedDataset,
} from './off-policy.ts';
import type { Schedule } from './schedule.ts';

export type Backend = 'native' | 'typescript';

/** What a trainer is made of; everything but the environment and the objective has a default. */
export interface TrainerOptions {
  readonly environment: Environment;
  readonly objective: Objective;
  /** Trajectories of a step. */
  readonly batchSize?: number;
  /** Seed of the initial parameters and of all trajectories: an integer in [0, 2^53). */
  readonly seed?: number;
  /**
   * `native`: a thread of its own; JavaScript only waits. `typescript`: the calling thread, which a step occupies as a
   * whole: about 90 ms on a hypergrid of 8^4 with 128 trajectories and the default widths. A server that must answer
   * meanwhile gives it a worker thread.
   */
  readonly backend?: Backend;
  /** Widths of the hidden layers of the multilayer perceptron. */
  readonly hidden?: readonly number[];
  readonly activation?: Activation;
  /** Learn P_B; it is uniform otherwise. Not for flow matching. */
  readonly learnBackward?: boolean;
  /** Reward exponent β: the target is R(x)^β / Z. */
  readonly beta?: number;
  /** ε: probability of a uniformly drawn action while training. */
  readonly exploration?: Schedule;
  /** Divides the logits of the policy that samples while training. */
  readonly temperature?: Schedule;
  readonly learningRate?: Schedule;
  readonly learningRateLogZ?: Schedule;
  /** Decoupled weight decay. */
  readonly weightDecay?: number;
  /** Largest global norm of the gradient; 0: no clipping. */
  readonly clip?: number;
  /** Takes the place of the environment's own reward. */
  readonly reward?: Reward;
  /**
   * Batches whose rewards may be under way while others are sampled, default 0: a step trains on a batch that was
   * sampled so many steps before, at the parameters of then. Its log-probabilities are those of now.
   */
  readonly rewardDelay?: number;
  /** Trajectories back from objects of earlier batches. */
  readonly replay?: ReplayOptions;
  /** Trajectories back from given objects. */
  readonly dataset?: DatasetOptions;
  /** Trajectories improved by local search. */
  readonly localSearch?: LocalSearchOptions;
  /** Conditions to train under, where the environment has them or β is to be one; default as the environment says. */
  readonly conditions?: TrainingConditions;
  /** Threads of the native backend; results do not depend on it. */
  readonly threads?: number;
  /**
   * Bytes that the states of a batch may take in model, sampler and loss; a larger batch is processed in parts, with
   * the same result. What does not grow with the states comes on top: the program itself, the parameters with their
   * gradients and the optimiser's state, what the runtime needs for a few hundred states at a time, and about 100 bytes
   * for each transition of the batch.
   */
  readonly memoryBytes?: number;
}

/** Trainer options with all defaults filled in. */
export type ResolvedTrainerOptions = Required<
  Omit<TrainerOptions, 'reward' | 'rewardDelay' | 'replay' | 'dataset' | 'localSearch' | 'conditions'>
> & {
  readonly reward: ResolvedReward | null;
  readonly rewardDelay: number;
  readonly replay: Required<ReplayOptions> | null;
  readonly dataset: ResolvedDataset | null;
  readonly localSearch: Required<LocalSearchOptions> | null;
  readonly conditions: ResolvedTrainingConditions | null;
};

/** The defaults that are the same on every machine. */
export const trainerDefaults = {
  batchSize: 16,
  seed: 0,
  backend: 'native',
  hidden: [256, 256],
  activation: 'relu',
  learnBackward: false,
  beta: 1,
  exploration: 0,
  temperature: 1,
  learningRate: 1e-3,
  learningRateLogZ: 0.1,
  weightDecay: 0,
  clip: 0,
  rewardDelay: 0,
} as const satisfies Partial<TrainerOptions>;

const optionNames = [
  'environment',
  'objective',
  'threads',
  'memoryBytes',
  'reward',
  'replay',
  'dataset',
  'localSearch',
  'conditions',
  ...Object.keys(trainerDefaults),
];
const LARGEST_BATCH = 2 ** 20;
const LARGEST_WIDTH = 2 ** 16;

/** Fills in defaults and checks every option. Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION. */
export function resolveTrainerOptions(given: TrainerOptions): ResolvedTrainerOptions {
  rejectUnknown('trainer', given, optionNames);
  const options = { ...trainerDefaults, ...withoutUndefined(given) };
  const objective = objectiveOption('objective', options.objective);
  const learnBackward = booleanOption('learnBackward', options.learnBackward);
  if (objective.name === 'flow-matching' && learnBackward) {
    badArgument('learnBackward', 'false with flow matching, which has no backward policy', learnBackward);
  }
  const batchSize = integerOption('batchSize', options.batchSize, options.dataset === undefined ? 1 : 0, LARGEST_BATCH);
  const { environment, conditions } = trainingConditions(
    options.conditions,
    environmentOption(options.environment),
    objective.name,
    batchSize,
  );
  const replay = options.replay === undefined ? null : replayOption('replay', options.replay);
  const dataset = options.dataset === undefined ? null : datasetOption('dataset', options.dataset, environment);
  const localSearch = options.localSearch === undefined ? null : localSearchOption('localSearch', options.localSearch);
  return {
    environment,
    objective,
    batchSize,
    reward: options.reward === undefined ? null : rewardOption('reward', options.reward),
    rewardDelay: integerOption('rewardDelay', options.rewardDelay, 0, 1024),
    replay,
    dataset,
    localSearch,
    conditions,
    seed: integerOption('seed', options.seed, 0, Number.MAX_SAFE_INTEGER),
    backend: backendOption(options.backend),
    hidden: hiddenOption(options.hidden),
    activation: choiceOption('activation', options.activation, activations),
    learnBackward,
    beta: numberOption('beta', options.beta, 0, 1e6),
    exploration: scheduleOption('exploration', options.exploration, 0, 1),
    temperature: scheduleOption('temperature', options.temperature, 1e-6, 1e6),
    learningRate: scheduleOption('learningRate', options.learningRate, 0, 1e3),
    learningRateLogZ: scheduleOption('learningRateLogZ', options.learningRateLogZ, 0, 1e3),
    weightDecay: numberOption('weightDecay', options.weightDecay, 0, 1e3),
    clip: numberOption('clip', options.clip, 0),
    threads: threadsOption(options.threads),
    memoryBytes: memoryOption(options.memoryBytes),
  };
}

/** The part of the options that a training step depends on. */
export function trainingOptions(options: ResolvedTrainerOptions, offPolicy: OffPolicy): TrainingOptions {
  const { objective, batchSize, seed, beta, exploration, temperature } = options;
  const { learningRate, learningRateLogZ, weightDecay, clip } = options;
  return {
    objective,
    batchSize,
    seed,
    beta,
    exploration,
    temperature,
    learningRate,
    learningRateLogZ,
    weightDecay,
    clip,
    offPolicy,
    trajectoriesPerCondition: options.conditions?.trajectoriesPerCondition ?? 1,
  };
}

export function backendOption(value: unknown): Backend {
  return choiceOption('backend', value, ['native', 'typescript'] as const);
}

/** `value`, or the number of processors that this process may use. */
export function threadsOption(value: unknown): number {
  return integerOption('threads', value ?? Math.min(availableParallelism(), 1024), 1, 1024);
}

/** `value`, or half of the memory that is free to this process, at least 64 MiB. */
export function memoryOption(value: unknown): number {
  const free = Math.min(freemem(), process.availableMemory()); // the second knows a container's limit
  return integerOption('memoryBytes', value ?? Math.max(Math.floor(free / 2), 2 ** 26), 1, 2 ** 50);
}

function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

export function environmentOption(value: unknown): Environment {
  if (typeof value !== 'object' || value === null || !('apply' in value) || !('stateSize' in value)) {
    return badArgument('environment', 'an environment like hypergrid({ dimensions: 2, side: 8 })', value);
  }
  return value as Environment;
}

function hiddenOption(value: unknown): readonly number[] {
  if (!Array.isArray(value) || value.length > 64) return badArgument('hidden', 'an array of at most 64 widths', value);
  return value.map((width, i) => integerOption(`hidden[${i}]`, width, 1, LARGEST_WIDTH));
}

function scheduleOption(name: string, value: unknown, minimum: number, maximum: number): Schedule {
  if (typeof value === 'number') return numberOption(name, value, minimum, maximum);
  if (typeof value !== 'object' || value === null) {
    return badArgument(name, "a number or a schedule like { kind: 'linear', start: 1, end: 0, steps: 100 }", value);
  }
  rejectUnknown(name, value, ['kind', 'start', 'end', 'steps']);
  const given: Readonly<Record<string, unknown>> = { ...value };
  const kind = choiceOption(`${name}.kind`, given.kind, ['linear', 'cosine', 'exponential'] as const);
  const lowest = kind === 'exponential' ? Math.max(minimum, Number.MIN_VALUE) : minimum;
  return {
    kind,
    start: numberOption(`${name}.start`, given.start, lowest, maximum),
    end: numberOption(`${name}.end`, given.end, lowest, maximum),
    steps: integerOption(`${name}.steps`, given.steps, 1, Number.MAX_SAFE_INTEGER),
  };
}
