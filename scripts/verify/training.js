import { join } from 'node:path';
import { trainRun } from './command.js';

/** What a run printed, against the bounds: a figure that is missing or not a number fails. */
export function judged({ logZ, exactLogZ, l1Sum }, bounds) {
  const isNumber = typeof logZ === 'number' && typeof exactLogZ === 'number';
  const logZError = isNumber ? Math.abs(logZ - exactLogZ) : null;
  const ok = typeof l1Sum === 'number' && l1Sum < bounds.l1Sum && logZError !== null && logZError < bounds.logZError;
  return { l1Sum, logZError, ok };
}

/** Trains once for each seed through the command line. */
export async function showTraining({ train, seeds, bounds }, folder) {
  const runs = [];
  for (const seed of seeds) {
    const printed = await trainRun(`${train} --seed ${seed}`, join(folder, `seed-${seed}`));
    runs.push({ seed, seconds: printed.seconds, ...judged(printed, bounds) });
  }
  return {
    ok: runs.every((run) => run.ok),
    printed: `l1Sum ${figures(runs, 'l1Sum')}; logZ off by ${figures(runs, 'logZError')}`,
    values: runs,
  };
}

function figures(runs, key) {
  return runs.map((run) => (typeof run[key] === 'number' ? run[key].toPrecision(2) : 'null')).join(', ');
}
