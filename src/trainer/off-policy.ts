import { conditionOption, setCondition } from '../condition/condition.ts';
import { DefinedEnvironment } from '../env/defined/defined-environment.ts';
import type { Environment } from '../env/environment.ts';
import { TemperedEnvironment } from '../env/tempered-environment.ts';
import { badArgument, booleanOption, choiceOption, integerOption, numberOption, rejectUnknown } from '../options.ts';

/** Objects of earlier batches that training goes back from. */
export interface ReplayOptions {
  /** Trajectories of a batch that lead to objects of the buffer, beside the `batchSize` that the policy draws. */
  readonly trajectories: number;
  /** Objects that the buffer holds, default 1,000. */
  readonly capacity?: number;
  /** Which objects stay when there are more: the `newest` (default) or the `best`, of highest reward. */
  readonly keep?: 'newest' | 'best';
  /** How objects are drawn, with replacement: `uniform` (default), or in proportion to their `reward` at β = 1. */
  readonly draw?: 'uniform' | 'reward';
  /** Whether an object that is in the buffer is not added again, default false. */
  readonly unique?: boolean;
  /** Objects that the buffer must hold before any is drawn, default 1. */
  readonly warmUp?: number;
  /** Of the `best`: standard deviation of the normal number that is added to R when objects are ranked, default 0. */
  readonly noise?: number;
  /**
   * Of the `best`: the part of the capacity that makes room, the worst ones, when one more comes that is better than the
   * worst; default 0: that one alone.
   */
  readonly drop?: number;
}

/** Objects of the user's that training goes back from. */
export interface DatasetOptions {
  /** Trajectories of a batch that lead to them, beside the `batchSize` that the policy draws. */
  readonly trajectories: number;
  /**
   * As the environment reads them (`parse`), as the integers of their states, or for an environment made by
   * `defineEnvironment` its states.
   */
  readonly objects: readonly unknown[];
  /** The condition of each object, in an environment with conditions. */
  readonly conditions?: readonly (readonly number[])[];
}

/**
 * Local search (Kim et al. 2024, "Local Search GFlowNets"): trajectories that the policy draws are improved before they
 * join the batch. A round goes back from the object x by P_B (a trajectory τ), undoes its last k transitions and draws
 * the rest again by P_F (τ', to x'). k is drawn from 1 to the part `backRatio` of τ's length, each number as likely:
 * u(k | τ); k' is how many of τ' have been drawn anew. With
 * q = R(x')^β P_B(τ'|x') P_F(τ) u(k'|τ') / (R(x)^β P_B(τ|x) P_F(τ') u(k|τ)) it is accepted
 * - `metropolis` with probability min(1, q),
 * - `barker` with probability q / (1 + q),
 * - `greedy` if R(x') > R(x).
 *
 * The first two leave R^β / Z invariant.
 */
export interface LocalSearchOptions {
  /** Trajectories of a batch that are searched for, beside the `batchSize` that the policy draws. */
  readonly trajectories: number;
  /** Default 1. */
  readonly rounds?: number;
  /** Largest part of a trajectory's transitions that a round undoes, at least one; default 0.5. */
  readonly backRatio?: number;
  readonly acceptance?: 'metropolis' | 'barker' | 'greedy';
}

/** The objects as states: [N × stateSize]. */
export interface ResolvedDataset {
  readonly trajectories: number;
  readonly terminalState: Int32Array;
}

/** What a batch holds beside the trajectories that the policy draws; resolved and checked. */
export interface OffPolicy {
  readonly replay: Required<ReplayOptions> | null;
  readonly dataset: (ResolvedDataset & { /** [N] at β = 1. */ readonly logReward: Float64Array }) | null;
  readonly localSearch: Required<LocalSearchOptions> | null;
  /** Batches whose rewards may be under way while others are sampled. */
  readonly rewardDelay: number;
}

export const onPolicy: OffPolicy = { replay: null, dataset: null, localSearch: null, rewardDelay: 0 };

const MOST_TRAJECTORIES = 2 ** 20;

/** Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION. */
export function replayOption(name: string, value: unknown): Required<ReplayOptions> {
  const given = objectOption(name, value, '{ trajectories: 8 }') as ReplayOptions;
  rejectUnknown(name, given, ['trajectories', 'capacity', 'keep', 'draw', 'unique', 'warmUp', 'noise', 'drop']);
  const capacity = integerOption(`${name}.capacity`, given.capacity ?? 1000, 1, 2 ** 30);
  const keep = choiceOption(`${name}.keep`, given.keep ?? 'newest', ['newest', 'best'] as const);
  const noise = numberOption(`${name}.noise`, given.noise ?? 0, 0);
  const drop = numberOption(`${name}.drop`, given.drop ?? 0, 0, 1);
  if (keep === 'newest' && noise > 0) badArgument(`${name}.noise`, "0 unless keep is 'best'", noise);
  if (keep === 'newest' && drop > 0) badArgument(`${name}.drop`, "0 unless keep is 'best'", drop);
  return {
    trajectories: integerOption(`${name}.trajectories`, given.trajectories, 1, MOST_TRAJECTORIES),
    capacity,
    keep,
    draw: choiceOption(`${name}.draw`, given.draw ?? 'uniform', ['uniform', 'reward'] as const),
    unique: booleanOption(`${name}.unique`, given.unique ?? false),
    warmUp: integerOption(`${name}.warmUp`, given.warmUp ?? 1, 1, capacity),
    noise,
    drop,
  };
}

/** Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION, also for an object that the environment does not have. */
export function datasetOption(name: string, value: unknown, environment: Environment): ResolvedDataset {
  const given = objectOption(name, value, '{ trajectories: 8, objects: [...] }') as DatasetOptions;
  rejectUnknown(name, given, ['trajectories', 'objects', 'conditions']);
  const { objects, conditions } = given;
  if (!Array.isArray(objects) || objects.length === 0) {
    return badArgument(`${name}.objects`, 'an array of at least one object', objects);
  }
  if (conditions !== undefined && (!Array.isArray(conditions) || conditions.length !== objects.length)) {
    badArgument(`${name}.conditions`, `an array of ${objects.length} conditions, one for each object`, conditions);
  }
  const { stateSize } = environment;
  const terminalState = new Int32Array(objects.length * stateSize);
  objects.forEach((object: unknown, i) => {
    const x = terminalStateOption(`${name}.objects[${i}]`, object, environment);
    const condition = conditionOption(`${name}.conditions[${i}]`, conditions?.[i], environment);
    setCondition(environment, x, condition);
    terminalState.set(x, i * stateSize);
  });
  return {
    trajectories: integerOption(`${name}.trajectories`, given.trajectories, 1, MOST_TRAJECTORIES),
    terminalState,
  };
}

/** Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION. */
export function localSearchOption(name: string, value: unknown): Required<LocalSearchOptions> {
  const given = objectOption(name, value, '{ trajectories: 8 }') as LocalSearchOptions;
  rejectUnknown(name, given, ['trajectories', 'rounds', 'backRatio', 'acceptance']);
  return {
    trajectories: integerOption(`${name}.trajectories`, given.trajectories, 1, MOST_TRAJECTORIES),
    rounds: integerOption(`${name}.rounds`, given.rounds ?? 1, 1, 1000),
    backRatio: numberOption(`${name}.backRatio`, given.backRatio ?? 0.5, 0, 1),
    acceptance: choiceOption(`${name}.acceptance`, given.acceptance ?? 'metropolis', [
      'metropolis',
      'barker',
      'greedy',
    ] as const),
  };
}

function objectOption(name: string, value: unknown, example: string): object {
  if (typeof value !== 'object' || value === null) badArgument(name, `an object like ${example}`, value);
  return value;
}

function terminalStateOption(name: string, value: unknown, environment: Environment): Int32Array {
  const isState = value instanceof Int32Array && value.length === environment.stateSize;
  if (isState && environment.isTerminal(value)) return value.slice();
  const own = environment instanceof TemperedEnvironment ? environment.base : environment;
  if (own instanceof DefinedEnvironment && typeof value === 'object') {
    const integers = own.integersOf(value);
    return Int32Array.from({ length: environment.stateSize }, (_, i) => integers[i] ?? 0);
  }
  if (typeof value === 'string') return environment.parse(value);
  return badArgument(name, `an object as text or the ${environment.stateSize} integers of a terminal state`, value);
}
