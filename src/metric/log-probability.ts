import { GfnError } from '../error.ts';
import { logSumExp } from './log-partition.ts';

/**
 * Estimate of log p_θ(x) from N trajectories drawn backward from x: log p̂(x) = log Σ_i P_F(τ_i) / P_B(τ_i) − log N,
 * τ_i ~ P_B(·|x). p̂ is unbiased; log p̂ is biased downwards, less so with larger N.
 *
 * `logPf`, `logPb`: [objects × N] log-probabilities of whole trajectories, those of an object side by side. Returns
 * one value per object. Throws ERR_ARGUMENT if the lengths differ or are no multiple of `trajectories` = N.
 */
export function estimateLogProbability(logPf: Float64Array, logPb: Float64Array, trajectories: number): Float64Array {
  if (logPf.length !== logPb.length || !Number.isInteger(logPf.length / trajectories)) {
    throw new GfnError(
      'ERR_ARGUMENT',
      `logPb: expected as many entries as logPf has and a multiple of ${trajectories}, ` +
        `got ${logPb.length} for ${logPf.length}`,
    );
  }
  const logRatio = logPf.map((value, i) => value - logPb[i]);
  return Float64Array.from({ length: logPf.length / trajectories }, (_, object) => {
    const ratios = logRatio.subarray(object * trajectories, (object + 1) * trajectories);
    return logSumExp(ratios) - Math.log(trajectories);
  });
}
