import type { RewardFunction } from '../index.ts';
import { badArgument, rejectUnknown } from '../options.ts';
import type { ChosenEnvironment } from './environment-section.ts';

/**
 * The reward of the environment's module, if it exports one, with options over its own, which the library checks.
 * Throws ERR_ARGUMENT for options without such a reward, ERR_UNKNOWN_OPTION.
 */
export function moduleReward(
  { module }: ChosenEnvironment,
  options: unknown,
): { readonly reward?: RewardFunction<never> } {
  if (options !== undefined) rejectUnknown('reward', options, ['transform', 'floor', 'cache', 'timeLimit']);
  const own = module?.reward ?? null;
  if (own !== null) return { reward: { ...own, score: own.score.bind(own), ...options } };
  return options === undefined ? {} : badArgument('reward', 'none, without a module that exports a reward', options);
}
