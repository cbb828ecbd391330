import { availableParallelism } from 'node:os';
import { makeEngine } from '../dist/trainer/make-engine.js';
import { resolveTrainerOptions, trainingOptions } from '../dist/trainer/trainer-options.js';

/**
 * One way to train. All runners of a scenario start from the same policy and draw the same trajectories.
 * @typedef {object} Runner
 * @property {string} name
 * @property {'native' | 'typescript'} backend
 * @property {number} threads
 * @property {(steps: number) => Promise<import('../dist/index.js').StepReport>} train report of the last of the steps
 * @property {(count: number) => Promise<unknown>} sample trajectories, the same ones each time
 * @property {() => void} dispose
 */

/**
 * The learning rate is 0: every operation of a step is done, but the policy stays what it is, so that all runners
 * time the same trajectories. Rounding would part them otherwise.
 * @param {import('./scenarios.js').Scenario} scenario
 * @param {import('./trained-policy.js').Policy} policy
 * @param {'native' | 'typescript'} backend
 * @param {number} threads
 * @returns {Runner}
 */
export function makeRunner({ environment, objective, learnBackward, batchSize }, policy, backend, threads) {
  const resolved = resolveTrainerOptions({
    environment,
    objective,
    learnBackward,
    batchSize,
    backend,
    threads,
    seed: 2,
    learningRate: 0,
    learningRateLogZ: 0,
  });
  const options = trainingOptions(resolved);
  const engine = makeEngine(backend, { environment, ...policy, threads, memoryBytes: resolved.memoryBytes });
  return {
    name: `${backend}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    backend,
    threads,
    async train(steps) {
      /** @type {import('../dist/index.js').StepReport | undefined} */
      let last;
      await engine.train(options, steps, steps, (report) => {
        last = report;
      });
      if (last === undefined) throw new Error(`${backend}: ${steps} steps ended without a report`);
      return last;
    },
    sample: (count) => engine.sampleForward(count, { seed: 3, firstTrajectory: 0 }),
    dispose: () => engine.dispose(),
  };
}

/** Native and TypeScript on one thread each, and native on all. */
export function allRunners(
  /** @type {import('./scenarios.js').Scenario} */ scenario,
  /** @type {import('./trained-policy.js').Policy} */ policy,
) {
  const processors = availableParallelism();
  return [
    makeRunner(scenario, policy, 'native', 1),
    ...(processors > 1 ? [makeRunner(scenario, policy, 'native', processors)] : []),
    makeRunner(scenario, policy, 'typescript', 1),
  ];
}
