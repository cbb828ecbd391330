/**
 * A method that GFlowNets are compared with. It asks for rewards in batches and is told them, so that visits (reward
 * evaluations, repeats counted) mean the same for every method:
 *
 *     for (;;) baseline.learn(logRewards(baseline.propose()));
 */
export interface Baseline {
  readonly name: string;
  /** Reward evaluations that `learn` has been told so far, repeats counted. */
  readonly visits: number;
  /** Objects whose reward is asked for next, [count × stateSize]; valid until the next call of `learn`. */
  propose(): Int32Array;
  /** Takes log R (β = 1) of the proposed objects, in their order. */
  learn(logReward: Float64Array): void;
  /**
   * The method's current draws after `learn`, [count × stateSize], one for each reward evaluated: what empirical
   * distributions and modes are counted on. Overwritten by the next `learn`.
   */
  readonly samples: Int32Array;
}
