import { GfnError } from '../error.ts';
import { logSumExp } from './log-partition.ts';

/*
 * Bounds on log Z and an estimate of it from the log-weights w(τ) = log P_B(τ|x) + β·log R(x) − log P_F(τ) of whole
 * trajectories. `logPf`, `logPb`, `logReward`: [N], log R at β = 1. Null of no trajectories; ERR_ARGUMENT if the
 * lengths differ.
 */

/** Trajectories with their log-probabilities, one entry for each. */
export interface WeightedTrajectories {
  readonly logPf: Float64Array;
  readonly logPb: Float64Array;
  /** At β = 1. */
  readonly logReward: Float64Array;
}

/** Evidence lower bound: the mean of w(τ) over τ ~ P_F; at most log Z in expectation, equal to it at the optimum. */
export function evidenceLowerBound(forward: WeightedTrajectories, beta: number): number | null {
  return mean(logWeights(forward, beta));
}

/**
 * Evidence upper bound: the mean of w(τ) over x ~ R^β / Z, τ ~ P_B(·|x); at least log Z in expectation, equal to it
 * at the optimum.
 */
export function evidenceUpperBound(backward: WeightedTrajectories, beta: number): number | null {
  return mean(logWeights(backward, beta));
}

/** Importance-sampled log Z: log of the mean of e^w(τ) over τ ~ P_F. Z is unbiased, log Z biased downwards. */
export function importanceLogZ(forward: WeightedTrajectories, beta: number): number | null {
  const weights = logWeights(forward, beta);
  return weights.length === 0 ? null : logSumExp(weights) - Math.log(weights.length);
}

function logWeights({ logPf, logPb, logReward }: WeightedTrajectories, beta: number): Float64Array {
  if (logPb.length !== logPf.length || logReward.length !== logPf.length) {
    throw new GfnError(
      'ERR_ARGUMENT',
      `logPb, logReward: expected as many entries as logPf has, ${logPf.length}, ` +
        `got ${logPb.length} and ${logReward.length}`,
    );
  }
  return logPf.map((value, i) => logPb[i] + beta * logReward[i] - value);
}

function mean(values: Float64Array): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
