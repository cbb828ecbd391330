import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hypergrid, trajectoryBalance, Trainer, type Progress, type TrainerOptions } from '../../src/index.ts';
import type { ScoreContext } from '../../src/reward/reward-function.ts';
import { temporaryFolder } from '../checkpoint/temporary-folder.ts';

const at = temporaryFolder();
const STEPS = 9;

/** What the call that hangs does when its signal is aborted. */
const manners = {
  'never settles': () => undefined,
  'obeys its signal': (_: () => void, reject: (error: unknown) => void, signal: AbortSignal) => reject(signal.reason),
  'fails when it is told': (_: () => void, reject: (error: unknown) => void) => reject(new Error('interrupted')),
  'answers all the same': (resolve: () => void) => resolve(),
  'answers late': (resolve: () => void) => void setTimeout(resolve, 5),
  'fails late': (_: () => void, reject: (error: unknown) => void) =>
    void setTimeout(() => reject(new Error('late')), 5),
} satisfies Record<string, (resolve: () => void, reject: (error: unknown) => void, signal: AbortSignal) => void>;
type Manner = keyof typeof manners;

/** A reward whose calls from the one of that number on hang until `release`. */
class HangingReward {
  calls = 0;
  readonly hanging: AbortSignal[] = [];
  /** A call hangs. */
  readonly hung: Promise<void>;
  private begin: () => void = () => undefined;

  constructor(
    private first: number,
    private readonly manner: Manner = 'never settles',
  ) {
    this.hung = new Promise((resolve) => (this.begin = resolve));
  }

  release(): void {
    this.first = Infinity;
  }

  /** The next call hangs. */
  hang(): void {
    this.first = this.calls + 1;
  }

  readonly score = (objects: readonly Int32Array[], { signal }: ScoreContext): number[] | Promise<number[]> => {
    const scores = objects.map((x) => 1 + x[0] * x[1]);
    if (++this.calls < this.first) return scores;
    this.hanging.push(signal);
    this.begin();
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => manners[this.manner](() => resolve(scores), reject, signal));
    });
  };
}

const onPolicy: Partial<TrainerOptions> = {};
/** Batches ahead, a replay buffer and local search, which calls the reward too. */
const offPolicy: Partial<TrainerOptions> = {
  rewardDelay: 3,
  replay: { capacity: 20, trajectories: 2 },
  localSearch: { trajectories: 2 },
};
const inParts: Partial<TrainerOptions> = { batchSize: 64, memoryBytes: 40_000 };

type Reports = Omit<Progress, 'secondsTraining'>[];

async function collect(progress: AsyncIterable<Progress>, into: Reports = []): Promise<Reports> {
  for await (const { secondsTraining, ...report } of progress) {
    expect(secondsTraining).toBeGreaterThanOrEqual(0);
    into.push(report);
  }
  return into;
}

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => process.on('unhandledRejection', onUnhandled));
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 15)); // what comes late
  process.off('unhandledRejection', onUnhandled);
  expect(unhandled.splice(0)).toEqual([]);
});

