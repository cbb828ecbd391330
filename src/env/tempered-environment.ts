import { bitsOfNumber, ConditionedEnvironment, numberOf } from './conditioned-environment.ts';
import type { Environment } from './environment.ts';

/** How the model sees the reward exponent β that is a condition; all values are checked. */
export interface TemperatureCondition {
  /** Smallest and largest β. */
  readonly minimum: number;
  readonly maximum: number;
  /**
   * Numbers of a thermometer: number i is min(max((β − minimum) / gap − i, 0), 1), gap the range over their count. 0:
   * the model sees log β.
   */
  readonly bins: number;
}

/** Reward exponents that may be a condition: R = 0 has no power of 0. */
export const EXPONENTS = { minimum: 1e-6, maximum: 1e6 } as const;

/**
 * An environment whose condition is the reward exponent β itself: log R_β(x) = β·log R(x), in place of one exponent
 * for the whole run (Zhang et al. 2022, "Robust scheduling with GFlowNets"; the thermometer of recursionpharma/gflownet).
 */
export class TemperedEnvironment extends ConditionedEnvironment {
  constructor(
    base: Environment,
    readonly temperature: TemperatureCondition,
  ) {
    const { minimum, maximum, bins } = temperature;
    super(base, {
      name: base.name,
      parameters: base.parameters,
      condition: {
        size: 1,
        range: EXPONENTS,
        distribution: { kind: 'uniform', minimum: [minimum], maximum: [maximum] },
      },
      seen: Math.max(bins, 1),
    });
  }

  /** The reward exponent of a state's trajectory. */
  betaOf(state: Int32Array): number {
    return numberOf(state[this.base.stateSize]);
  }

  logReward(x: Int32Array): number {
    return this.betaOf(x) * this.base.logReward(x);
  }

  protected observeCondition(state: Int32Array, integers: Int32Array, offset: number): void {
    const { minimum, maximum, bins } = this.temperature;
    const beta = this.betaOf(state);
    if (bins === 0) {
      integers[offset] = bitsOfNumber(Math.log(beta));
      return;
    }
    const gap = (maximum - minimum) / bins;
    for (let i = 0; i < bins; i++) {
      integers[offset + i] = bitsOfNumber(Math.min(Math.max((beta - minimum) / gap - i, 0), 1));
    }
  }
}
