import { performance } from 'node:perf_hooks';
import { mean, medianSorted, quantileSorted } from 'simple-statistics';
import { requireEqualResults } from './equal-results.js';

/** The slowest runner's part of a round is to last this long, so that starting a call of `train` costs nothing. */
const LONG_ENOUGH_MILLISECONDS = 50;
const FEWEST_ROUNDS = 5;

/**
 * @typedef {object} Timing
 * @property {string} name
 * @property {string} backend
 * @property {number} threads
 * @property {number} n rounds
 * @property {number} median milliseconds a step, over rounds
 * @property {number} p99 milliseconds a step, over rounds
 */

/** Median and 99th percentile. */
export function summary(/** @type {readonly number[]} */ milliseconds) {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  return { n: sorted.length, median: medianSorted(sorted), p99: quantileSorted(sorted, 0.99) };
}

/** The same items, beginning with another one each time: nobody always runs first. */
export function rotated(/** @type {readonly unknown[]} */ items, /** @type {number} */ by) {
  return items.map((_, i) => (i + by) % items.length);
}

/**
 * Times training steps: in each round every runner does the same steps, one runner after the other. The runners' first
 * step, on which all must agree, is not timed, nor is the first round.
 * @param {readonly import('./runner.js').Runner[]} runners
 * @param {number} seconds for all rounds
 */
export async function timeRounds(runners, seconds) {
  const firstSteps = [];
  for (const runner of runners) firstSteps.push({ name: runner.name, report: await runner.train(1) });
  requireEqualResults(firstSteps);

  const once = async (/** @type {number} */ index, /** @type {number} */ steps) => {
    const started = performance.now();
    const report = await runners[index].train(steps);
    return { milliseconds: (performance.now() - started) / steps, report };
  };
  let slowest = 0;
  for (const index of runners.keys()) slowest = Math.max(slowest, (await once(index, 3)).milliseconds);
  const stepsPerRound = Math.max(1, Math.ceil(LONG_ENOUGH_MILLISECONDS / slowest));

  /** @type {number[][]} */
  const milliseconds = runners.map(() => []);
  /** @type {import('../dist/index.js').StepReport[][]} */
  const reports = runners.map(() => []);
  const end = performance.now() + 1000 * seconds;
  for (let round = 0; round < FEWEST_ROUNDS || performance.now() < end; round++) {
    for (const index of rotated(runners, round)) {
      const result = await once(index, stepsPerRound);
      milliseconds[index].push(result.milliseconds);
      reports[index].push(result.report);
    }
  }
  const [untimed] = reports.map(([first]) => first);
  return {
    firstStep: Object.fromEntries(firstSteps.map(({ name, report }) => [name, { loss: report.loss, logZ: report.logZ }])),
    stepsPerRound,
    untimed,
    meanLength: reports.map((each) => mean(each.map((report) => report.meanLength))),
    rows: mean(reports[0].map((report) => report.rows)),
    timings: runners.map(({ name, backend, threads }, index) => ({
      name,
      backend,
      threads,
      ...summary(milliseconds[index]),
    })),
  };
}
