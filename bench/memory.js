import { performance } from 'node:perf_hooks';
import { Trainer, hypergrid, trajectoryBalance } from '../dist/index.js';

const MOST_STEPS = 1_000_000;
const STEPS_A_SAMPLE = 1000;
/** Samples are thinned to as many before they are printed. */
const PRINTED = 10;

/** Growth a step by the line of least squares through (step, bytes). */
export function slope(/** @type {readonly { step: number, bytes: number }[]} */ samples) {
  const meanStep = samples.reduce((sum, { step }) => sum + step, 0) / samples.length;
  const meanBytes = samples.reduce((sum, { bytes }) => sum + bytes, 0) / samples.length;
  let covariance = 0;
  let variance = 0;
  for (const { step, bytes } of samples) {
    covariance += (step - meanStep) * (bytes - meanBytes);
    variance += (step - meanStep) ** 2;
  }
  return covariance / variance;
}

/**
 * Memory of the process over a long training run of tiny steps: a million, or as many as fit in the time, one report
 * every 1,000. The first fifth warms up.
 * @param {number} seconds
 * @param {(text: string) => void} print
 */
export async function runMemory(seconds, print) {
  const trainer = await Trainer.create({
    environment: hypergrid({ dimensions: 2, side: 8 }),
    objective: trajectoryBalance(),
    learnBackward: true,
    hidden: [16, 16],
    batchSize: 4,
    seed: 1,
  });
  /** @type {{ step: number, bytes: number }[]} */
  const samples = [];
  const end = performance.now() + 1000 * seconds;
  try {
    for await (const { step } of trainer.train({ steps: MOST_STEPS, reportEvery: STEPS_A_SAMPLE })) {
      samples.push({ step, bytes: process.memoryUsage.rss() });
      if (performance.now() > end) break;
    }
  } finally {
    trainer.dispose();
  }
  const warm = samples.slice(Math.floor(samples.length / 5));
  const bytesPerMillionSteps = warm.length > 1 ? 1e6 * slope(warm) : null;
  const stride = Math.max(1, Math.floor(samples.length / PRINTED));
  const shown = samples.filter((_, i) => i % stride === 0);
  print(`memory over ${samples.at(-1)?.step ?? 0} steps, MB after each of the steps:`);
  print(shown.map(({ step, bytes }) => `${step}: ${(bytes / 1e6).toFixed(1)}`).join('  '));
  if (bytesPerMillionSteps !== null) {
    print(`growth after the first fifth: ${(bytesPerMillionSteps / 1e6).toFixed(2)} MB a million steps`);
  }
  return { samples: shown, steps: samples.at(-1)?.step ?? 0, bytesPerMillionSteps };
}
