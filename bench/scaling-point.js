// One point of the scaling tables in a process of its own, so that memory is its own: a JSON object in, one out.
import { performance } from 'node:perf_hooks';
import { createEnvironment, trajectoryBalance } from '../dist/index.js';
import { makeRunner } from './runner.js';
import { median } from './statistics.js';
import { trainedPolicy } from './trained-policy.js';

const SECONDS = 1.5;
const FEWEST_ROUNDS = 3;
const POLICY_BATCH = 16;

/** Most memory that the process has held, in bytes. */
const peakMemory = () => 1024 * process.resourceUsage().maxRSS;

const { environment, parameters, hidden, batchSize, threads } = JSON.parse(process.argv[2]);
const scenario = {
  name: '',
  environment: createEnvironment(environment, parameters),
  objective: trajectoryBalance(),
  learnBackward: true,
  hidden,
};
const policy = await trainedPolicy({ ...scenario, batchSize: POLICY_BATCH });
const runner = makeRunner({ ...scenario, batchSize }, policy, 'native', 'native', threads);
const memoryBefore = peakMemory();
const timings = [await runner.time(1)].slice(1); // the first one only makes the buffers
const end = performance.now() + 1000 * SECONDS;
while (timings.length < FEWEST_ROUNDS || performance.now() < end) timings.push(await runner.time(1));
runner.dispose();
console.log(
  JSON.stringify({
    milliseconds: 1000 * median(timings.map(({ seconds }) => seconds)),
    rows: median(timings.map(({ rows }) => rows)),
    meanLength: median(timings.map(({ meanLength }) => meanLength)),
    memoryBytes: peakMemory(),
    memoryBytesBefore: memoryBefore,
  }),
);
