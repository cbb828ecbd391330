import { Bench } from 'tinybench';
import { alignedTable } from '../dist/cli/terminal.js';
import { engineRunners } from './runner.js';
import { chosenScenarios } from './scenarios.js';
import { trainedPolicy } from './trained-policy.js';

const MILLISECONDS = 300;
const MAXIMUM_STATES = 2 ** 20;
const TRAJECTORIES = 256;

/** @typedef {import('../dist/trainer/engine.js').Engine} Engine */

/**
 * Single calls of an engine. `sampleBackward` starts at the objects that `sampleForward` draws.
 * @type {readonly { name: string, prepare: (engine: Engine) => Promise<() => Promise<unknown>> }[]}
 */
const tasks = [
  { name: 'one forward call: initialFlow', prepare: async (engine) => () => engine.initialFlow() },
  { name: 'sampleForward(1)', prepare: async (engine) => () => engine.sampleForward(1, sampling) },
  {
    name: `sampleForward(${TRAJECTORIES})`,
    prepare: async (engine) => () => engine.sampleForward(TRAJECTORIES, sampling),
  },
  {
    name: `sampleBackward(${TRAJECTORIES})`,
    prepare: async (engine) => {
      const { terminalState } = await engine.sampleForward(TRAJECTORIES, sampling);
      return () => engine.sampleBackward(terminalState, sampling);
    },
  },
  { name: 'exactDistribution', prepare: async (engine) => () => engine.exactDistribution(MAXIMUM_STATES) },
];

const sampling = { seed: 3, firstTrajectory: 0 };
const problems = ['hypergrid-8x2-b16', 'hypergrid-8x4-b16', 'hypergrid-16x4-b16'];

/** Times single calls with tinybench, each on its own. */
export async function runMicro(/** @type {(text: string) => void} */ print) {
  const results = [];
  for (const scenario of chosenScenarios(problems.join())) {
    const runners = engineRunners(scenario, await trainedPolicy(scenario));
    for (const { name: task, prepare } of tasks) {
      const bench = new Bench({
        time: MILLISECONDS,
        iterations: 5,
        warmupTime: MILLISECONDS / 4,
        warmupIterations: 2,
      });
      for (const { name, engine } of runners) bench.add(name, await prepare(engine));
      for (const { name: runner, result } of await bench.run()) {
        if (result.state !== 'completed') throw new Error(`micro: ${task} with ${runner} ended ${result.state}`);
        const { p50, p99, samplesCount } = result.latency;
        results.push({ scenario: scenario.name, task, runner, median: p50, p99, n: samplesCount });
      }
    }
    for (const runner of runners) runner.dispose();
  }
  const rows = results.map(({ scenario, task, runner, median, p99, n }) => [
    scenario,
    task,
    runner,
    median.toFixed(4),
    p99.toFixed(4),
    String(n),
  ]);
  print(alignedTable([['scenario', 'call', 'runner', 'ms median', 'p99', 'n'], ...rows]));
  return results;
}
