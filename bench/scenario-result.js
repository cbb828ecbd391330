import { mean } from 'simple-statistics';
import { stepGigaflops } from './matrix-product-peak.js';
import { median, pairedRatios, spread } from './statistics.js';

/** @typedef {import('./runner.js').RunnerName} RunnerName */
/** @typedef {import('./runner.js').Timed} Timed */

/** In the order of tables. @type {readonly RunnerName[]} */
export const runnerNames = ['native', 'nativeAllCores', 'typescript', 'gfnx', 'torchgfn', 'pytorch'];

/** Which runner's time is divided by which one's. @type {readonly (readonly [RunnerName, RunnerName])[]} */
const ratioPairs = [
  ['native', 'nativeAllCores'],
  ['typescript', 'native'],
  ...['gfnx', 'torchgfn', 'pytorch'].flatMap((peer) =>
    ['native', 'nativeAllCores'].map((ours) => /** @type {[RunnerName, RunnerName]} */ ([peer, ours])),
  ),
];

/** Milliseconds a step of each round. */
function stepMilliseconds(/** @type {readonly Timed[]} */ rounds, /** @type {number} */ timedSteps) {
  return rounds.map(({ seconds }) => (1000 * seconds) / timedSteps);
}

/**
 * Milliseconds a step in each part of the native engine, medians over the rounds; `javaScript` is what is left: calls,
 * promises, reports. Null for a runner that does not measure its parts.
 */
export function splitOf(/** @type {readonly Timed[]} */ rounds, /** @type {number} */ timedSteps) {
  const perStep = rounds.flatMap(({ seconds, profile }) => {
    if (profile === null) return [];
    const inside = Object.values(profile).reduce((sum, part) => sum + part, 0);
    return [{ ...profile, javaScript: seconds - inside }];
  });
  if (perStep.length === 0) return null;
  const parts = /** @type {(keyof typeof perStep[0])[]} */ (Object.keys(perStep[0]));
  return Object.fromEntries(
    parts.map((part) => [part, (1000 * median(perStep.map((round) => round[part]))) / timedSteps]),
  );
}

/** The large product on all processors is at least so much of their number times faster than on one. */
const LEAST_SCALING = 0.75;

/**
 * Whether the processors did not add up while the scenario was timed: the machine gave fewer than it names, or they are
 * threads of shared cores. What all of them did then says little.
 */
function fewerProcessors(/** @type {readonly { threads: number, gigaflopsPerSecond: number }[]} */ peaks) {
  const [one] = peaks;
  return peaks.some(
    ({ threads, gigaflopsPerSecond }) => gigaflopsPerSecond < LEAST_SCALING * threads * one.gigaflopsPerSecond,
  );
}

/**
 * All that is reported of one scenario. Times are milliseconds a step, medians over the rounds; null for a runner that
 * did not run. A ratio is the median over the rounds of the ratio within each.
 * @param {{
 *   scenario: import('./scenarios.js').Scenario,
 *   model: Parameters<typeof stepGigaflops>[0],
 *   runners: readonly import('./runner.js').Runner[],
 *   timedSteps: number,
 *   timings: readonly (readonly Timed[])[],
 *   peaks: readonly { threads: number, gigaflopsPerSecond: number }[],
 *   peerStatistics: Record<string, { meanLength: number, distinctStates: number }>,
 *   peersLeftOut: readonly string[],
 * }} measured
 */
export function scenarioResult({ scenario, model, runners, timedSteps, timings, peaks, peerStatistics, peersLeftOut }) {
  /** @type {Map<RunnerName, number[]>} */
  const milliseconds = new Map(runners.map(({ name }, i) => [name, stepMilliseconds(timings[i], timedSteps)]));
  const ofRunners = (/** @type {(name: RunnerName) => any} */ value) =>
    Object.fromEntries([...milliseconds.keys()].map((name) => [name, value(name)]));
  const medians = Object.fromEntries(
    runnerNames.map((name) => {
      const times = milliseconds.get(name);
      return [name, times === undefined ? null : median(times)];
    }),
  );
  const ratios = ratioPairs.flatMap(([longer, shorter]) => {
    const [ofLonger, ofShorter] = [milliseconds.get(longer), milliseconds.get(shorter)];
    if (ofLonger === undefined || ofShorter === undefined) return [];
    return [{ name: `${longer}/${shorter}`, rounds: pairedRatios(ofLonger, ofShorter) }];
  });

  const native = runners.findIndex(({ name }) => name === 'native');
  const meanLength = mean(timings[native].map((timed) => timed.meanLength));
  const rowsPerStep = mean(timings[native].map((timed) => timed.rows));
  const natives = runners.filter(({ name }) => name === 'native' || name === 'nativeAllCores');
  const work = runners.map(({ name, threads }) => {
    const gigaflops = stepGigaflops(model, peerStatistics[name]?.distinctStates ?? rowsPerStep);
    const gigaflopsPerSecond = (1000 * gigaflops) / /** @type {number} */ (medians[name]);
    const peak = peaks.find((each) => each.threads === threads);
    return {
      name,
      gigaflopsPerSecond,
      share: peak === undefined ? null : gigaflopsPerSecond / peak.gigaflopsPerSecond,
    };
  });
  return {
    name: scenario.name,
    environment: scenario.environment.name,
    objective: scenario.objective.name,
    batchSize: scenario.batchSize,
    hidden: scenario.hidden,
    ...medians,
    ratios: Object.fromEntries(ratios.map(({ name, rounds }) => [name, median(rounds)])),
    ratioSpread: Object.fromEntries(ratios.map(({ name, rounds }) => [name, spread(rounds)])),
    peaks,
    peakShare: Object.fromEntries(work.map(({ name, share }) => [name, share])),
    gigaflopsPerSecond: Object.fromEntries(work.map(({ name, gigaflopsPerSecond }) => [name, gigaflopsPerSecond])),
    gigaflopsPerStep: stepGigaflops(model, rowsPerStep),
    fewerProcessors: fewerProcessors(peaks),
    meanLength,
    rowsPerStep,
    split: Object.fromEntries(
      natives.map(({ name }) => [name, splitOf(timings[runners.findIndex((each) => each.name === name)], timedSteps)]),
    ),
    spread: ofRunners((name) => spread(/** @type {number[]} */ (milliseconds.get(name)))),
    threads: Object.fromEntries(runners.map(({ name, threads }) => [name, threads])),
    peerStatistics,
    peersLeftOut,
    timedSteps,
  };
}

/** @typedef {ReturnType<typeof scenarioResult>} ScenarioResult */
