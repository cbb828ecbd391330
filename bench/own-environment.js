import { performance } from 'node:perf_hooks';
import { alignedTable } from '../dist/cli/terminal.js';
import { Trainer, hypergrid, trajectoryBalance } from 'gflownet';
import { DIMENSIONS, ownGrid } from './own-grid.js';
import { median } from './statistics.js';

const SIDE = 8;
const ROUNDS = 7;
const STEPS = 40;
const built = hypergrid({ dimensions: DIMENSIONS, side: SIDE });

/** One environment in native code, compiled to a table, kept as it is found, and asked of JavaScript every time. */
export async function runOwnEnvironment(/** @type {(text: string) => void} */ print) {
  const ways = [
    { name: 'built in', environment: built },
    { name: 'compiled', environment: ownGrid(SIDE, { compile: true }) },
    { name: 'kept as found', environment: ownGrid(SIDE, {}) },
    { name: 'hosted, nothing kept', environment: ownGrid(SIDE, { tableBytes: 0 }) },
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
