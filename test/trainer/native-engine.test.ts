import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { beforeAll, describe, expect, test } from 'vitest';
import { hypergrid } from '../../src/env/hypergrid.ts';
import type { Environment } from '../../src/env/environment.ts';
import { nativeAddon } from '../../src/native-addon.ts';
import { differentiate } from '../../src/onnx/differentiate.ts';
import { multilayerPerceptron } from '../../src/onnx/multilayer-perceptron.ts';
import type { StepReport } from '../../src/trainer/engine.ts';
import { NativeEngine } from '../../src/trainer/native-engine.ts';
import { philox } from '../../src/sampler/philox.ts';
import { cases, l1Sum, objectives, trainingOptions } from './engine-set-up.ts';

const grid = hypergrid({ dimensions: 3, side: 8 });
const sampling = { seed: 8, firstTrajectory: 0 };
const trajectoryBalance = objectives[3];

interface SetUp {
  readonly threads?: number;
  readonly memoryBytes?: number;
  readonly learned?: boolean;
  readonly logZ?: number;
  readonly environment?: Environment;
  readonly change?: (parameters: Float32Array) => void;
}

function engineFor(setUp: SetUp = {}) {
  const { threads = 1, memoryBytes = 1e9, learned = false, logZ = 0.5, environment = grid, change } = setUp;
  const model = differentiate(
    multilayerPerceptron({
      observation: environment.observation,
      actions: environment.actions,
      backwardActions: learned ? environment.backwardActions : null,
      stateFlow: true,
      hidden: [32, 32],
      activation: 'relu',
      seed: 4,
    }),
  );
  const parameters = model.initialParameters.slice();
  change?.(parameters);
  return new NativeEngine({ environment, model, parameters, logZ, threads, memoryBytes });
}

async function trained(setUp: SetUp, steps: number, batchSize: number, objective = trajectoryBalance) {
  const engine = engineFor(setUp);
  const reports: StepReport[] = [];
  await engine.train(trainingOptions(objective, { batchSize }), steps, 1, (report) => reports.push(report));
  const parameters = engine.parameters();
  const { logZ } = engine;
  engine.dispose();
  return { parameters, logZ, reports };
}

test('Philox words are those of TypeScript', () => {
  const words = new Uint32Array(4);
  for (let i = 0; i < 200; i++) {
    const counter = Uint32Array.from([i * 0x9e3779b9, i, 0xffffffff - i, i ** 3]);
    const key = Uint32Array.from([i * 77, 0xdeadbeef ^ i]);
    philox(words, counter[0], counter[1], counter[2], counter[3], key[0], key[1]);
    expect(nativeAddon().philox(counter, key)).toEqual(words);
  }
});

describe.each(cases)('$name', ({ objective, learned }) => {
  test('results do not depend on the number of threads', async () => {
    // Batches of several blocks of rows in forward and gradient calls.
    const one = await trained({ threads: 1, learned }, 4, 2000, objective);
    for (const threads of [2, 3]) {
      const several = await trained({ threads, learned }, 4, 2000, objective);
      expect(several.parameters).toEqual(one.parameters);
      expect(several.logZ).toBe(one.logZ);
      expect(several.reports).toEqual(one.reports);
    }
    expect(one.reports[0].rows).toBeGreaterThan(256);
  });

  test('what earlier batches have visited does not change a step', async () => {
    // Small enough for most states to come again, so that they are evaluated ahead; a new engine knows of none.
    const environment = hypergrid({ dimensions: 2, side: 5 });
    const steps = 25;
    const options = trainingOptions(objective, { batchSize: 32 });
    const one = engineFor({ learned, environment });
    const expected: StepReport[] = [];
    await one.train(options, steps, 1, (report) => expected.push(report));
    let state = await engineFor({ learned, environment }).state();
    const reports: StepReport[] = [];
    for (let step = 0; step < steps; step++) {
      const fresh = engineFor({ learned, environment });
      await fresh.restore(state);
      await fresh.train(options, 1, 1, (report) => reports.push(report));
      state = await fresh.state();
      fresh.dispose();
    }
    expect(reports).toEqual(expected);
    expect(state).toEqual(await one.state());
    one.dispose();
  });

  test('a batch in parts gives the same step', async () => {
    const whole = await trained({ learned }, 1, 200, objective);
    const parted = await trained({ learned, memoryBytes: 150_000 }, 1, 200, objective);
    expect(parted.reports[0].loss).toBeCloseTo(whole.reports[0].loss, 9);
    expect(parted.reports[0].gradientNorm / whole.reports[0].gradientNorm).toBeCloseTo(1, 5);
    expect(parted.reports[0].rows).toBeGreaterThan(1.3 * whole.reports[0].rows);
  });
});

