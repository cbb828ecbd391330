import { Bench } from 'tinybench';

/** Trajectories of one timed call. */
export const SAMPLE_COUNT = 256;
const MILLISECONDS = 600;

/**
 * Times sampling alone. @returns median, p99 and n, in milliseconds for 256 trajectories, of each runner
 * @param {readonly import('./runner.js').Runner[]} runners
 */
export async function timeSampling(runners) {
  const bench = new Bench({ time: MILLISECONDS, iterations: 5, warmupTime: MILLISECONDS / 4, warmupIterations: 2 });
  for (const runner of runners) bench.add(runner.name, () => runner.sample(SAMPLE_COUNT));
  const tasks = await bench.run();
  return tasks.map(({ name, result }) => {
    if (result.state !== 'completed') throw new Error(`sampling with ${name} ended ${result.state}`);
    const { p50, p99, samplesCount } = result.latency;
    return { name, n: samplesCount, median: p50, p99 };
  });
}
