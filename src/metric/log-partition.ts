import { GfnError } from '../error.ts';

/** log Σ e^v, without overflow; −Infinity of nothing. */
export function logSumExp(values: ArrayLike<number>): number {
  let maximum = -Infinity;
  for (let i = 0; i < values.length; i++) maximum = Math.max(maximum, values[i]);
  if (maximum === -Infinity || maximum === Infinity) return maximum;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.exp(values[i] - maximum);
  return maximum + Math.log(sum);
}

/** log(R^β) of each object; R = 0 stays −Infinity at every β. `logReward` is at β = 1. */
function tempered(logReward: ArrayLike<number>, beta: number): Float64Array {
  return Float64Array.from(logReward, (value) => (value === -Infinity ? value : beta * value));
}

/** log Z = log Σ R(x)^β over all objects, from their log R at β = 1. */
export function exactLogZ(logReward: ArrayLike<number>, beta: number): number {
  return logSumExp(tempered(logReward, beta));
}

/** p(x) = R(x)^β / Z of every object, from their log R at β = 1. Throws ERR_REWARD if every R is 0. */
export function targetDistribution(logReward: ArrayLike<number>, beta: number): Float64Array {
  const logTarget = tempered(logReward, beta);
  const logZ = logSumExp(logTarget);
  if (logZ === -Infinity) {
    throw new GfnError('ERR_REWARD', `logReward: expected an object of positive reward, got R = 0 for all of them`);
  }
  return logTarget.map((value) => Math.exp(value - logZ));
}
