import { describe, expect, test } from 'vitest';
import { hypergrid } from '../../src/env/hypergrid.ts';
import { detailedBalance, flowMatching, trajectoryBalance, varGrad } from '../../src/objective/define-objective.ts';
import { Trainer, type Progress } from '../../src/trainer/trainer.ts';
import type { TrainerOptions } from '../../src/trainer/trainer-options.ts';

const environment = hypergrid({ dimensions: 2, side: 8 });
const base = { environment, objective: trajectoryBalance(), hidden: [16], seed: 1 } as const;

async function all(progress: AsyncIterable<Progress>): Promise<Progress[]> {
  const reports: Progress[] = [];
  for await (const report of progress) reports.push(report);
  return reports;
}

describe.each(['native', 'typescript'] as const)('%s', (backend) => {
  const create = (options: Partial<TrainerOptions> = {}) => Trainer.create({ ...base, backend, ...options });

  test('reports every so many steps and the last one, with the exact l1Sum where asked', async () => {
    using trainer = await create();
    const reports = await all(trainer.train({ steps: 25, reportEvery: 10, evaluateEvery: 20 }));
    expect(reports.map(({ step }) => step)).toEqual([10, 20, 25]);
    expect(reports.map(({ visits }) => visits)).toEqual([160, 320, 400]);
    expect(reports.map(({ l1Sum }) => l1Sum === null)).toEqual([true, false, true]);
    expect(reports[1].l1Sum).toBeGreaterThan(0.1);
    expect(reports[1].l1Sum).toBeLessThan(2);
    expect(reports[2].secondsTraining).toBeGreaterThan(reports[0].secondsTraining);
    expect((await all(trainer.train({ steps: 5, reportEvery: 10 }))).map(({ step }) => step)).toEqual([30]);
    expect(trainer.step).toBe(30);
    expect(trainer.visits).toBe(480);
  });

  test('reports the objects visited, where asked', async () => {
    using trainer = await create();
    const reports = await all(trainer.train({ steps: 5, reportEvery: 2, keepVisited: true }));
    expect(reports.map(({ visited }) => visited!.count)).toEqual([32, 32, 16]);
    const { terminalState, logReward } = reports[1].visited!;
    for (let i = 0; i < 32; i++) {
      const state = terminalState.slice(3 * i, 3 * i + 3);
      expect(environment.isTerminal(state)).toBe(true);
      expect(logReward[i]).toBeCloseTo(environment.logReward(state), 12);
    }
    const mean = reports[2].visited!.logReward.reduce((a, b) => a + b) / 16;
    expect(reports[2].meanLogReward).toBeCloseTo(mean, 10);
    expect((await all(trainer.train({ steps: 1 })))[0].visited).toBeNull();
  });

  test('goes on where it was: two calls are one', async () => {
    using once = await create();
    using twice = await create();
    const [whole] = await all(once.train({ steps: 20, reportEvery: 20 }));
    await all(twice.train({ steps: 7 }));
    const [rest] = (await all(twice.train({ steps: 13, reportEvery: 20, evaluateEvery: 3 }))).slice(-1);
    expect(rest.loss).toBe(whole.loss);
    expect(rest.logZ).toBe(whole.logZ);
  });

  test('an aborted signal ends the iteration after the step under way', async () => {
    using trainer = await create();
    const controller = new AbortController();
    let steps = 0;
    for await (const { step } of trainer.train({ steps: 1_000_000, signal: controller.signal })) {
      steps = step;
      if (step === 5) controller.abort();
    }
    expect(steps).toBeGreaterThanOrEqual(5);
    expect(trainer.step).toBeLessThan(1_000_000);
    expect(await all(trainer.train({ steps: 10, signal: controller.signal }))).toEqual([]);
    expect((await all(trainer.train({ steps: 1 }))).length).toBe(1);
  });

  test('leaving the loop ends training', async () => {
    using trainer = await create();
    for await (const { step } of trainer.train({ steps: 1_000_000 })) if (step >= 3) break;
    const { step } = trainer;
    expect(step).toBeLessThan(1_000_000);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(trainer.step).toBe(step);
    expect((await all(trainer.train({ steps: 2 }))).length).toBe(2);
  });

  test('pauses and resumes', async () => {
    using trainer = await create();
    const finished = all(trainer.train({ steps: 400, reportEvery: 400 }));
    trainer.pause();
    trainer.pause();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { step } = trainer;
    expect(step).toBeLessThan(400);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(trainer.step).toBe(step);
    expect((await trainer.model.sample(3)).length).toBe(3);
    trainer.resume();
    const reports = await finished;
    expect(reports[reports.length - 1].step).toBe(400);
    using unpaused = await create();
    expect((await all(unpaused.train({ steps: 400, reportEvery: 400 })))[0].loss).toBe(
      reports[reports.length - 1].loss,
    );
  });

  test('an abort during a pause ends the iteration at once', async () => {
    using trainer = await create();
    const controller = new AbortController();
    trainer.pause();
    const finished = all(trainer.train({ steps: 3, signal: controller.signal }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort();
    expect(await finished).toEqual([]);
    expect(trainer.step).toBe(0);
    // What was paused has ended: the next call is not held.
    expect((await all(trainer.train({ steps: 2 }))).length).toBe(2);
  });

  test('a second pause holds what the first has let go', async () => {
    using trainer = await create();
    trainer.pause();
    const finished = all(trainer.train({ steps: 3 }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    trainer.resume();
    trainer.pause();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(trainer.step).toBe(0);
    trainer.resume();
    expect((await finished).length).toBe(3);
  });

  test('what is no signal is refused, and the trainer goes on to work', async () => {
    using trainer = await create();
    const signal = {} as AbortSignal;
    await expect(all(trainer.train({ steps: 3, signal }))).rejects.toThrow();
    expect((await all(trainer.train({ steps: 2 }))).length).toBe(2);
  });

  test('one train at a time', async () => {
    using trainer = await create();
    const first = all(trainer.train({ steps: 50 }));
    await expect(all(trainer.train({ steps: 1 }))).rejects.toMatchObject({ code: 'ERR_BUSY' });
    expect((await first).length).toBe(50);
  });

  test('a disposed trainer says so', async () => {
    const trainer = await create();
    trainer.dispose();
    trainer.dispose();
    await expect(all(trainer.train({ steps: 1 }))).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    await expect(trainer.model.sample(1)).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  });

  test('an error ends the iteration with that error, and the trainer goes on to work', async () => {
    const zero = hypergrid({ dimensions: 2, side: 4, reward: 'sparse', rewardR0: 0 });
    using trainer = await create({ environment: zero });
    await expect(all(trainer.train({ steps: 5 }))).rejects.toMatchObject({ code: 'ERR_REWARD' });
    expect((await trainer.model.sample(2)).length).toBe(2);
  });

  test('evaluates every metric of an enumerable environment', async () => {
    using trainer = await create({
      objective: detailedBalance(),
      learnBackward: true,
      beta: 2,
      hidden: [64],
      learningRate: { kind: 'cosine', start: 0.01, end: 0, steps: 600 },
    });
    await all(trainer.train({ steps: 600, reportEvery: 600 }));
    const evaluation = await trainer.evaluate({ samples: 20_000, seed: 3 });
    // FACTS of 8²: 48 cells of .1, 12 of .6, 4 of 2.6: exact under β = 2.
    const squares = 48 * 0.01 + 12 * 0.36 + 4 * 6.76;
    expect(evaluation.exactLogZ).toBeCloseTo(Math.log(squares), 10);
    expect(evaluation.logZ).toBeCloseTo(Math.log(squares), 1);
    expect(evaluation.l1Sum).toBeLessThan(0.1);
    expect(evaluation.l1Mean! * 64).toBeCloseTo(evaluation.l1Sum!, 10);
    expect(evaluation.totalVariation! * 2).toBeCloseTo(evaluation.l1Sum!, 10);
    expect(evaluation.empiricalL1Sum).toBeLessThan(evaluation.l1Sum! + 3 * evaluation.noiseFloor!);
    expect(evaluation.elbo!).toBeLessThan(evaluation.exactLogZ! + 0.01);
    expect(evaluation.eubo!).toBeGreaterThan(evaluation.exactLogZ! - 0.01);
    expect(evaluation.pearson).toBeGreaterThan(0.7);
    expect(evaluation.correlationObjects).toBe('all 64 terminal states');
    expect([evaluation.modesFound, evaluation.modeCount]).toEqual([4, 4]);
    expect(evaluation.topK[0].k).toBe(10);
    expect(evaluation.topK[0].mean).toBeCloseTo((4 * 2.6 + 6 * 0.6) / 10, 6);
    expect(evaluation.empiricalSamples).toBe(20_000);
  });

  test('counts β in the logZ of VarGrad', async () => {
    using trainer = await create({ objective: varGrad(), beta: 2 });
    const { logZ, elbo } = await trainer.evaluate({ samples: 500 });
    expect(logZ).toBe(elbo);
    const drawn = await trainer.model.sampleTrajectories(500);
    const mean = drawn.logReward.reduce((sum, r, b) => sum + 2 * r + drawn.logPb[b] - drawn.logPf[b], 0) / 500;
    expect(logZ).toBeCloseTo(mean, 10);
  });
});

test('both backends start from the same parameters, and other seeds from others', async () => {
  using native = await Trainer.create({ ...base, backend: 'native' });
  using typescript = await Trainer.create({ ...base, backend: 'typescript' });
  using other = await Trainer.create({ ...base, seed: 2, backend: 'native' });
  const [a] = await all(native.train({ steps: 1 }));
  const [b] = await all(typescript.train({ steps: 1 }));
  const [c] = await all(other.train({ steps: 1 }));
  expect(a.loss).toBeCloseTo(b.loss, 5);
  expect(a.loss).not.toBeCloseTo(c.loss, 3);
});

describe('options', () => {
  const bad: [string, object, string, RegExp][] = [
    ['no environment', { environment: undefined }, 'ERR_ARGUMENT', /environment: expected an environment/],
    ['an environment by name', { environment: 'hypergrid' }, 'ERR_ARGUMENT', /got "hypergrid"/],
    ['an objective by name', { objective: 'tb' }, 'ERR_ARGUMENT', /objective: expected an objective/],
    ['an unknown objective', { objective: { name: 'trajectory-balanc' } }, 'ERR_ARGUMENT', /objective\.name/],
    ['a batch of 0', { batchSize: 0 }, 'ERR_ARGUMENT', /batchSize: expected an integer from 1 to 1048576, got 0/],
    ['a batch of 2^31', { batchSize: 2 ** 31 }, 'ERR_ARGUMENT', /batchSize.*got 2147483648/],
    ['half a trajectory', { batchSize: 1.5 }, 'ERR_ARGUMENT', /batchSize.*got 1\.5/],
    ['a batch as text', { batchSize: '16' }, 'ERR_ARGUMENT', /batchSize.*got "16"/],
    ['a NaN learning rate', { learningRate: NaN }, 'ERR_ARGUMENT', /learningRate.*got NaN/],
    ['a negative learning rate', { learningRate: -1 }, 'ERR_ARGUMENT', /learningRate.*got -1/],
    [
      'a schedule to zero, exponentially',
      { learningRate: { kind: 'exponential', start: 1, end: 0, steps: 9 } },
      'ERR_ARGUMENT',
      /learningRate\.end/,
    ],
    [
      'a schedule with a typing error',
      { exploration: { kind: 'linear', start: 1, end: 0, step: 9 } },
      'ERR_UNKNOWN_OPTION',
      /step\b.*steps/,
    ],
    ['exploration above 1', { exploration: 1.1 }, 'ERR_ARGUMENT', /exploration.*from 0 to 1/],
    ['a temperature of 0', { temperature: 0 }, 'ERR_ARGUMENT', /temperature/],
    ['a seed below 0', { seed: -1 }, 'ERR_ARGUMENT', /seed/],
    ['an unknown backend', { backend: 'cuda' }, 'ERR_ARGUMENT', /backend.*native.*typescript/],
    ['widths that are no list', { hidden: 256 }, 'ERR_ARGUMENT', /hidden/],
    ['a width of 0', { hidden: [256, 0] }, 'ERR_ARGUMENT', /hidden\[1\]/],
    ['an unknown activation', { activation: 'rellu' }, 'ERR_ARGUMENT', /activation/],
    [
      'a learned P_B with flow matching',
      { objective: flowMatching(), learnBackward: true },
      'ERR_ARGUMENT',
      /learnBackward/,
    ],
    ['an unknown option', { batchsize: 3 }, 'ERR_UNKNOWN_OPTION', /batchsize.*batchSize/],
    ['0 threads', { threads: 0 }, 'ERR_ARGUMENT', /threads/],
  ];
  test.each(bad)('%s', async (_, options, code, message) => {
    const created = Trainer.create({ ...base, ...options });
    await expect(created).rejects.toMatchObject({ code });
    await expect(created).rejects.toThrow(message);
  });

  test.each([
    [{ steps: 0 }, /steps/],
    [{ steps: 1, reportEvery: 0 }, /reportEvery/],
    [{ steps: 1, evalEvery: 3 }, /evalEvery.*evaluateEvery/],
    [{}, /steps.*got undefined/],
  ])('train(%o)', async (options, message) => {
    using trainer = await Trainer.create(base);
    await expect(all(trainer.train(options as { steps: number }))).rejects.toThrow(message);
    expect(trainer.step).toBe(0);
  });
});
