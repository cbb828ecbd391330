import { alignedTable } from '../dist/cli/terminal.js';
import { childJson } from './child-json.js';
import { spread } from './statistics.js';

const PROCESSES = 9;

/** The calls in the order in which they are made. */
const calls = /** @type {const} */ ({
  firstTrainer: 'Trainer.create, the first of a process',
  secondTrainer: 'Trainer.create, the second',
  evaluate: 'evaluate, hypergrid 12⁴',
  compileOwnEnvironment: 'first step of an own environment, 12⁴ compiled',
});

const callNames = /** @type {(keyof typeof calls)[]} */ (Object.keys(calls));

/** The longest milliseconds for which calls that take long hold the event loop of a new process. */
export async function runEventLoop(/** @type {(text: string) => void} */ print) {
  /** @type {Record<keyof typeof calls, number>[]} */
  const runs = [];
  for (let i = 0; i < PROCESSES; i++) {
    runs.push(await childJson(new URL('event-loop-child.js', import.meta.url), []));
  }
  const results = Object.fromEntries(callNames.map((name) => [name, spread(runs.map((run) => run[name]))]));
  const rows = callNames.map((name) => {
    const { median, lowest, highest } = results[name];
    return [calls[name], ...[median, lowest, highest].map((value) => value.toFixed(1))];
  });
  print(alignedTable([[`event loop held, ms, ${PROCESSES} processes`, 'median', 'lowest', 'highest'], ...rows]));
  return results;
}
