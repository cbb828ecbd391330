import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { makeEngine } from '../dist/trainer/make-engine.js';
import { onPolicy } from '../dist/trainer/off-policy.js';
import { resolveTrainerOptions, trainingOptions } from '../dist/trainer/trainer-options.js';

/** @typedef {'native' | 'nativeAllCores' | 'typescript' | 'gfnx' | 'torchgfn' | 'pytorch'} RunnerName */
/** @typedef {import('../dist/trainer/engine.js').Profile} Profile */

/**
 * What one timed call says: `seconds` for all its steps; of the last step its mean length and rows; of all steps the
 * seconds of each part, where the runner measures them.
 * @typedef {{ seconds: number, meanLength: number, rows: number, profile: Profile | null }} Timed
 */

/**
 * One way to train.
 * @typedef {object} Runner
 * @property {RunnerName} name
 * @property {number} threads
 * @property {(steps: number) => Promise<Timed>} time one step that finds its data in the caches again, then the timed ones
 */

/**
 * A runner in this process. All of a scenario start from the same policy and draw the same trajectories.
 * @typedef {Runner & {
 *   engine: import('../dist/trainer/engine.js').Engine,
 *   train: (steps: number) => Promise<import('../dist/index.js').StepReport>,
 *   sample: (count: number) => Promise<import('../dist/index.js').Trajectories>,
 *   dispose: () => void,
 * }} EngineRunner
 */

/**
 * What has been added from one profile to a later one.
 * @param {Profile | null} earlier
 * @param {Profile | null} later
 * @returns {Profile | null}
 */
export function profileBetween(earlier, later) {
  if (earlier === null || later === null) return null;
  return {
    sampling: later.sampling - earlier.sampling,
    forward: later.forward - earlier.forward,
    loss: later.loss - earlier.loss,
    backward: later.backward - earlier.backward,
    update: later.update - earlier.update,
  };
}

/**
 * The learning rate is 0: every operation of a step is done, but the policy stays what it is, so that all runners
 * time the same trajectories. Rounding would part them otherwise.
 * @param {import('./scenarios.js').Scenario} scenario
 * @param {import('./trained-policy.js').Policy} policy
 * @param {RunnerName} name
 * @param {'native' | 'typescript'} backend
 * @param {number} threads
 * @returns {EngineRunner}
 */
export function makeRunner(scenario, policy, name, backend, threads) {
  const { environment, objective, learnBackward, batchSize, hidden } = scenario;
  const resolved = resolveTrainerOptions({
    environment,
    objective,
    learnBackward,
    batchSize,
    hidden,
    backend,
    threads,
    seed: 2,
    learningRate: 0,
    learningRateLogZ: 0,
  });
  const options = trainingOptions(resolved, onPolicy);
  const engine = makeEngine(backend, { environment, ...policy, threads, memoryBytes: resolved.memoryBytes });

  async function train(/** @type {number} */ steps) {
    /** @type {import('../dist/index.js').StepReport | undefined} */
    let last;
    await engine.train(options, steps, steps, (report) => {
      last = report;
    });
    if (last === undefined) throw new Error(`${name}: ${steps} steps ended without a report`);
    return last;
  }

  return {
    name,
    threads,
    engine,
    train,
    async time(steps) {
      await train(1);
      const before = engine.profile();
      const started = performance.now();
      const { meanLength, rows } = await train(steps);
      const seconds = (performance.now() - started) / 1000;
      return { seconds, meanLength, rows, profile: profileBetween(before, engine.profile()) };
    },
    sample: (count) => engine.sampleForward(count, { seed: 3, firstTrajectory: 0 }),
    dispose: () => engine.dispose(),
  };
}

/** Native and TypeScript on one thread each, and native on all. */
export function engineRunners(
  /** @type {import('./scenarios.js').Scenario} */ scenario,
  /** @type {import('./trained-policy.js').Policy} */ policy,
) {
  return [
    makeRunner(scenario, policy, 'native', 'native', 1),
    makeRunner(scenario, policy, 'nativeAllCores', 'native', availableParallelism()),
    makeRunner(scenario, policy, 'typescript', 'typescript', 1),
  ];
}
