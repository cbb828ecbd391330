import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { alignedTable } from '../dist/cli/terminal.js';
import { Trainer, hypergrid, trajectoryBalance } from '../dist/index.js';
import { rotation } from './rounds.js';
import { median } from './statistics.js';

const REWARD_MILLISECONDS = 50;
const IN_FLIGHT = 4;
const ROUNDS = 7;
const STEPS = 15;
const environment = hypergrid({ dimensions: 4, side: 16 });
/** A step must take more than REWARD_MILLISECONDS / IN_FLIGHT, 12.5 ms: a faster one waits for its reward all the same. */
const batchSize = 2048;

/** The environment's own reward, as a user's function would compute it. */
const scores = (/** @type {readonly Int32Array[]} */ objects) => objects.map((x) => environment.logReward(x));

const ways = [
  { name: 'at once, 0 late', rewardDelay: 0 },
  { name: `at once, ${IN_FLIGHT} late`, rewardDelay: IN_FLIGHT },
  { name: `${REWARD_MILLISECONDS} ms, 0 late`, slow: true, rewardDelay: 0 },
  { name: `${REWARD_MILLISECONDS} ms, ${IN_FLIGHT} late`, slow: true, rewardDelay: IN_FLIGHT },
];

/**
 * Steps with a reward function that answers at once against one that answers after 50 ms, with no batch and with four
 * batches whose rewards may be late; all in turn.
 */
export async function runLateRewards(/** @type {(text: string) => void} */ print) {
  const runners = [];
  for (const { name, slow = false, rewardDelay } of ways) {
    const score = async (/** @type {readonly Int32Array[]} */ objects) => {
      if (slow) await sleep(REWARD_MILLISECONDS);
      return scores(objects);
    };
    const reward = { scale: /** @type {const} */ ('log'), score };
    const options = { environment, objective: trajectoryBalance(), learnBackward: true, batchSize, seed: 1 };
    const trainer = await Trainer.create({ ...options, reward, rewardDelay });
    runners.push({ name, trainer, times: /** @type {number[]} */ ([]) });
  }
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { trainer, times } of rotation(runners.length, round).map((index) => runners[index])) {
      const started = performance.now();
      const progress = trainer.train({ steps: STEPS, reportEvery: STEPS });
      while (!(await progress.next()).done);
      if (round > 0) times.push((performance.now() - started) / STEPS);
    }
  }
  const results = runners.map(({ name, trainer, times }) => {
    trainer.dispose();
    return { name, milliseconds: median(times) };
  });
  const [onPolicy, late] = results.map(({ milliseconds }) => milliseconds);
  print(
    alignedTable([
      [`hypergrid 16⁴, batch ${batchSize}: reward`, 'ms/step', '/ at once, 0 late', `/ at once, ${IN_FLIGHT} late`],
      ...results.map(({ name, milliseconds }) => [
        name,
        milliseconds.toFixed(2),
        (milliseconds / onPolicy).toFixed(2),
        (milliseconds / late).toFixed(2),
      ]),
    ]),
  );
  if (onPolicy < REWARD_MILLISECONDS / IN_FLIGHT) {
    print(
      `a step of ${onPolicy.toFixed(1)} ms is too short for ${IN_FLIGHT} batches to hide ${REWARD_MILLISECONDS} ms`,
    );
  }
  return results;
}
