import { alignedTable } from '../dist/cli/terminal.js';
import { runnerNames } from './scenario-result.js';

/** @typedef {import('./scenario-result.js').ScenarioResult} ScenarioResult */

/** @type {Readonly<Record<import('./runner.js').RunnerName, string>>} */
export const runnerTitles = {
  native: 'native',
  nativeAllCores: 'native, all cores',
  typescript: 'TypeScript',
  gfnx: 'gfnx',
  torchgfn: 'torchgfn',
  pytorch: 'PyTorch loop',
};

const figure = (/** @type {number | null | undefined} */ value, /** @type {number} */ digits) =>
  value === null || value === undefined ? '' : value.toFixed(digits);
/** Milliseconds with three or four digits that count. */
const milliseconds = (/** @type {number} */ value) => value.toFixed(value < 1 ? 3 : value < 100 ? 2 : 1);
const percent = (/** @type {number | null | undefined} */ share) =>
  share === null || share === undefined ? '' : (100 * share).toFixed(1);

export const header = [
  'runner',
  'threads',
  'ms/step median',
  'quartiles',
  'p99',
  'n',
  '/ native',
  '/ all cores',
  'GFLOP/s',
  '% of peak',
  'mean length',
  'distinct states',
];

/** One row a runner: cells as text. */
export function scenarioRows(/** @type {ScenarioResult} */ result) {
  return runnerNames.flatMap((name) => {
    const times = result.spread[name];
    if (times === undefined) return [];
    const statistics = result.peerStatistics[name] ?? {
      meanLength: result.meanLength,
      distinctStates: result.rowsPerStep,
    };
    return [
      [
        runnerTitles[name],
        String(result.threads[name]),
        milliseconds(times.median),
        `${milliseconds(times.quartile1)}–${milliseconds(times.quartile3)}`,
        milliseconds(times.p99),
        String(times.n),
        figure(result.ratios[`${name}/native`], 2),
        figure(result.ratios[`${name}/nativeAllCores`], 2),
        figure(result.gigaflopsPerSecond[name], 1),
        percent(result.peakShare[name]),
        figure(statistics.meanLength, 2),
        figure(statistics.distinctStates, 0),
      ],
    ];
  });
}

/** Where a step's time goes, one row a native runner: cells as text, milliseconds. */
export function splitRows(/** @type {ScenarioResult} */ { split }) {
  return runnerNames.flatMap((name) => {
    const parts = split[name];
    if (parts === null || parts === undefined) return [];
    return [[runnerTitles[name], ...Object.values(parts).map(milliseconds)]];
  });
}

export const splitHeader = ['ms/step in', 'sampling', 'forward', 'loss', 'backward', 'update', 'JavaScript'];

export function scenarioHeading(/** @type {ScenarioResult} */ { name, objective, batchSize, hidden }) {
  return `${name}: ${objective}, batch ${batchSize}, hidden ${hidden.join('×')}`;
}

export function peakText(/** @type {ScenarioResult} */ { peaks, fewerProcessors }) {
  const text = peaks
    .map(({ threads, gigaflopsPerSecond }) => `${gigaflopsPerSecond.toFixed(0)} GFLOP/s, threads: ${threads}`)
    .join('; ');
  return fewerProcessors ? `${text}: not as many processors as threads, take times on all cores again` : text;
}

/** Of a peer that was not timed. */
export const leftOutText = (/** @type {string} */ reason) => `left out: ${reason}`;

/** The result as text. */
export function scenarioText(/** @type {ScenarioResult} */ result) {
  return [
    scenarioHeading(result),
    `peak: ${peakText(result)}; steps a round: ${result.timedSteps}`,
    alignedTable([header, ...scenarioRows(result)]),
    alignedTable([splitHeader, ...splitRows(result)]),
    ...result.peersLeftOut.map(leftOutText),
  ].join('\n');
}
