import { ConditionedEnvironment, numberOf } from './conditioned-environment.ts';
import type { EnvironmentDefinition } from './definition.ts';
import { hypergrid, hypergridOptions, type HypergridOptions } from './hypergrid.ts';
import { resolveOptions } from './option.ts';
import { parametersOf } from './sizes.ts';

/** Options of `conditional-hypergrid`. */
export type ConditionalHypergridOptions = Pick<
  HypergridOptions,
  'dimensions' | 'side' | 'rewardR0' | 'rewardR1' | 'rewardR2'
>;

/** Shares of the corners reward. */
const SHARES = { minimum: 0, maximum: 1 } as const;

const { dimensions, side, rewardR0, rewardR1, rewardR2 } = hypergridOptions;
const conditionalHypergridOptions = { dimensions, side, rewardR0, rewardR1, rewardR2 };

/**
 * The hypergrid with the corners reward R under a condition c in [0, 1]: R_c = (1 − c)·(R0 + R1 + R2) + c·R, uniform
 * for c = 0 and R for c = 1 (torchgfn's ConditionalHyperGrid).
 */
class ConditionalHypergrid extends ConditionedEnvironment {
  constructor(
    options: ConditionalHypergridOptions,
    private readonly largest: number,
  ) {
    super(hypergrid(options), {
      name: 'conditional-hypergrid',
      parameters: parametersOf({ ...options }),
      condition: { size: 1, range: SHARES, distribution: { kind: 'uniform', minimum: [0], maximum: [1] } },
      seen: 1,
    });
  }

  logReward(x: Int32Array): number {
    const c = numberOf(x[this.base.stateSize]);
    return Math.log((1 - c) * this.largest + c * Math.exp(this.base.logReward(x)));
  }

  protected observeCondition(state: Int32Array, integers: Int32Array, offset: number): void {
    integers[offset] = state[this.base.stateSize];
  }
}

/** Builds a conditional hypergrid. Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_TOO_LARGE. */
export function conditionalHypergrid(options: ConditionalHypergridOptions = {}): ConditionedEnvironment {
  const given = resolveOptions('conditional-hypergrid', conditionalHypergridOptions, options);
  const resolved = {
    dimensions: given.dimensions,
    side: given.side,
    rewardR0: given.rewardR0 ?? 0.1,
    rewardR1: given.rewardR1 ?? 0.5,
    rewardR2: given.rewardR2 ?? 2,
  };
  return new ConditionalHypergrid(resolved, resolved.rewardR0 + resolved.rewardR1 + resolved.rewardR2);
}

export const conditionalHypergridDefinition: EnvironmentDefinition = {
  name: 'conditional-hypergrid',
  summary: 'hypergrid under a condition from 0, a uniform reward, to 1, the corners reward (torchgfn)',
  options: conditionalHypergridOptions,
  create: conditionalHypergrid,
};
