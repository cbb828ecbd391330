// Native against pure TypeScript: `node bench/bench.js [--scenario a,b] [--seconds 10] [--json]`.
import { parseArgs } from 'node:util';
import { alignedTable } from '../dist/cli/terminal.js';
import { machine, machineText } from './machine.js';
import { matrixProductPeak, stepGigaflops } from './matrix-product-peak.js';
import { timeRounds } from './rounds.js';
import { allRunners } from './runner.js';
import { SAMPLE_COUNT, timeSampling } from './sampling.js';
import { chosenScenarios, scenarios } from './scenarios.js';
import { POLICY_STEPS, trainedPolicy } from './trained-policy.js';

const DEFAULT_SECONDS = '12';

const usage = `node bench/bench.js [--scenario NAME,NAME] [--seconds S] [--json]
  --scenario  ${scenarios.map((scenario) => scenario.name).join(', ')}; default all
  --seconds   for the rounds of each scenario, default ${DEFAULT_SECONDS}
  --json      one JSON object on standard output, tables on standard error`;

function request() {
  const { values } = parseArgs({
    options: {
      scenario: { type: 'string' },
      seconds: { type: 'string', default: DEFAULT_SECONDS },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const seconds = Number(values.seconds);
  if (!(seconds > 0 && seconds <= 3600)) {
    throw new RangeError(`seconds: expected a number above 0, at most 3600, got ${values.seconds}`);
  }
  return { chosen: chosenScenarios(values.scenario), seconds, json: values.json, help: values.help };
}

/** @typedef {{ threads: number, gigaflopsPerSecond: number }} Peak */

/** Everything that is measured of one scenario. */
async function measure(
  /** @type {import('./scenarios.js').Scenario} */ scenario,
  /** @type {number} */ seconds,
  /** @type {readonly Peak[]} */ peaks,
) {
  const policy = await trainedPolicy(scenario);
  const runners = allRunners(scenario, policy);
  try {
    const { timings, ...rounds } = await timeRounds(runners, seconds);
    const sampling = await timeSampling(runners);
    const typescript = timings[timings.length - 1];
    return {
      name: scenario.name,
      objective: scenario.objective.name,
      batchSize: scenario.batchSize,
      policySteps: POLICY_STEPS,
      ...rounds,
      runners: timings.map((timing, i) => ({
        ...timing,
        timesTypescript: typescript.median / timing.median,
        shareOfPeak: shareOfPeak(policy.model, timing, peaks),
        sampling: sampling[i],
      })),
    };
  } finally {
    for (const runner of runners) runner.dispose();
  }
}

/** Operations a second over those of a large matrix product on as many threads. */
function shareOfPeak(
  /** @type {import('./trained-policy.js').Policy['model']} */ model,
  /** @type {{ threads: number, rows: number, median: number }} */ { threads, rows, median },
  /** @type {readonly Peak[]} */ peaks,
) {
  const peak = peaks.find((each) => each.threads === threads);
  return peak === undefined ? null : stepGigaflops(model, rows) / (median / 1000) / peak.gigaflopsPerSecond;
}

const header = [
  'runner',
  'ms/step median',
  'p99',
  'n',
  '× TypeScript',
  '% of peak',
  'mean length',
  'rows',
  `sampling ${SAMPLE_COUNT}: ms median`,
  'p99',
  'n',
];

function tableOf(/** @type {Awaited<ReturnType<typeof measure>>} */ { runners }) {
  const rows = runners.map(({ name, median, p99, n, timesTypescript, shareOfPeak: share, ...rest }) => [
    name,
    median.toFixed(3),
    p99.toFixed(3),
    String(n),
    timesTypescript.toFixed(2),
    share === null ? '' : (100 * share).toFixed(1),
    rest.meanLength.toFixed(2),
    rest.rows.toFixed(0),
    rest.sampling.median.toFixed(2),
    rest.sampling.p99.toFixed(2),
    String(rest.sampling.n),
  ]);
  return alignedTable([header, ...rows]);
}

async function main() {
  const { chosen, seconds, json, help } = request();
  if (help) {
    console.log(usage);
    return;
  }
  const print = json ? console.error : console.log;
  const hardware = machine();
  print(machineText(hardware));
  const peaks = [];
  for (const threads of new Set([1, hardware.processors])) {
    peaks.push({ threads, gigaflopsPerSecond: await matrixProductPeak(threads) });
  }
  const peakText = peaks.map(({ threads, gigaflopsPerSecond }) => `${gigaflopsPerSecond.toFixed(0)} with ${threads}`);
  print(`Peak, GFLOP/s of a 1024×1024 matrix product by threads: ${peakText.join(', ')}`);
  const results = [];
  for (const scenario of chosen) {
    const result = await measure(scenario, seconds, peaks);
    results.push(result);
    const { name, objective, batchSize, timedSteps } = result;
    print(
      `\n${name}: ${objective}, batch ${batchSize}, policy of ${POLICY_STEPS} steps, timed steps a round: ${timedSteps}`,
    );
    print(tableOf(result));
  }
  if (json) console.log(JSON.stringify({ machine: hardware, peaks, scenarios: results }));
}

try {
  await main();
} catch (error) {
  const isUsage = error instanceof RangeError || (error instanceof TypeError && 'code' in error);
  console.error(isUsage ? `bench: ${error.message}\n${usage}` : error);
  process.exitCode = isUsage ? 2 : 1;
}
