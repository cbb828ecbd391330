// The longest time for which single calls hold the event loop, in a new process; prints a JSON object of milliseconds.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Trainer, hypergrid, trajectoryBalance } from 'gflownet';
import { ownGrid } from './own-grid.js';

const SIDE = 12;
const RESOLUTION_MILLISECONDS = 1;

/** @type {Record<string, number>} */
const longest = {};

/**
 * Notes the longest turn of a 1 ms timer while a call is under way.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} call
 * @returns {Promise<T>}
 */
async function watched(name, call) {
  await sleep(50); // what came before has ended
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MILLISECONDS });
  histogram.enable();
  await sleep(10); // a turn begins where the one before it ended: there must be one
  const result = await call();
  await sleep(5);
  histogram.disable();
  longest[name] = histogram.max / 1e6;
  return result;
}

/** @param {import('gflownet').Environment} environment */
const create = (environment) =>
  Trainer.create({ environment, objective: trajectoryBalance(), learnBackward: true, batchSize: 16, seed: 1 });

const grid = hypergrid({ dimensions: 4, side: SIDE });
(await watched('firstTrainer', () => create(grid))).dispose();
const trainer = await watched('secondTrainer', () => create(grid));
await trainer.train({ steps: 1 }).next();
await watched('evaluate', () => trainer.evaluate());
trainer.dispose();

const own = await create(ownGrid(SIDE, { compile: true }));
await watched('compileOwnEnvironment', () => own.train({ steps: 1 }).next());
own.dispose();
console.log(JSON.stringify(longest));
