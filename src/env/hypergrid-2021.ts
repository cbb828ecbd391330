import type { EnvironmentParameters } from './environment.ts';
import type { EnvironmentDefinition } from './definition.ts';
import { Grid } from './grid.ts';
import { GridReward, gridRewardConstants, type GridRewardConstants } from './grid-reward.ts';
import { hypergridOptions } from './hypergrid.ts';
import { choice, number, resolveOptions } from './option.ts';
import { countOf, parametersOf } from './sizes.ts';

const rewardNames = ['corners', 'cosine'] as const;
type Hypergrid2021RewardName = (typeof rewardNames)[number];

/** Options of `hypergrid-2021`. */
export interface Hypergrid2021Options {
  /** Number of coordinates; default 2. */
  readonly dimensions?: number;
  /** Cells along each coordinate; default 8. */
  readonly side?: number;
  /** Default corners. */
  readonly reward?: Hypergrid2021RewardName;
  readonly rewardR0?: number;
  readonly rewardR1?: number;
  readonly rewardR2?: number;
}

const defaultConstants: Record<Hypergrid2021RewardName, GridRewardConstants> = {
  corners: { rewardR0: 0.1, rewardR1: 0.5, rewardR2: 2 },
  cosine: { rewardR0: 0.01, rewardR1: 1, rewardR2: undefined },
};

const hypergrid2021Options = {
  dimensions: hypergridOptions.dimensions,
  side: hypergridOptions.side,
  reward: choice({ description: 'shape of the reward', default: 'corners', choices: rewardNames }),
  rewardR0: number({
    description: 'R0, the reward everywhere (published floors: 0.1, 0.01, 0.001)',
    defaultText: '0.1; cosine 0.01',
    minimum: 0,
    maximum: 1e100,
  }),
  rewardR1: number({
    description: 'R1, added in the corners (cosine: the factor of the product)',
    defaultText: '0.5; cosine 1',
    minimum: 0,
    maximum: 1e100,
  }),
  rewardR2: number({
    description: 'R2, added at the modes (corners only)',
    defaultText: '2',
    minimum: 0,
    maximum: 1e100,
  }),
};

/**
 * The hypergrid as the code of Bengio et al. 2021 has it: a trajectory also ends, without a stop action, as soon as a
 * coordinate reaches side−1. Cells with two or more such coordinates are never reached, and a terminal cell with one
 * has a single parent. Cells lie at linspace(−1, 1, side), so the cosine reward sees twice the `ax` of `hypergrid`.
 */
class Hypergrid2021 extends Grid {
  readonly name = 'hypergrid-2021';
  readonly maximumLength: number;
  readonly terminalCount: number;
  readonly stateCount: number;

  constructor(parameters: EnvironmentParameters, dimensions: number, side: number, reward: GridReward) {
    super('hypergrid-2021', parameters, dimensions, side, reward);
    const inner = side - 1;
    const terminal = inner ** dimensions + dimensions * inner ** (dimensions - 1);
    this.maximumLength = dimensions * (side - 2) + 1;
    this.terminalCount = countOf(terminal);
    this.stateCount = countOf(inner ** dimensions + terminal);
  }

  allowed(state: Int32Array): boolean {
    return state[this.dimensions] === 0; // a live state has no coordinate at side−1
  }

  apply(state: Int32Array, action: number): number {
    state[action]++;
    if (action < this.dimensions && state[action] === this.side - 1) state[this.dimensions] = 1;
    return action;
  }

  backwardAllowed(state: Int32Array, backward: number): boolean {
    if (state[this.dimensions] === 0) return state[backward] > 0;
    for (let i = 0; i < this.dimensions; i++) if (state[i] === this.side - 1) return backward === i;
    return backward === this.dimensions;
  }

  undo(state: Int32Array, backward: number): number {
    state[this.dimensions] = 0;
    if (backward < this.dimensions) state[backward]--;
    return backward;
  }

  protected reachable(x: Int32Array): boolean {
    let ends = 0;
    for (let i = 0; i < this.dimensions; i++) if (x[i] === this.side - 1) ends++;
    return ends <= 1;
  }
}

/** Builds a hypergrid of 2021. Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_TOO_LARGE. */
export function hypergrid2021(options: Hypergrid2021Options = {}): Grid {
  const { dimensions, side, reward, ...given } = resolveOptions('hypergrid-2021', hypergrid2021Options, options);
  const constants = gridRewardConstants(reward, defaultConstants[reward], given);
  const parameters = parametersOf({ dimensions, side, reward, ...constants });
  return new Hypergrid2021(parameters, dimensions, side, new GridReward(reward, dimensions, side, constants, 2));
}

export const hypergrid2021Definition: EnvironmentDefinition = {
  name: 'hypergrid-2021',
  summary: 'the hypergrid of the 2021 code: a trajectory also ends when a coordinate reaches side−1',
  options: hypergrid2021Options,
  create: hypergrid2021,
};
