import type { Environment } from '../env/environment.ts';
import type { ResolvedReward } from './reward-option.ts';
import { readRewardFile, type RewardFile } from './reward-file.ts';
import { RewardScorer } from './reward-scorer.ts';

/** What takes the place of the environment's own reward in an engine. */
export type EngineReward = RewardFile | Pick<RewardScorer, 'score'>;

/** A reward that is ready for an engine; the file of an ONNX reward is read. Throws what `readRewardFile` throws. */
export async function loadReward(environment: Environment, reward: ResolvedReward): Promise<RewardScorer | RewardFile> {
  return 'onnx' in reward ? readRewardFile(environment, reward) : new RewardScorer(environment, reward);
}
