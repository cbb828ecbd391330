// Times training steps of several builds of the package in one run: `node bench/compare-builds.js FOLDER FOLDER …`, each
// a clone that `npm run setup` has built at some commit. Every build trains in a process of its own; in each round all
// do the same steps, one after the other.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { alignedTable } from '../dist/cli/terminal.js';
import { rotation } from './rounds.js';
import { median, pairedRatios } from './statistics.js';

const ROUNDS = 15;

/** What every build can train; `steps` of a round. */
const problems = [
  { name: '8², batch 16', parameters: { dimensions: 2, side: 8 }, batchSize: 16, steps: 100 },
  { name: '8², batch 512', parameters: { dimensions: 2, side: 8 }, batchSize: 512, steps: 50 },
  { name: '16⁴, batch 16', parameters: { dimensions: 4, side: 16 }, batchSize: 16, steps: 30 },
  { name: '16⁴, batch 512', parameters: { dimensions: 4, side: 16 }, batchSize: 512, steps: 3 },
];

/** Sends a message to a build's process; its answer. */
async function ask(/** @type {import('node:child_process').ChildProcess} */ child, /** @type {object} */ message) {
  child.send(message);
  const [answer] = await once(child, 'message');
  return /** @type {number} */ (answer);
}

const folders = process.argv.slice(2).map((folder) => resolve(folder));
if (folders.length < 2) {
  console.error('usage: node bench/compare-builds.js FOLDER FOLDER …');
  process.exit(2);
}
const child = fileURLToPath(new URL('compare-builds-child.js', import.meta.url));
const children = folders.map((folder) => fork(child, [folder]));
for (const { name, steps, ...problem } of problems) {
  for (const threads of new Set([1, availableParallelism()])) {
    for (const build of children) await ask(build, { ...problem, threads });
    /** @type {number[][]} */
    const milliseconds = children.map(() => []);
    for (let round = 0; round < ROUNDS; round++) {
      for (const index of rotation(children.length, round)) {
        milliseconds[index].push(await ask(children[index], { steps }));
      }
    }
    const rows = folders.map((folder, i) => [
      folder,
      median(milliseconds[i]).toFixed(3),
      i === 0 ? '' : median(pairedRatios(milliseconds[i - 1], milliseconds[i])).toFixed(2),
    ]);
    console.log(`\n${alignedTable([[`${name}, threads: ${threads}`, 'ms/step', 'times as fast'], ...rows])}`);
  }
}
for (const build of children) build.disconnect();
