import { availableParallelism } from 'node:os';
import { alignedTable } from '../dist/cli/terminal.js';
import { childJson } from './child-json.js';

/** @typedef {{ side: number, dimensions: number, hidden: number[], batchSize: number, threads: number }} Point */

const processors = availableParallelism();
/** @type {Point} */
const base = { side: 8, dimensions: 4, hidden: [256, 256], batchSize: 128, threads: processors };
/** @type {Point} */
const large = { ...base, side: 16, batchSize: 512 };

const powers = (/** @type {number} */ factor, /** @type {number} */ first, /** @type {number} */ last) =>
  Array.from({ length: Math.round(Math.log(last / first) / Math.log(factor)) + 1 }, (_, i) => first * factor ** i);

/**
 * What is varied, and the points; hypergrids, trajectory balance, learned P_B.
 * @type {readonly { name: string, values: readonly number[], point: (value: number) => Point }[]}
 */
const axes = [
  { name: 'batch, 16⁴', values: powers(4, 1, 65536), point: (batchSize) => ({ ...large, batchSize }) },
  { name: 'dimensions, side 8', values: [1, 2, 3, 4, 5, 6, 8], point: (dimensions) => ({ ...base, dimensions }) },
  { name: 'side, 2 dimensions', values: powers(2, 4, 128), point: (side) => ({ ...base, dimensions: 2, side }) },
  { name: 'width, 8⁴', values: powers(2, 16, 1024), point: (width) => ({ ...base, hidden: [width, width] }) },
  {
    name: 'threads, 16⁴, batch 512',
    values: Array.from({ length: processors }, (_, i) => i + 1),
    point: (threads) => ({ ...large, threads }),
  },
];

const header = ['ms/step', 'mean length', 'distinct states', 'µs/state', 'most memory MB', 'before the step MB'];

/** Cost against work. */
export async function runScaling(/** @type {(text: string) => void} */ print) {
  const results = [];
  for (const { name, values, point } of axes) {
    const rows = [];
    for (const value of values) {
      const chosen = point(value);
      const measured = await childJson(new URL('scaling-point.js', import.meta.url), [JSON.stringify(chosen)]);
      rows.push({ value, ...chosen, ...measured });
    }
    const cells = rows.map(({ value, milliseconds, rows: states, meanLength, memoryBytes, memoryBytesBefore }) => [
      String(value),
      milliseconds.toFixed(3),
      meanLength.toFixed(2),
      states.toFixed(0),
      ((1000 * milliseconds) / states).toFixed(2),
      (memoryBytes / 1e6).toFixed(0),
      (memoryBytesBefore / 1e6).toFixed(0),
    ]);
    print(`${alignedTable([[name, ...header], ...cells])}\n`);
    results.push({ axis: name, points: rows });
  }
  return results;
}
