// One build of compare-builds.js: a message with a problem makes a trainer and trains it until trajectories have the
// length they keep; a message with steps trains on, and is answered with milliseconds a step.
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';

const FIRST_STEPS = 200;

const { Trainer, hypergrid, trajectoryBalance } = await import(pathToFileURL(`${process.argv[2]}/dist/index.js`).href);
/** @type {import('../dist/index.js').Trainer | undefined} */
let trainer;

async function train(/** @type {number} */ steps) {
  const started = performance.now();
  for await (const report of trainer?.train({ steps, reportEvery: steps }) ?? []) void report;
  return (performance.now() - started) / steps;
}

process.on('message', (/** @type {any} */ message) => {
  void answer(message).then((milliseconds) => process.send?.(milliseconds));
});

async function answer(/** @type {any} */ { parameters, batchSize, threads, steps }) {
  if (steps !== undefined) return train(steps);
  trainer?.dispose();
  trainer = await Trainer.create({
    environment: hypergrid(parameters),
    objective: trajectoryBalance(),
    learnBackward: true,
    batchSize,
    threads,
    seed: 1,
  });
  await train(FIRST_STEPS);
  return 0;
}
