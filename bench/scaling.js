import { availableParallelism } from 'node:os';
import { alignedTable } from '../dist/cli/terminal.js';
import { childJson } from './child-json.js';
import { costs } from './statistics.js';

/**
 * @typedef {{
 *   environment: string,
 *   parameters: object,
 *   hidden: number[],
 *   batchSize: number,
 *   threads: number,
 * }} Point
 */

const processors = availableParallelism();
const TRANSITIONS = 4096;
/** Fewer states make calls whose own cost counts. */
const FEWEST_STATES = 1000;

const grid = (/** @type {number} */ side, /** @type {number} */ dimensions) => ({
  environment: 'hypergrid',
  parameters: { dimensions, side },
});
const base = { ...grid(8, 4), hidden: [256, 256], batchSize: 128, threads: processors };
const large = { ...base, ...grid(16, 4), batchSize: 512 };

const powers = (/** @type {number} */ factor, /** @type {number} */ first, /** @type {number} */ last) =>
  Array.from({ length: Math.round(Math.log(last / first) / Math.log(factor)) + 1 }, (_, i) => first * factor ** i);

/**
 * What is varied, and the points: trajectory balance, learned P_B. A bit sequence of n bits has trajectories of n
 * transitions; with fewer of them the longer they are, a step has as many transitions and about as many states.
 * @type {readonly { name: string, values: readonly number[], point: (value: number) => Point }[]}
 */
const axes = [
  { name: 'batch, 16⁴', values: powers(4, 1, 65536), point: (batchSize) => ({ ...large, batchSize }) },
  {
    name: `length, ${TRANSITIONS} transitions`,
    values: powers(2, 16, 256),
    point: (length) => ({
      ...base,
      environment: 'bit-sequence',
      parameters: { length, wordBits: 1 },
      batchSize: TRANSITIONS / length,
    }),
  },
  {
    name: 'dimensions, side 8',
    values: [1, 2, 3, 4, 5, 6, 8],
    point: (dimensions) => ({ ...base, ...grid(8, dimensions) }),
  },
  { name: 'side, 2 dimensions', values: powers(2, 4, 128), point: (side) => ({ ...base, ...grid(side, 2) }) },
  { name: 'width, 8⁴', values: powers(2, 16, 1024), point: (width) => ({ ...base, hidden: [width, width] }) },
  {
    name: 'threads, 16⁴, batch 512',
    values: Array.from({ length: processors }, (_, i) => i + 1),
    point: (threads) => ({ ...large, threads }),
  },
];

const header = ['ms/step', 'mean length', 'distinct states', 'µs/state', 'most memory MB', 'before the step MB'];

/**
 * What a state and a transition cost, from points of different batches, in words; a batch of thousands meets the same
 * states again, so that the two are told apart.
 * @param {readonly { rows: number, meanLength: number, batchSize: number, milliseconds: number, memoryBytes: number, memoryBytesBefore: number }[]} points
 */
function costText(points) {
  const many = points.filter(({ rows }) => rows >= FEWEST_STATES);
  const states = many.map(({ rows }) => rows);
  const transitions = many.map(({ meanLength, batchSize }) => meanLength * batchSize);
  const [microseconds, microsecondsMore] = costs(
    states,
    transitions,
    many.map(({ milliseconds }) => 1000 * milliseconds),
  );
  const [bytes, bytesMore] = costs(
    states,
    transitions,
    many.map(({ memoryBytes, memoryBytesBefore }) => memoryBytes - memoryBytesBefore),
  );
  const times = `${microseconds.toFixed(2)} µs and ${(bytes / 1000).toFixed(1)} kB a state`;
  return `from ${FEWEST_STATES} states on: ${times}, ${microsecondsMore.toFixed(3)} µs and ${bytesMore.toFixed(0)} B a transition`;
}

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
    print(alignedTable([[name, ...header], ...cells]));
    print(name.startsWith('batch') ? `${costText(rows)}\n` : '');
    results.push({ axis: name, points: rows });
  }
  return results;
}
