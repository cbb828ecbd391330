import { performance } from 'node:perf_hooks';
import { alignedTable } from '../dist/cli/terminal.js';
import { Trainer, defineEnvironment, hypergrid, trajectoryBalance } from '../dist/index.js';
import { median } from './statistics.js';

const DIMENSIONS = 4;
const SIDE = 8;
const ROUNDS = 7;
const STEPS = 40;
const built = hypergrid({ dimensions: DIMENSIONS, side: SIDE });

/** The same hypergrid as a user would write it. */
function ownGrid(/** @type {import('../dist/index.js').DefineEnvironmentOptions} */ options) {
  const stop = DIMENSIONS;
  return defineEnvironment(
    {
      name: 'own-grid',
      actions: DIMENSIONS + 1,
      maximumLength: DIMENSIONS * (SIDE - 1) + 1,
      observation: built.observation,
      initial: () => new Array(DIMENSIONS + 1).fill(0),
      allowed: (state, action) => state[stop] === 0 && (action === stop || state[action] < SIDE - 1),
      apply: (state, action) => state.with(action, state[action] + 1),
      isTerminal: (state) => state[stop] === 1,
      backwardAllowed: (state, backward) =>
        backward === stop ? state[stop] === 1 : state[stop] === 0 && state[backward] > 0,
      undo: (state, backward) => state.with(backward, state[backward] - 1),
      key: (/** @type {number[]} */ state) => state,
      observe: (state) => state.slice(0, DIMENSIONS).map((x, i) => i * SIDE + x),
      logReward: (state) => built.logReward(Int32Array.from(state)),
    },
    options,
  );
}

/** One environment in native code, compiled to a table, kept as it is found, and asked of JavaScript every time. */
export async function runOwnEnvironment(/** @type {(text: string) => void} */ print) {
  const ways = [
    { name: 'built in', environment: built },
    { name: 'compiled', environment: ownGrid({ compile: true }) },
    { name: 'kept as found', environment: ownGrid({}) },
    { name: 'hosted, nothing kept', environment: ownGrid({ tableBytes: 0 }) },
  ];
  const runners = [];
  for (const { name, environment } of ways) {
    const options = { objective: trajectoryBalance(), learnBackward: true, batchSize: 128, seed: 1 };
    runners.push({
      name,
      trainer: await Trainer.create({ ...options, environment }),
      times: /** @type {number[]} */ ([]),
    });
  }
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { trainer, times } of runners) {
      const started = performance.now();
      const progress = trainer.train({ steps: STEPS, reportEvery: STEPS });
      while (!(await progress.next()).done);
      if (round > 0) times.push((performance.now() - started) / STEPS);
    }
  }
  const results = runners.map(({ name, trainer, times }) => {
    trainer.dispose();
    return { name, milliseconds: median(times) };
  });
  print(
    alignedTable([
      [`hypergrid ${SIDE}^${DIMENSIONS}, batch 128`, 'ms/step', '/ built in'],
      ...results.map(({ name, milliseconds }) => [
        name,
        milliseconds.toFixed(2),
        (milliseconds / results[0].milliseconds).toFixed(2),
      ]),
    ]),
  );
  return results;
}
