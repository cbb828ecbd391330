import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { linearRegression, mean } from 'simple-statistics';

/** Until then buffers grow to their high-water mark, the allocators settle and V8 compiles. */
const WARM_UP = 0.5;
/** Of the memory taken, over the time that is looked at. */
export const LARGEST_GROWTH = 0.02;
/**
 * Of JavaScript's heap. V8 goes on compiling functions for a while: machine code grows by a megabyte over some thousand
 * trainers, then no more; with --no-opt the heap is flat from the first hundred on.
 */
export const LARGEST_HEAP_GROWTH = 0.05;
const MEBIBYTE = 2 ** 20;

/**
 * The line through a quantity over time, in bytes and seconds, after the warm-up: its slope, its rise as part of the
 * mean, and the mean. All null for too few measurements.
 * @param {{ seconds: number, value: number }[]} measurements
 */
export function trend(measurements) {
  const end = measurements.at(-1)?.seconds ?? 0;
  const settled = measurements.filter(({ seconds }) => seconds >= WARM_UP * end);
  if (settled.length < 3) return { slope: null, growth: null, level: null };
  const slope = linearRegression(settled.map(({ seconds, value }) => [seconds, value])).m;
  const level = mean(settled.map(({ value }) => value));
  return { slope, growth: (slope * (end - settled[0].seconds)) / level, level };
}

/**
 * Whether the memory that the process takes and JavaScript's heap rise by less than their bounds.
 * @param {{ seconds: number, memory: number, heapUsed: number }[]} measurements
 */
export function flatness(measurements) {
  const memory = trend(measurements.map(({ seconds, memory: value }) => ({ seconds, value })));
  const heap = trend(measurements.map(({ seconds, heapUsed: value }) => ({ seconds, value })));
  const ok =
    memory.growth !== null &&
    memory.growth < LARGEST_GROWTH &&
    heap.growth !== null &&
    heap.growth < LARGEST_HEAP_GROWTH;
  return { memory, heap, ok };
}

/** Runs the load in a process of its own; throws when that fails. */
export function measured(seconds) {
  const program = fileURLToPath(new URL('memory-load.js', import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--expose-gc', program, '--seconds', String(seconds)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const measurements = [];
    createInterface({ input: child.stdout }).on('line', (line) => measurements.push(JSON.parse(line)));
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve(measurements);
      else reject(new Error(`the load ended with ${status} after ${measurements.at(-1)?.seconds ?? 0} s`));
    });
  });
}

function trendText({ slope, growth, level }) {
  if (slope === null) return 'too few measurements';
  const hourly = `${((slope * 3600) / MEBIBYTE).toFixed(2)} MiB an hour`;
  return `${hourly} at ${(level / MEBIBYTE).toFixed(1)} MiB (${(100 * growth).toFixed(2)} %)`;
}

/** Trains and samples for some time and fits lines to the memory that the process and its heap take. */
export async function showMemory({ minutes }) {
  const measurements = await measured(60 * minutes);
  const { ok, memory, heap } = flatness(measurements);
  const { steps, samples, trainers } = measurements.at(-1) ?? {};
  const printed =
    `over the second half: ${trendText(memory)}, heap ${trendText(heap)}; ` +
    `${minutes} minutes, ${steps} steps, ${samples} samples, ${trainers} trainers`;
  return { ok, printed, values: { minutes, memory, heap, steps, samples, trainers } };
}
