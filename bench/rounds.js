import { performance } from 'node:perf_hooks';
import { mean, medianSorted, quantileSorted } from 'simple-statistics';
import { requireEqualResults } from './equal-results.js';

/** The fastest runner's part of a round is to last this long, so that starting a call of `train` costs nothing. */
const LONG_ENOUGH_MILLISECONDS = 10;
const FEWEST_ROUNDS = 5;
const WARM_UP_STEPS = 5;

/** Median and 99th percentile. */
export function summary(/** @type {readonly number[]} */ milliseconds) {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  return { n: sorted.length, median: medianSorted(sorted), p99: quantileSorted(sorted, 0.99) };
}

/** 0 … count − 1, beginning with another one each round: nobody always runs first. */
export function rotation(/** @type {number} */ count, /** @type {number} */ round) {
  return Array.from({ length: count }, (_, i) => (i + round) % count);
}

/**
 * Times training steps: in each round every runner does the same steps, one runner after the other; one untimed step each
 * time lets it find its own data in the caches again. Before any clock runs there is a first step, on which all must
 * agree, and some more to warm up and to choose the length of a round.
 * @param {readonly import('./runner.js').Runner[]} runners
 * @param {number} seconds for all rounds
 */
export async function timeRounds(runners, seconds) {
  const firstStep = [];
  for (const { name, train } of runners) firstStep.push({ name, report: await train(1) });
  requireEqualResults(firstStep);

  let fastest = Infinity;
  for (const { train } of runners) {
    await train(WARM_UP_STEPS);
    const started = performance.now();
    await train(WARM_UP_STEPS);
    fastest = Math.min(fastest, (performance.now() - started) / WARM_UP_STEPS);
  }
  const timedSteps = Math.max(1, Math.ceil(LONG_ENOUGH_MILLISECONDS / fastest));

  /** @type {number[][]} */
  const milliseconds = runners.map(() => []);
  /** @type {import('../dist/index.js').StepReport[][]} */
  const reports = runners.map(() => []);
  const end = performance.now() + 1000 * seconds;
  for (let round = 0; round < FEWEST_ROUNDS || performance.now() < end; round++) {
    for (const index of rotation(runners.length, round)) {
      await runners[index].train(1);
      const started = performance.now();
      const report = await runners[index].train(timedSteps);
      milliseconds[index].push((performance.now() - started) / timedSteps);
      reports[index].push(report);
    }
  }
  return {
    timedSteps,
    firstStep: firstStep.map(({ name, report: { loss, logZ, rows } }) => ({ name, loss, logZ, rows })),
    timings: runners.map(({ name, backend, threads }, index) => ({
      name,
      backend,
      threads,
      ...summary(milliseconds[index]),
      meanLength: mean(reports[index].map((report) => report.meanLength)),
      rows: mean(reports[index].map((report) => report.rows)),
    })),
  };
}
