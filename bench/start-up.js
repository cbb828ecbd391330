import { alignedTable } from '../dist/cli/terminal.js';
import { childJson } from './child-json.js';
import { spread } from './statistics.js';

const PROCESSES = 9;

/** The parts of a start in the order in which they happen. */
const parts = /** @type {const} */ ({
  nodeItself: 'Node itself',
  import: "import 'gflownet'",
  create: 'Trainer.create',
  firstStep: 'first training step',
});

const partNames = /** @type {(keyof typeof parts)[]} */ (Object.keys(parts));

/** Milliseconds from a new process to its first training step: hypergrid 8⁴, batch 16, all cores. */
export async function runStartUp(/** @type {(text: string) => void} */ print) {
  /** @type {Record<keyof typeof parts, number>[]} */
  const runs = [];
  for (let i = 0; i < PROCESSES; i++) {
    runs.push(await childJson(new URL('start-up-child.js', import.meta.url), []));
  }
  const results = Object.fromEntries(partNames.map((part) => [part, spread(runs.map((run) => run[part]))]));
  const rows = partNames.map((part) => {
    const { median, lowest, highest } = results[part];
    return [parts[part], ...[median, lowest, highest].map((value) => value.toFixed(1))];
  });
  print(alignedTable([[`ms, ${PROCESSES} processes`, 'median', 'lowest', 'highest'], ...rows]));
  return results;
}
