import type { Environment } from '../env/environment.ts';

/** Inputs and outputs of the model, over all states of all samples, that an evaluation may take. */
const SAMPLED_NUMBERS = 2 ** 31;

/** Samples of an evaluation that is not told how many: less where trajectories are long and wide. */
export function defaultSamples(environment: Environment, isEnumerated: boolean): number {
  if (isEnumerated) return 200_000;
  const { maximumLength, observation, actions } = environment;
  const affordable = Math.floor(SAMPLED_NUMBERS / (maximumLength * (observation.size + actions)));
  return Math.min(Math.max(affordable, 100), 10_000);
}