describe.each(['native', 'typescript'] as const)('on the %s backend a reward that never settles', (backend) => {
  const options = (reward: HangingReward, more: Partial<TrainerOptions>): TrainerOptions => ({
    environment: hypergrid({ dimensions: 2, side: 4 }),
    objective: trajectoryBalance(),
    hidden: [8],
    batchSize: 4,
    learningRate: 0.05,
    seed: 7,
    backend,
    reward: { score: reward.score },
    ...more,
  });
  const create = (reward: HangingReward, more: Partial<TrainerOptions> = onPolicy) =>
    Trainer.create(options(reward, more));
  const keepVisited = true;

  const expected = new Map<Partial<TrainerOptions>, Promise<Reports>>();
  const uninterrupted = (more: Partial<TrainerOptions>): Promise<Reports> => {
    const known = expected.get(more);
    if (known !== undefined) return known;
    const reports = (async () => {
      using trainer = await create(new HangingReward(Infinity), more);
      return await collect(trainer.train({ steps: STEPS, keepVisited }));
    })();
    expected.set(more, reports);
    return reports;
  };

  /** The rest of the run, of a trainer and from a checkpoint, is that of one that nothing has interrupted. */
  async function expectRest(trainer: Trainer, reports: Reports, more: Partial<TrainerOptions>): Promise<void> {
    const all = await uninterrupted(more);
    const { step } = trainer;
    expect(reports).toEqual(all.slice(0, step));
    const path = await trainer.saveCheckpoint(at(`given-up-${trainer.options.rewardDelay}`));
    const rest = await collect(trainer.train({ steps: STEPS - step, keepVisited }));
    expect(rest).toEqual(all.slice(step));
    using resumed = await Trainer.fromCheckpoint(path, options(new HangingReward(Infinity), more));
    expect(resumed.step).toBe(step);
    expect(await collect(resumed.train({ steps: STEPS - step, keepVisited }))).toEqual(all.slice(step));
  }

  /** The numbers of the calls that hang first, of a step in the middle. */
  const runs: readonly (readonly [string, number, Partial<TrainerOptions>])[] = [
    ['', 1, onPolicy],
    ['', 4, onPolicy],
    [' in parts', 4, inParts],
    [' with batches ahead', 1, offPolicy],
    [' with batches ahead', 9, offPolicy],
    [' with batches ahead', 10, offPolicy],
    [' with batches ahead', 11, offPolicy],
    [' with batches ahead', 30, offPolicy],
  ];

  it.each(runs)('is given up when a signal is aborted%s, at call %i', async (_, call, more) => {
    const reward = new HangingReward(call);
    using trainer = await create(reward, more);
    const controller = new AbortController();
    const reports: Reports = [];
    const training = collect(trainer.train({ steps: STEPS, keepVisited, signal: controller.signal }), reports);
    await reward.hung;
    expect(reward.hanging[0].aborted).toBe(false);
    controller.abort();
    await training;
    expect(reward.hanging.every(({ aborted }) => aborted)).toBe(true);
    expect((reward.hanging[0].reason as Error).name).toBe('AbortError');
    expect(trainer.step).toBeLessThan(STEPS);
    reward.release();
    await expectRest(trainer, reports, more);
  });

  it.each(Object.keys(manners) as Manner[])('or %s, changes nothing of what follows', async (manner) => {
    for (const more of [onPolicy, offPolicy]) {
      const reward = new HangingReward(6, manner);
      using trainer = await create(reward, more);
      const controller = new AbortController();
      const reports: Reports = [];
      const training = collect(trainer.train({ steps: STEPS, keepVisited, signal: controller.signal }), reports);
      await reward.hung;
      controller.abort();
      await training;
      reward.release();
      await expectRest(trainer, reports, more);
    }
  });

  it.each([onPolicy, offPolicy])('is given up when the loop is left: %j', async (more) => {
    const reward = new HangingReward(Infinity);
    using trainer = await create(reward, more);
    const reports: Reports = [];
    for await (const { secondsTraining, ...report } of trainer.train({ steps: STEPS, keepVisited })) {
      expect(secondsTraining).toBeGreaterThan(0);
      reports.push(report);
      reward.hang();
      await reward.hung;
      break;
    }
    expect(reward.hanging.every(({ aborted }) => aborted)).toBe(true);
    reward.release();
    expect(reports).toEqual((await uninterrupted(more)).slice(0, 1));
    const { step } = trainer; // steps may have been done that were not reported
    expect(step).toBeLessThan(STEPS);
    expect(await collect(trainer.train({ steps: STEPS - step, keepVisited }))).toEqual(
      (await uninterrupted(more)).slice(step),
    );
  });

  it('is given up when the trainer is left by await using', async () => {
    const reward = new HangingReward(4);
    const reports: Reports = [];
    let training: Promise<Reports>;
    let trainer: Trainer;
    {
      await using inner = await create(reward);
      trainer = inner;
      training = collect(trainer.train({ steps: STEPS, keepVisited }), reports);
      await reward.hung;
    }
    expect(reward.hanging[0].aborted).toBe(true);
    expect(await training).toEqual((await uninterrupted(onPolicy)).slice(0, 3));
    await expect(trainer.model.sample(1)).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  });

  it('is told so when the trainer is disposed of', async () => {
    const reward = new HangingReward(4);
    const trainer = await create(reward);
    const training = collect(trainer.train({ steps: STEPS }));
    await reward.hung;
    trainer.dispose();
    await expect(training).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    expect(reward.hanging[0].aborted).toBe(true);
  });

  it.each(runs)('does not hold up a checkpoint of the last finished step%s, at call %i', async (_, call, more) => {
    const reward = new HangingReward(call);
    using trainer = await create(reward, more);
    const controller = new AbortController();
    const training = collect(trainer.train({ steps: STEPS, keepVisited, signal: controller.signal }));
    await reward.hung;
    const least = trainer.step; // of batches ahead the call that hangs may be a later one's
    const path = await trainer.saveCheckpoint(at('pending'));
    expect(reward.hanging[0].aborted).toBe(false); // the call goes on
    using resumed = await Trainer.fromCheckpoint(path, options(new HangingReward(Infinity), more));
    const { step } = resumed;
    expect(step).toBeGreaterThanOrEqual(least);
    expect([step, resumed.visits]).toEqual([step, (await uninterrupted(more))[step - 1]?.visits ?? 0]);
    expect(await collect(resumed.train({ steps: STEPS - step, keepVisited }))).toEqual(
      (await uninterrupted(more)).slice(step),
    );
    controller.abort();
    await training;
  });

  it.each([
    [6, onPolicy],
    [30, offPolicy],
  ] as const)('leaves the last checkpoint of a run at call %i: %j', async (call, more) => {
    const reward = new HangingReward(call);
    using trainer = await create(reward, more);
    const controller = new AbortController();
    const checkpoint = { folder: at('run'), every: 2 };
    const reports: Reports = [];
    const training = trainer.train({ steps: STEPS, keepVisited, checkpoint, signal: controller.signal });
    const done = collect(training, reports);
    await reward.hung;
    controller.abort();
    await done;
    using resumed = await Trainer.fromCheckpoint(at('run'), options(new HangingReward(Infinity), more));
    expect(resumed.step).toBe(trainer.step);
    expect([...reports, ...(await collect(resumed.train({ steps: STEPS - resumed.step, keepVisited })))]).toEqual(
      await uninterrupted(more),
    );
  });

  it('leaves the last step to be reported', async () => {
    const reward = new HangingReward(6);
    using trainer = await create(reward);
    const controller = new AbortController();
    const training = collect(trainer.train({ steps: 90, reportEvery: 90, keepVisited, signal: controller.signal }));
    await reward.hung;
    controller.abort();
    const [{ step, visited }] = await training;
    expect([step, visited?.count]).toEqual([5, 20]);
  });

  it('is given up by a signal while training is paused', async () => {
    const reward = new HangingReward(4);
    using trainer = await create(reward);
    const controller = new AbortController();
    const training = collect(trainer.train({ steps: STEPS, keepVisited, signal: controller.signal }));
    await reward.hung;
    trainer.pause();
    expect(reward.hanging[0].aborted).toBe(false);
    controller.abort();
    expect(await training).toHaveLength(3);
    trainer.resume();
    reward.release();
    await expectRest(trainer, (await uninterrupted(onPolicy)).slice(0, 3), onPolicy);
  });

  it('is given up while it is asked about all objects, whose l1Sum is then null', async () => {
    const reward = new HangingReward(4);
    using trainer = await create(reward);
    const controller = new AbortController();
    const evaluating = { steps: STEPS, evaluateEvery: 3, keepVisited, reportEvery: 2 };
    const checkpoint = { folder: at('evaluated') };
    const training = collect(trainer.train({ ...evaluating, checkpoint, signal: controller.signal }));
    await reward.hung;
    const pending = await trainer.saveCheckpoint(at('pending'));
    controller.abort();
    const reports = await training;
    expect(reports.map(({ step, l1Sum }) => [step, l1Sum])).toEqual([
      [2, null],
      [3, null],
    ]);
    expect(reward.hanging[0].aborted).toBe(true);
    // Who goes on gets the report again, as a run that nothing has interrupted has it.
    using alone = await create(new HangingReward(Infinity));
    const expected = await collect(alone.train(evaluating));
    expect(expected.map(({ step, l1Sum }) => [step, l1Sum === null])).toEqual([
      [2, true],
      [3, false],
      [4, true],
      [6, false],
      [8, true],
      [9, false],
    ]);
    for (const path of [pending, at('evaluated')]) {
      using resumed = await Trainer.fromCheckpoint(path, options(new HangingReward(Infinity), onPolicy));
      const rest = await collect(resumed.train({ ...evaluating, steps: STEPS - 3 }));
      expect(rest).toEqual(expected.slice(1));
    }
  });

  it('is told when a call of the model is aborted, after which the model and training go on', async () => {
    const reward = new HangingReward(1);
    using trainer = await create(reward);
    for (const call of ['sample', 'evaluate'] as const) {
      const { signal, abort } = abortable();
      const calling = call === 'sample' ? trainer.model.sample(3, { signal }) : trainer.model.evaluate({ signal });
      await expect.poll(() => reward.hanging.length).toBeGreaterThan(0);
      abort(new Error('enough'));
      await expect(calling).rejects.toThrow('enough');
      await expect.poll(() => reward.hanging.splice(0).every(({ aborted }) => aborted)).toBe(true);
    }
    reward.release();
    expect(await trainer.model.sample(3)).toHaveLength(3);
    expect(await collect(trainer.train({ steps: STEPS, keepVisited }))).toEqual(await uninterrupted(onPolicy));
  });
});

function abortable(): { readonly signal: AbortSignal; readonly abort: (reason: Error) => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}
