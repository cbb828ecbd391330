import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { alignedTable } from '../dist/cli/terminal.js';
import { Trainer, hypergrid, trajectoryBalance } from '../dist/index.js';
import { POLICY_STEPS } from './trained-policy.js';

const SECONDS = 2;
const RESOLUTION_MILLISECONDS = 1;

/** The public calls that draw trajectories, each with as many a call. */
const calls = [
  { name: 'model.sample', count: 16 },
  { name: 'model.sample', count: 256 },
  { name: 'model.sampleTrajectories', count: 256 },
  { name: 'model.sampleTrajectories', count: 4096 },
];

const problems = [
  { name: 'hypergrid 8²', environment: hypergrid({ dimensions: 2, side: 8 }) },
  { name: 'hypergrid 16⁴', environment: hypergrid({ dimensions: 4, side: 16 }) },
];

/** 99th percentile of the time from one turn of a 1 ms timer to the next, in milliseconds, while `work` runs. */
async function timerP99(/** @type {() => Promise<unknown>} */ work) {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MILLISECONDS });
  histogram.enable();
  await work();
  histogram.disable();
  return histogram.percentile(99) / 1e6;
}

/**
 * Trajectories a second through the public API, one call after the other, and how late the event loop's timers are
 * meanwhile; an idle process for comparison.
 */
export async function runSampling(/** @type {(text: string) => void} */ print) {
  const idleP99 = await timerP99(() => sleep(1000 * SECONDS));
  print(`event loop, idle: a 1 ms timer takes ${idleP99.toFixed(2)} ms (p99)`);
  const results = [];
  const trainings = [];
  for (const { name, environment } of problems) {
    const trainer = await Trainer.create({
      environment,
      objective: trajectoryBalance(),
      learnBackward: true,
      batchSize: 16,
      seed: 1,
    });
    const progress = trainer.train({ steps: POLICY_STEPS, reportEvery: POLICY_STEPS });
    while (!(await progress.next()).done);
    for (const { name: call, count } of calls) {
      let firstTrajectory = 0;
      const draw = async () => {
        const options = { seed: 2, firstTrajectory };
        if (call === 'model.sample') await trainer.model.sample(count, options);
        else await trainer.model.sampleTrajectories(count, options);
        firstTrajectory += count;
      };
      await draw();
      firstTrajectory = 0;
      const started = performance.now();
      const p99 = await timerP99(async () => {
        while (performance.now() - started < 1000 * SECONDS) await draw();
      });
      const trajectoriesPerSecond = (1000 * firstTrajectory) / (performance.now() - started);
      results.push({ problem: name, call, count, trajectoriesPerSecond, eventLoopP99Milliseconds: p99 });
    }
    const controller = new AbortController();
    const training = trainer.train({ steps: 2 ** 30, reportEvery: 100, signal: controller.signal });
    const stepsBefore = trainer.step;
    const p99 = await timerP99(async () => {
      const ended = sleep(1000 * SECONDS).then(() => controller.abort());
      while (!(await training.next()).done);
      await ended;
    });
    const stepsPerSecond = (trainer.step - stepsBefore) / SECONDS;
    print(`${name}: training, ${stepsPerSecond.toFixed(0)} steps/s, event loop p99 ${p99.toFixed(2)} ms`);
    trainings.push({ problem: name, stepsPerSecond, eventLoopP99Milliseconds: p99 });
    trainer.dispose();
  }
  const rows = results.map(({ problem, call, count, trajectoriesPerSecond, eventLoopP99Milliseconds }) => [
    problem,
    `${call}(${count})`,
    trajectoriesPerSecond.toFixed(0),
    eventLoopP99Milliseconds.toFixed(2),
  ]);
  print(alignedTable([['problem', 'call', 'trajectories/s', 'event loop p99 ms'], ...rows]));
  return { idleEventLoopP99Milliseconds: idleP99, calls: results, training: trainings };
}
