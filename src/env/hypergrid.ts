import type { EnvironmentParameters } from './environment.ts';
import type { EnvironmentDefinition } from './definition.ts';
import { Grid } from './grid.ts';
import {
  GridReward,
  gridRewardConstants,
  gridRewardNames,
  type GridRewardConstants,
  type GridRewardName,
} from './grid-reward.ts';
import { badArgument } from '../options.ts';
import { choice, integer, number, resolveOptions, type EnvironmentOption } from './option.ts';
import { countOf, parametersOf } from './sizes.ts';

/** Options of `hypergrid`. */
export interface HypergridOptions {
  /** Number of coordinates; default 2. */
  readonly dimensions?: number;
  /** Cells along each coordinate; default 8. */
  readonly side?: number;
  /** Default corners. */
  readonly reward?: GridRewardName;
  /** Published constants of the corners reward, in place of rewardR0, rewardR1 and rewardR2. */
  readonly rewardPreset?: keyof typeof hypergridRewardPresets;
  readonly rewardR0?: number;
  readonly rewardR1?: number;
  readonly rewardR2?: number;
}

/** Published constants of the corners reward beside the default (0.1, 0.5, 2). */
export const hypergridRewardPresets = {
  easy: { rewardR0: 1e-3, rewardR1: 0.5, rewardR2: 2 },
  hard: { rewardR0: 1e-4, rewardR1: 1, rewardR2: 3 },
} as const;

const presetNames = Object.keys(hypergridRewardPresets) as (keyof typeof hypergridRewardPresets)[];

const defaultConstants: Record<GridRewardName, GridRewardConstants> = {
  corners: { rewardR0: 0.1, rewardR1: 0.5, rewardR2: 2 },
  cosine: { rewardR0: 0.1, rewardR1: 0.5, rewardR2: undefined },
  sparse: { rewardR0: 1e-12, rewardR1: 1, rewardR2: undefined },
  deceptive: { rewardR0: 1e-5, rewardR1: 0.1, rewardR2: 2 },
};

export const hypergridOptions = {
  dimensions: integer({ description: 'number of coordinates', default: 2, minimum: 1, maximum: 2 ** 31 - 1 }),
  side: integer({ description: 'cells along each coordinate', default: 8, minimum: 2, maximum: 65535 }),
  reward: choice({ description: 'shape of the reward', default: 'corners', choices: gridRewardNames }),
  rewardPreset: {
    ...choice({
      description: 'constants of the corners reward: easy R0 0.001, R1 0.5, R2 2; hard R0 0.0001, R1 1, R2 3',
      default: 'easy',
      choices: presetNames,
    }),
    default: undefined,
    defaultText: 'none',
  } as EnvironmentOption<keyof typeof hypergridRewardPresets | undefined>,
  rewardR0: number({
    description: 'R0, the reward everywhere (sparse: outside the targets)',
    defaultText: '0.1; sparse 1e-12, deceptive 1e-5',
    minimum: 0,
    maximum: 1e100,
  }),
  rewardR1: number({
    description: 'R1, added in the corners (cosine: the factor of the product; sparse: reward of the targets)',
    defaultText: '0.5; sparse 1, deceptive 0.1',
    minimum: 0,
    maximum: 1e100,
  }),
  rewardR2: number({
    description: 'R2, added at the modes (corners and deceptive only)',
    defaultText: '2',
    minimum: 0,
    maximum: 1e100,
  }),
};

/**
 * The hypergrid (Bengio et al. 2021, section 4.1) as later work has it: a trajectory ends by the stop action only,
 * so every cell is a terminal state; at the far corner stop is the only action.
 */
class Hypergrid extends Grid {
  readonly name = 'hypergrid';
  readonly maximumLength: number;
  readonly terminalCount: number;
  readonly stateCount: number;

  constructor(parameters: EnvironmentParameters, dimensions: number, side: number, reward: GridReward) {
    super('hypergrid', parameters, dimensions, side, reward);
    this.maximumLength = dimensions * (side - 1) + 1;
    this.terminalCount = countOf(side ** dimensions);
    this.stateCount = countOf(2 * side ** dimensions);
  }

  allowed(state: Int32Array, action: number): boolean {
    if (state[this.dimensions] === 1) return false;
    return action === this.dimensions || state[action] < this.side - 1;
  }

  apply(state: Int32Array, action: number): number {
    state[action]++;
    return action;
  }

  backwardAllowed(state: Int32Array, backward: number): boolean {
    if (state[this.dimensions] === 1) return backward === this.dimensions;
    return state[backward] > 0;
  }

  undo(state: Int32Array, backward: number): number {
    state[backward]--;
    return backward;
  }

  protected reachable(): boolean {
    return true;
  }
}

/** Constants where none are given. Throws ERR_ARGUMENT for a preset that is not the reward's, or beside constants. */
function defaultsOf(
  reward: GridRewardName,
  preset: HypergridOptions['rewardPreset'],
  given: Readonly<Partial<GridRewardConstants>>,
): GridRewardConstants {
  if (preset === undefined) return defaultConstants[reward];
  if (reward !== 'corners') badArgument('rewardPreset', `nothing with reward ${reward}`, preset);
  const constant = (['rewardR0', 'rewardR1', 'rewardR2'] as const).find((name) => given[name] !== undefined);
  if (constant !== undefined) badArgument('rewardPreset', `nothing where ${constant} is given`, preset);
  return hypergridRewardPresets[preset];
}

/** Builds a hypergrid. Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_TOO_LARGE. */
export function hypergrid(options: HypergridOptions = {}): Grid {
  const { dimensions, side, reward, rewardPreset, ...given } = resolveOptions('hypergrid', hypergridOptions, options);
  const constants = gridRewardConstants(reward, defaultsOf(reward, rewardPreset, given), given);
  const parameters = parametersOf({ dimensions, side, reward, ...constants });
  return new Hypergrid(parameters, dimensions, side, new GridReward(reward, dimensions, side, constants, 1));
}

export const hypergridDefinition: EnvironmentDefinition = {
  name: 'hypergrid',
  summary: 'grid cells, one coordinate incremented at a time, ended by a stop action (Bengio et al. 2021)',
  options: hypergridOptions,
  create: hypergrid,
};
