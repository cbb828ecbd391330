import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { OnnxReward } from './onnx-reward.ts';
import type { RewardDescription } from './reward-description.ts';
import { digestOf } from './reward-file.ts';

/** The name of an ONNX reward in the folder of a run. */
export const REWARD_FILE = 'reward.onnx';

/** The ONNX reward of a model, beside its file under its own name or that of a run's folder; else why there is none. */
export async function findReward(
  modelPath: string,
  { onnx, scale, transform, floor }: RewardDescription,
): Promise<OnnxReward | string> {
  if (onnx === null) return 'a function of its user';
  const { name, sha256, output } = onnx;
  for (const candidate of new Set([REWARD_FILE, name])) {
    const path = join(dirname(modelPath), candidate);
    const bytes = await readFile(path).catch(() => null);
    if (bytes === null || digestOf(bytes) !== sha256) continue;
    return {
      onnx: path,
      sha256,
      scale,
      floor,
      ...(scale === 'log' ? {} : { transform }),
      ...(output === null ? {} : { output }),
    };
  }
  return `${name} (SHA-256 ${sha256}), which is not beside it`;
}
