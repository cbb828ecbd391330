import { basename } from 'node:path';
import { badArgument } from '../options.ts';
import { onnxRewardOption } from './onnx-reward.ts';
import { rewardFunctionOption } from './reward-function.ts';
import type { ResolvedReward } from './reward-option.ts';
import type { RewardTransform } from './transform.ts';

/** What a saved model says of a reward of its user's that it was trained with. */
export interface RewardDescription {
  /** The ONNX file; null: a function. */
  readonly onnx: { readonly name: string; readonly sha256: string; readonly output: string | null } | null;
  readonly scale: 'plain' | 'log';
  readonly transform: RewardTransform;
  readonly floor: number;
}

/** null for the environment's own reward. */
export function describedReward(reward: ResolvedReward | null): RewardDescription | null {
  if (reward === null) return null;
  const { scale, transform, floor } = reward;
  if (!('onnx' in reward)) return { onnx: null, scale, transform, floor };
  return {
    onnx: { name: reward.name ?? basename(reward.onnx), sha256: reward.sha256 ?? '', output: reward.output },
    scale,
    transform,
    floor,
  };
}

/** A description as `describedReward` made it and a file held it. Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION. */
export function rewardDescriptionOption(name: string, value: unknown): RewardDescription | null {
  if (value === null) return null;
  if (typeof value !== 'object') return badArgument(name, 'an object or null', value);
  const { onnx = null, ...rest } = value as { readonly onnx?: Partial<NonNullable<RewardDescription['onnx']>> | null };
  const withoutTransform = 'scale' in rest && rest.scale === 'log' ? { ...rest, transform: undefined } : rest;
  if (onnx === null) {
    const { scale, transform, floor } = rewardFunctionOption(name, { score: () => [], ...withoutTransform });
    return { onnx, scale, transform, floor };
  }
  const { output, sha256 } = onnx;
  const { scale, transform, floor } = onnxRewardOption(name, {
    ...withoutTransform,
    onnx: onnx.name ?? '',
    sha256: sha256 ?? '',
    output: output ?? undefined,
  });
  return { onnx: { name: onnx.name ?? '', sha256: sha256 ?? '', output: output ?? null }, scale, transform, floor };
}
