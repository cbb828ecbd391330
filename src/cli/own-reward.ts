import { basename } from 'node:path';
import type { OnnxReward, Reward, ResolvedReward } from '../index.ts';
import { badArgument, rejectUnknown } from '../options.ts';
import { REWARD_FILE } from '../reward/find-reward.ts';
import type { ChosenEnvironment } from './environment-section.ts';
import { isRecord } from './record.ts';

/** Whether the value of `--reward` is a file: the grids have a flag of the same name for one of their own rewards. */
export function namesRewardFile(value: unknown): boolean {
  return typeof value === 'string' && /\.onnx$/i.test(value);
}

/** The options of a reward that is an ONNX file, which the library checks; null for others. */
export function onnxReward(options: unknown): OnnxReward | null {
  return isRecord(options) && options.onnx !== undefined ? (options as unknown as OnnxReward) : null;
}

/**
 * The reward of a run: an ONNX file, or else what the environment's module exports, with options over its own, which
 * the library checks. Throws ERR_ARGUMENT for options without either, ERR_UNKNOWN_OPTION.
 */
export function ownReward(chosen: ChosenEnvironment | undefined, options: unknown): { readonly reward?: Reward } {
  const file = onnxReward(options);
  if (file !== null) return { reward: file };
  if (options !== undefined) rejectUnknown('reward', options, ['transform', 'floor', 'cache', 'timeLimit']);
  const own = chosen?.module?.reward ?? null;
  if (own !== null) return { reward: { ...own, score: own.score.bind(own), ...options } };
  if (options === undefined) return {};
  return badArgument('reward', 'none, without --reward FILE.onnx or a module that exports a reward', options);
}

/** What config.json says of an ONNX reward, whose file the run's folder keeps; null for other rewards. */
export function recordedOnnxReward(reward: ResolvedReward | null): object | null {
  if (reward === null || !('onnx' in reward)) return null;
  const { onnx, name, sha256, scale, transform, floor, output, cache } = reward;
  return {
    onnx: REWARD_FILE,
    name: name ?? basename(onnx),
    ...(sha256 === null ? {} : { sha256 }),
    scale,
    ...(scale === 'log' ? {} : { transform }),
    floor,
    ...(output === null ? {} : { output }),
    cache,
  };
}
