import { badArgument } from '../options.ts';
import { onnxRewardOption, type OnnxReward, type ResolvedOnnxReward } from './onnx-reward.ts';
import { rewardFunctionOption, type ResolvedRewardFunction, type RewardFunction } from './reward-function.ts';

/** A reward of the user's own, which takes the place of the environment's: a function, or an ONNX file. */
export type Reward = RewardFunction<never> | OnnxReward;

/** A reward with all defaults filled in. */
export type ResolvedReward = ResolvedRewardFunction | ResolvedOnnxReward;

/** Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION. */
export function rewardOption(name: string, value: unknown): ResolvedReward {
  if (typeof value === 'object' && value !== null) {
    if ('onnx' in value) return onnxRewardOption(name, value as OnnxReward);
    if ('score' in value && typeof value.score === 'function') {
      return rewardFunctionOption(name, value as RewardFunction);
    }
  }
  return badArgument(name, 'an object with a function score(objects), or with onnx, the path of an ONNX file', value);
}
