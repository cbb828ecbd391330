import { performance } from 'node:perf_hooks';

/** The fastest runner's part of a round is to last this long, so that starting a call costs nothing. */
const LONG_ENOUGH_SECONDS = 0.01;
const FEWEST_ROUNDS = 5;
const WARM_UP_STEPS = 3;
const PEAK_MEASUREMENTS = 10;

/** @typedef {import('./runner.js').Runner} Runner */
/** @typedef {import('./runner.js').Timed} Timed */

/** 0 … count − 1, beginning with another one each round: nobody always runs first. */
export function rotation(/** @type {number} */ count, /** @type {number} */ round) {
  return Array.from({ length: count }, (_, i) => (i + round) % count);
}

/**
 * Times training steps: in each round every runner does as many steps as the others, one runner after the other.
 * Before, all of them warm up, and the length of a round is chosen. The peak is measured between rounds, about ten times
 * spread over all of them: a machine that gives fewer processors for a while shows it there too.
 * @param {readonly Runner[]} runners
 * @param {readonly { measure: () => Promise<void> }[]} peaks
 * @param {number} seconds for all rounds; there are five at least
 * @returns {Promise<{ timedSteps: number, timings: Timed[][] }>} what every runner said of each round
 */
export async function timeRounds(runners, peaks, seconds) {
  let fastest = Infinity;
  for (const runner of runners) {
    fastest = Math.min(fastest, (await runner.time(WARM_UP_STEPS)).seconds / WARM_UP_STEPS);
  }
  const timedSteps = Math.max(1, Math.ceil(LONG_ENOUGH_SECONDS / fastest));

  /** @type {Timed[][]} */
  const timings = runners.map(() => []);
  const started = performance.now();
  let peakAfter = 0;
  for (let round = 0; round < FEWEST_ROUNDS || performance.now() < started + 1000 * seconds; round++) {
    if (performance.now() >= started + peakAfter) {
      for (const peak of peaks) await peak.measure();
      peakAfter = performance.now() - started + (1000 * seconds) / PEAK_MEASUREMENTS;
    }
    for (const index of rotation(runners.length, round)) {
      timings[index].push(await runners[index].time(timedSteps));
    }
  }
  return { timedSteps, timings };
}
