import { badArgument, choiceOption, integerOption, numberOption, rejectUnknown } from '../options.ts';
import { transformOption, type RewardTransform } from './transform.ts';

/** Seconds after which a timer of Node would fire at once. */
const LONGEST_TIMER = 2_147_483;

/** What a reward function is told beside the objects. */
export interface ScoreContext {
  /** Aborts when the time limit is over. */
  readonly signal: AbortSignal;
  /** The condition of each object, in an environment with conditions; not a temperature, which needs no reward of its own. */
  readonly conditions?: readonly (readonly number[])[];
}

/**
 * A reward of the user's own: replaces the environment's. An object is the state that an environment made by
 * `defineEnvironment` defines, the integers of a state ([stateSize]) for the others, or with `objects: 'text'` what the
 * environment prints.
 */
export interface RewardFunction<Object = unknown> {
  /** One number for each object, in order. May be called again for objects that it has scored before. */
  score(objects: readonly Object[], context: ScoreContext): ArrayLike<number> | Promise<ArrayLike<number>>;
  /** What the numbers are, default `plain`: y, from which `transform` makes R; or `log`: log R at β = 1. */
  readonly scale?: 'plain' | 'log';
  readonly objects?: 'state' | 'text';
  /** R from a plain y; default R = y. */
  readonly transform?: RewardTransform;
  /** Least R: smaller rewards are raised to it. Default 0: none. */
  readonly floor?: number;
  /** Seconds that a call may take, default none. */
  readonly timeLimit?: number;
  /** Objects whose scores are remembered, the least recently used are forgotten first; default 0. */
  readonly cache?: number;
}

/** A reward function with all defaults filled in. */
export interface ResolvedRewardFunction {
  readonly score: RewardFunction['score'];
  readonly scale: 'plain' | 'log';
  /** `integers`: those of the state, also of an environment of the user's own. */
  readonly objects: 'state' | 'text' | 'integers';
  readonly transform: RewardTransform;
  readonly floor: number;
  /** Infinity: none. */
  readonly timeLimit: number;
  readonly cache: number;
}

/** Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION. */
export function rewardFunctionOption(name: string, given: RewardFunction): ResolvedRewardFunction {
  rejectUnknown(name, given, ['score', 'scale', 'objects', 'transform', 'floor', 'timeLimit', 'cache']);
  const scale = choiceOption(`${name}.scale`, given.scale ?? 'plain', ['plain', 'log'] as const);
  if (scale === 'log' && given.transform !== undefined) {
    badArgument(`${name}.transform`, "none with scale 'log'", given.transform);
  }
  return {
    score: (objects, context) => given.score(objects, context),
    scale,
    objects: choiceOption(`${name}.objects`, given.objects ?? 'state', ['state', 'text'] as const),
    transform: transformOption(`${name}.transform`, given.transform ?? { kind: 'identity' }),
    floor: numberOption(`${name}.floor`, given.floor ?? 0, 0),
    timeLimit:
      given.timeLimit === undefined ? Infinity : numberOption(`${name}.timeLimit`, given.timeLimit, 0, LONGEST_TIMER),
    cache: integerOption(`${name}.cache`, given.cache ?? 0, 0, 2 ** 31),
  };
}
