import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { linearRegression, mean } from 'simple-statistics';

/** Until then buffers grow to their high-water mark and the allocators settle. */
const WARM_UP = 0.25;
/** Of the memory taken, over the time that is looked at. */
export const LARGEST_GROWTH = 0.02;
const MEBIBYTE = 2 ** 20;

/**
 * The line through the memory taken over time, in bytes and seconds, after the warm-up. `ok`: it rises by less than
 * LARGEST_GROWTH of the mean.
 * @param {{ seconds: number, memory: number }[]} measurements
 */
export function flatness(measurements) {
  const end = measurements.at(-1)?.seconds ?? 0;
  const settled = measurements.filter(({ seconds }) => seconds >= WARM_UP * end);
  if (settled.length < 3) return { slope: null, growth: null, memory: null, ok: false };
  const slope = linearRegression(settled.map(({ seconds, memory }) => [seconds, memory])).m;
  const memory = mean(settled.map((each) => each.memory));
  const growth = (slope * (end - settled[0].seconds)) / memory;
  return { slope, growth, memory, ok: growth < LARGEST_GROWTH };
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

/** Trains and samples for some time and fits a line to the memory that the process takes. */
export async function showMemory({ minutes }) {
  const measurements = await measured(60 * minutes);
  const { ok, slope, growth, memory } = flatness(measurements);
  const { steps, samples, trainers } = measurements.at(-1) ?? {};
  const printed =
    slope === null
      ? 'too few measurements'
      : `${((slope * 3600) / MEBIBYTE).toFixed(1)} MiB an hour at ${(memory / MEBIBYTE).toFixed(0)} MiB ` +
        `(${(100 * growth).toFixed(2)} %); ${minutes} minutes, ${steps} steps, ${samples} samples, ${trainers} trainers`;
  return { ok, printed, values: { minutes, slope, growth, memory, steps, samples, trainers } };
}
