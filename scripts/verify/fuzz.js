import { randomInt } from 'node:crypto';
import { showTests } from './tests.js';

/** Runs the fuzz tests `length` times as long as usual, with a seed that is new each time and that it prints. */
export async function showFuzz({ files, length }, folder) {
  const seed = randomInt(2 ** 31);
  const variables = { GFLOWNET_FUZZ_SEED: String(seed), GFLOWNET_FUZZ_LENGTH: String(length) };
  const { ok, printed, values } = await showTests({ files, variables }, folder);
  return { ok, printed: `${printed}; seed ${seed}`, values: { ...values, seed } };
}