test('a trajectory that does not fit the memory is refused', async () => {
  const engine = engineFor({ memoryBytes: 2000 });
  const training = engine.train(trainingOptions(trajectoryBalance), 1, 1, () => undefined);
  await expect(training).rejects.toMatchObject({ code: 'ERR_TOO_LARGE' });
  await expect(training).rejects.toThrow('memoryBytes');
  engine.dispose();
});

describe('calls', () => {
  const options = trainingOptions(trajectoryBalance);

  test('are served between the steps of train', async () => {
    const engine = engineFor();
    let last = 0;
    const training = engine.train(options, 10_000_000, 1, ({ step }) => (last = step));
    const [{ count }, exact] = await Promise.all([engine.sampleForward(5, sampling), engine.exactDistribution(2000)]);
    expect(count).toBe(5);
    expect(l1Sum(exact)).toBeGreaterThan(0);
    expect(engine.parameters().length).toBeGreaterThan(1000);
    engine.stop();
    await training;
    expect(last).toBe(engine.step);
    expect(last).toBeLessThan(10_000_000);
    expect(engine.visits).toBe(16 * last);
    engine.dispose();
  });

  test('of train exclude each other', async () => {
    const engine = engineFor();
    const training = engine.train(options, 3, 1, () => undefined);
    await expect(engine.train(options, 3, 1, () => undefined)).rejects.toMatchObject({ code: 'ERR_BUSY' });
    await training;
    await engine.train(options, 1, 1, () => undefined);
    expect(engine.step).toBe(4);
    engine.dispose();
  });

  test('end with dispose, also those that wait', async () => {
    const engine = engineFor();
    const training = engine.train(options, 10_000_000, 1, () => undefined);
    const waiting = engine.sampleForward(200_000, sampling);
    engine.dispose();
    engine.dispose();
    // Both at once: the one that is not awaited yet may reject first.
    await Promise.all([
      training.catch((error: unknown) => expect(error).toMatchObject({ code: 'ERR_DISPOSED' })),
      expect(waiting).rejects.toMatchObject({ code: 'ERR_DISPOSED' }),
    ]);
    await expect(engine.sampleForward(1, sampling)).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    expect(() => engine.parameters()).toThrow(expect.objectContaining({ code: 'ERR_DISPOSED' }));
  });

  test('of sampling can be aborted', async () => {
    const engine = engineFor();
    const controller = new AbortController();
    const sampled = engine.sampleForward(1e8, { ...sampling, signal: controller.signal });
    setImmediate(() => controller.abort(new Error('enough')));
    await expect(sampled).rejects.toThrow('enough');
    expect((await engine.sampleForward(1, sampling)).count).toBe(1);
    engine.dispose();
  });

  test('of several engines run at once', async () => {
    const alone = await trained({}, 50, 16);
    const together = await Promise.all([1, 2, 3, 4].map(() => trained({}, 50, 16)));
    for (const { parameters } of together) expect(parameters).toEqual(alone.parameters);
  });

  test('leave the event loop free', async () => {
    const engine = engineFor({ environment: hypergrid({ dimensions: 4, side: 16 }) });
    const training = engine.train(trainingOptions(trajectoryBalance, { batchSize: 512 }), 20, 1, () => undefined);
    let turns = 0;
    let running = true;
    void training.finally(() => (running = false));
    while (running) {
      turns++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    // A blocked loop would turn about once a step.
    expect(turns).toBeGreaterThan(1000);
    engine.dispose();
  });
});

describe('errors leave the parameters as they were', () => {
  test('a reward of zero is refused, naming the object; flow matching with ε takes it', async () => {
    const environment = hypergrid({ dimensions: 2, side: 4, reward: 'sparse', rewardR0: 0 });
    const engine = engineFor({ environment });
    const before = engine.parameters();
    const training = engine.train(trainingOptions(trajectoryBalance), 1, 1, () => undefined);
    await expect(training).rejects.toMatchObject({ code: 'ERR_REWARD' });
    await expect(training).rejects.toThrow(/the reward of \d,\d: log R is -inf/);
    expect(engine.parameters()).toEqual(before);
    expect(engine.step).toBe(0);
    await engine.train(trainingOptions(objectives[0]), 2, 1, () => undefined);
    expect(engine.step).toBe(2);
    engine.dispose();
  });

  test('a loss that is not finite', async () => {
    const engine = engineFor({ change: (parameters) => (parameters[3] = NaN) });
    const before = engine.parameters();
    const training = engine.train(trainingOptions(trajectoryBalance), 5, 1, () => undefined);
    await expect(training).rejects.toMatchObject({ code: 'ERR_DIVERGED' });
    expect(engine.parameters()).toEqual(before);
    expect(engine.step).toBe(0);
    expect(engine.logZ).toBe(0.5);
    engine.dispose();
  });

  test('a gradient that is not finite though the loss is', async () => {
    const engine = engineFor({ logZ: 1e60 });
    const before = engine.parameters();
    const training = engine.train(trainingOptions(trajectoryBalance), 1, 1, () => undefined);
    await expect(training).rejects.toMatchObject({ code: 'ERR_DIVERGED' });
    await expect(training).rejects.toThrow(/the loss is \d/);
    expect(engine.parameters()).toEqual(before);
    expect(engine.step).toBe(0);
    engine.dispose();
  });

  test('an action that is not allowed, on whichever thread it is met, and no thread stays behind', async () => {
    const engine = engineFor({ threads: 2 });
    const { offset, forwardAction } = await engine.sampleForward(2000, sampling);
    // Which thread takes a trajectory is chance: with so many, every thread meets some.
    const long = Array.from({ length: 2000 }, (_, b) => b).filter((b) => offset[b + 1] - offset[b] > 6);
    for (let i = 0; i < 60; i++) {
      const broken = long[Math.floor((i * long.length) / 60)];
      const actions = forwardAction.slice();
      actions[offset[broken] + (i % 7)] = 9;
      const evaluation = engine.evaluateObjective(trainingOptions(trajectoryBalance), offset, actions);
      await expect(evaluation).rejects.toThrow(`at step ${i % 7} of trajectory ${broken}, got 9`);
    }
    const { loss } = await engine.evaluateObjective(trainingOptions(trajectoryBalance), offset, forwardAction);
    expect(loss).toBeGreaterThan(0);
    engine.dispose();
  });

  test('actions that are not allowed', async () => {
    const engine = engineFor();
    for (const actions of [[0], [0, 7], [3, 0], [-1], [0, 0, 0, 0, 0, 0, 0, 0, 3]]) {
      const evaluation = engine.evaluateObjective(
        trainingOptions(trajectoryBalance),
        Int32Array.from([0, actions.length]),
        Int32Array.from(actions),
      );
      await expect(evaluation, String(actions)).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    }
    engine.dispose();
  });

  test('more states than allowed', async () => {
    const engine = engineFor();
    await expect(engine.exactDistribution(1000)).rejects.toMatchObject({ code: 'ERR_NOT_ENUMERABLE' });
    expect((await engine.exactDistribution(1024)).count).toBe(512);
    await expect(engine.exactDistribution(1000)).rejects.toMatchObject({ code: 'ERR_NOT_ENUMERABLE' });
    engine.dispose();
  });
});

test('the exact distribution of 16^4 has the mass of samples', async () => {
  const environment = hypergrid({ dimensions: 4, side: 16 });
  const engine = engineFor({ environment, threads: 2 });
  const exact = await engine.exactDistribution(2 ** 20);
  expect(exact.count).toBe(16 ** 4);
  expect(exact.probability.reduce((a, b) => a + b)).toBeCloseTo(1, 10);
  const meanReward = exact.probability.reduce((sum, p, i) => sum + p * Math.exp(exact.logReward[i]), 0);
  const { logReward } = await engine.sampleForward(20_000, sampling);
  const sampledMean = logReward.reduce((sum, value) => sum + Math.exp(value), 0) / logReward.length;
  expect(Math.abs(sampledMean / meanReward - 1)).toBeLessThan(0.05);
  engine.dispose();
});

test('more trajectories than are drawn at once go on from one another, forward and backward', async () => {
  const engine = engineFor({ environment: hypergrid({ dimensions: 2, side: 8 }) });
  const whole = await engine.sampleForward(9000, { seed: 5, firstTrajectory: 3 });
  const rest = await engine.sampleForward(4500, { seed: 5, firstTrajectory: 4503 });
  expect(whole.terminalState.subarray(4500 * 3)).toEqual(rest.terminalState);
  const back = await engine.sampleBackward(whole.terminalState, { seed: 5, firstTrajectory: 3 });
  const restBack = await engine.sampleBackward(rest.terminalState, { seed: 5, firstTrajectory: 4503 });
  expect(back.forwardAction.subarray(back.offset[4500])).toEqual(restBack.forwardAction);
  engine.dispose();
});

test('exploration and temperature shape the behaviour policy', async () => {
  // Cells 00, 10, 01, 11; a move is action 0 or 1, stopping is action 2.
  const engine = engineFor({
    environment: hypergrid({ dimensions: 2, side: 2 }),
    change: (parameters) => parameters.forEach((value, i) => (parameters[i] = 2 * value)),
  });
  // log P_F of the edges: out of 00 by each action, and of stopping in 10 and 01.
  const edges = async (...actions: number[]): Promise<Float64Array> => {
    const offset = Int32Array.of(0, actions.length);
    return (await engine.evaluateObjective(trainingOptions(trajectoryBalance), offset, Int32Array.from(actions))).logPf;
  };
  const [[stop], right, up] = [await edges(2), await edges(0, 2), await edges(1, 2)];
  const expected = (temperature: number, exploration: number): number[] => {
    const behaviour = (logPf: number[]): number[] => {
      const weights = logPf.map((value) => Math.exp(value / temperature));
      const sum = weights.reduce((a, b) => a + b);
      return weights.map((weight) => (1 - exploration) * (weight / sum) + exploration / weights.length);
    };
    const [toRight, toUp, stays] = behaviour([right[0], up[0], stop]);
    const [stopsRight] = behaviour([right[1], Math.log1p(-Math.exp(right[1]))]);
    const [stopsUp] = behaviour([up[1], Math.log1p(-Math.exp(up[1]))]);
    return [stays, toRight * stopsRight, toUp * stopsUp, toRight * (1 - stopsRight) + toUp * (1 - stopsUp)];
  };
  const visited = async (temperature: number, exploration: number): Promise<number[]> => {
    const frequency = [0, 0, 0, 0];
    const changes = { batchSize: 20_000, learningRate: 0, learningRateLogZ: 0, temperature, exploration };
    const onReport = ({ visited }: StepReport): void => {
      const { terminalState } = visited!;
      for (let i = 0; i < terminalState.length; i += 3)
        frequency[terminalState[i] + 2 * terminalState[i + 1]] += 1 / 20_000;
    };
    await engine.train(trainingOptions(trajectoryBalance, changes), 1, 1, onReport, true);
    return frequency;
  };
  for (const [temperature, exploration] of [
    [1, 0],
    [0.3, 0],
    [3, 0],
    [0.3, 0.5],
    [1, 1],
  ]) {
    const wanted = expected(temperature, exploration);
    (await visited(temperature, exploration)).forEach((frequency, cell) => {
      // 4.5 standard deviations of the frequency at most.
      expect(Math.abs(frequency - wanted[cell]), `T ${temperature}, ε ${exploration}`).toBeLessThan(0.016);
    });
  }
  const apart = (a: number[], b: number[]): number => Math.max(...a.map((value, i) => Math.abs(value - b[i])));
  expect(apart(expected(1, 0), expected(0.3, 0))).toBeGreaterThan(0.05);
  expect(apart(expected(0.3, 0), expected(0.3, 0.5))).toBeGreaterThan(0.05);
  engine.dispose();
});

describe('other places', () => {
  const script = `
    const { Trainer, hypergrid, trajectoryBalance } = await import(process.env.GFLOWNET_ENTRY);
    const trainer = await Trainer.create({
      environment: hypergrid({ dimensions: 2, side: 8 }), objective: trajectoryBalance(), seed: 1, hidden: [32],
      threads: Number(process.env.GFLOWNET_THREADS ?? 1),
    });
    let last;
    for await (const report of trainer.train({ steps: 200, reportEvery: 100 })) last = report;
    `;
  const entry = new URL('../../dist/index.js', import.meta.url).href;
  const folder = mkdtempSync(join(tmpdir(), 'gflownet-'));
  let expected: number;

  /** What a process prints that trains and then does `end`; it must end well and complain about nothing. */
  async function run(name: string, end: string, threads = 1): Promise<string> {
    const path = join(folder, name);
    writeFileSync(path, script + end);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [path], {
      env: { ...process.env, GFLOWNET_ENTRY: entry, GFLOWNET_THREADS: String(threads) },
      timeout: 60_000,
    });
    expect(stderr).toBe('');
    return stdout;
  }

  beforeAll(async () => {
    expected = Number(await run('process.mjs', 'trainer.dispose(); console.log(last.loss);'));
    expect(expected).toBeGreaterThan(0);
  });

  test('worker threads, several at once', async () => {
    const path = join(folder, 'worker.mjs');
    writeFileSync(
      path,
      `import { parentPort } from 'node:worker_threads';${script} trainer.dispose(); parentPort.postMessage(last.loss);`,
    );
    const losses = await Promise.all(
      [1, 2].map(
        () =>
          new Promise((resolve, reject) => {
            const worker = new Worker(path, { env: { ...process.env, GFLOWNET_ENTRY: entry } });
            worker.once('message', resolve);
            worker.once('error', reject);
          }),
      ),
    );
    expect(losses).toEqual([expected, expected]);
  });

  test('a worker that is terminated while it trains', async () => {
    const path = join(folder, 'terminated.mjs');
    writeFileSync(
      path,
      `import { parentPort } from 'node:worker_threads';${script}
       parentPort.postMessage('trained');
       for await (const report of trainer.train({ steps: 1e9 })) last = report;`,
    );
    for (let i = 0; i < 3; i++) {
      const worker = new Worker(path, { env: { ...process.env, GFLOWNET_ENTRY: entry } });
      await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
      await worker.terminate();
    }
    const engine = engineFor();
    expect((await engine.sampleForward(3, sampling)).count).toBe(3);
    engine.dispose();
  });

  test('a process ends by itself without dispose', async () => {
    expect(Number(await run('forgets.mjs', 'console.log(last.loss);'))).toBe(expected);
  });

  const trains = (then: string): string => `for await (const report of trainer.train({ steps: 1e9 })) ${then}`;

  // Where the threads are when the process ends is chance.
  test.each([1, 2])('a process exits while it trains, %i threads', async (threads) => {
    const file = `exits-${threads}.mjs`;
    const end = trains('{ console.log(last.loss); process.exit(0); }');
    for (let i = 0; i < 5; i++) {
      const pair = await Promise.all([run(file, end, threads), run(file, end, threads)]);
      expect(pair.map(Number)).toEqual([expected, expected]);
    }
  });

  test('a process exits while a thread of Node’s trains', async () => {
    const inner = join(folder, 'inner.mjs');
    writeFileSync(
      inner,
      `import { parentPort } from 'node:worker_threads';${script}${trains("parentPort.postMessage('trains');")}`,
    );
    const outer = `
      const { Worker } = await import('node:worker_threads');
      new Worker(${JSON.stringify(inner)}).once('message', () => { console.log(last.loss); process.exit(0); });
      ${trains('{}')}`;
    for (let i = 0; i < 3; i++) expect(Number(await run('exits-both.mjs', outer))).toBe(expected);
  });

  test('a process exits without the rest of a step that would take hours', async () => {
    const end = `
      const { setTimeout } = await import('node:timers/promises');
      const slow = await Trainer.create({
        environment: hypergrid({ dimensions: 8, side: 64 }), objective: trajectoryBalance(), hidden: [1024, 1024],
        batchSize: 2 ** 20, threads: 2, memoryBytes: 1e8,
      });
      void slow.train({ steps: 1 }).next();
      await setTimeout(300);
      console.log(last.loss);
      process.exit(0);`;
    expect(Number(await run('exits-early.mjs', end))).toBe(expected);
  });

  test('a process exits when an error is not caught', async () => {
    const path = join(folder, 'throws.mjs');
    writeFileSync(path, script + trains("throw new Error('enough');"));
    const ended = promisify(execFile)(process.execPath, [path], {
      env: { ...process.env, GFLOWNET_ENTRY: entry, GFLOWNET_THREADS: '2' },
    });
    await expect(ended).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('Error: enough') as string });
  });
});
