import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listCheckpoints, readLatestCheckpoint } from '../../src/checkpoint/checkpoint-folder.ts';
import { readCheckpoint, writeCheckpoint } from '../../src/checkpoint/checkpoint-file.ts';
import {
  detailedBalance,
  flowMatching,
  hypergrid,
  subTrajectoryBalance,
  Trainer,
  trajectoryBalance,
  varGrad,
  type Environment,
  type Progress,
  type TrainerOptions,
  type TrainOptions,
} from '../../src/index.ts';
import { temporaryFolder } from './temporary-folder.ts';

const at = temporaryFolder();
const environment = hypergrid({ dimensions: 2, side: 4 });
const base = { environment, objective: trajectoryBalance(), hidden: [8], batchSize: 4, seed: 1 } as const;

async function all(progress: AsyncIterable<Progress>): Promise<Omit<Progress, 'secondsTraining'>[]> {
  const reports: Omit<Progress, 'secondsTraining'>[] = [];
  for await (const { secondsTraining, ...report } of progress) {
    expect(secondsTraining).toBeGreaterThanOrEqual(0);
    reports.push(report);
  }
  return reports;
}

async function modelBytes(trainer: Trainer): Promise<Buffer> {
  await trainer.model.save(at('model.onnx'));
  return readFileSync(at('model.onnx'));
}

const checkpointAt = (folder: string, step: number) => join(folder, `checkpoint-${String(step).padStart(10, '0')}.gfn`);
const stepsIn = async (folder: string) => (await listCheckpoints(folder)).map(({ step }) => step);

const objectives: [string, Partial<TrainerOptions>][] = [
  ['flow matching', { objective: flowMatching() }],
  ['detailed balance', { objective: detailedBalance() }],
  ['trajectory balance', { objective: trajectoryBalance() }],
  ['variance of the gradient', { objective: varGrad() }],
  ['sub-trajectory balance', { objective: subTrajectoryBalance() }],
  [
    'trajectory balance with learned P_B, schedules, weight decay and clipping',
    {
      learnBackward: true,
      exploration: { kind: 'linear', start: 0.5, end: 0, steps: 10 },
      learningRate: { kind: 'cosine', start: 0.01, end: 0.001, steps: 11 },
      temperature: { kind: 'exponential', start: 2, end: 1, steps: 12 },
      weightDecay: 0.01,
      clip: 0.5,
      beta: 1.5,
    },
  ],
  ['batches that are processed in parts', { objective: detailedBalance(), batchSize: 64, memoryBytes: 6000 }],
];

describe.each(['native', 'typescript'] as const)('%s', (backend) => {
  const create = (options: Partial<TrainerOptions> = {}) => Trainer.create({ ...base, backend, ...options });

  test.each(objectives)('%s goes on bit for bit from any checkpoint', async (_, options) => {
    const { memoryBytes } = options;
    const reporting = { reportEvery: 4, evaluateEvery: 6, keepVisited: true } as const;
    using uninterrupted = await create(options);
    const expected = await all(uninterrupted.train({ steps: 14, ...reporting }));
    expect(expected.map(({ step }) => step)).toEqual([4, 6, 8, 12, 14]);
    using first = await create(options);
    const checkpoint = { folder: at('run'), every: 5, keep: 10 };
    expect(await all(first.train({ steps: 14, ...reporting, checkpoint }))).toEqual(expected);
    expect(await stepsIn(at('run'))).toEqual([14, 10, 5, 0]);
    expect(await modelBytes(first)).toEqual(await modelBytes(uninterrupted));
    for (const step of [0, 5, 10]) {
      using second = await Trainer.fromCheckpoint(checkpointAt(at('run'), step), { memoryBytes, threads: 1 });
      expect([second.step, second.visits]).toEqual([step, step * second.options.batchSize]);
      const rest = await all(second.train({ steps: 14 - step, ...reporting }));
      expect(rest).toEqual(expected.filter((report) => report.step > step));
      expect(await modelBytes(second)).toEqual(await modelBytes(uninterrupted));
    }
  });

  test('checkpoints, pauses and interruptions change nothing of the reports of a run', async () => {
    const reporting = { reportEvery: 7, keepVisited: true } as const;
    using uninterrupted = await create();
    const expected = await all(uninterrupted.train({ steps: 60, ...reporting }));
    using trainer = await create();
    const controller = new AbortController();
    const checkpoint = { folder: at('run'), every: 4 };
    const reports: Omit<Progress, 'secondsTraining'>[] = [];
    for await (const { secondsTraining, ...report } of trainer.train({
      steps: 60,
      ...reporting,
      checkpoint,
      signal: controller.signal,
    })) {
      expect(secondsTraining).toBeGreaterThan(0);
      reports.push(report);
      trainer.pause();
      if (report.step === 14) controller.abort();
      trainer.resume();
    }
    const scheduled = reports.filter(({ step }) => step % 7 === 0 || step === 60);
    using second = await Trainer.fromCheckpoint(at('run'));
    expect(second.step).toBe(trainer.step);
    const rest = second.step === 60 ? [] : await all(second.train({ steps: 60 - second.step, ...reporting }));
    expect([...scheduled, ...rest]).toEqual(expected);
  });

  test('an interruption leaves a checkpoint of its step', async () => {
    using trainer = await create();
    const controller = new AbortController();
    const checkpoint = { folder: at('run'), every: 0 };
    for await (const { step } of trainer.train({ steps: 2 ** 40, checkpoint, signal: controller.signal })) {
      if (step === 3) controller.abort();
    }
    expect(await stepsIn(at('run'))).toEqual([trainer.step, 0]);
  });

  test('a checkpoint can be taken while training runs, and is that of one exact step', async () => {
    using trainer = await create();
    let path: string | undefined;
    for await (const { step } of trainer.train({ steps: 40 })) {
      if (step === 5) path = await trainer.saveCheckpoint(at('run'), { attached: { at: 'five' } });
    }
    using second = await Trainer.fromCheckpoint(path!);
    expect(second.attached).toEqual({ at: 'five' });
    expect(second.visits).toBe(second.step * 4);
    if (second.step < 40) await all(second.train({ steps: 40 - second.step }));
    expect(await modelBytes(second)).toEqual(await modelBytes(trainer));
  });

  test('a trainer goes back to a checkpoint of its own, and forth again', async () => {
    using trainer = await create();
    await all(trainer.train({ steps: 3 }));
    const path = await trainer.saveCheckpoint(at('run'));
    const once = await all(trainer.train({ steps: 2 }));
    expect(await trainer.restoreCheckpoint(at('run'))).toBe(path);
    expect(trainer.step).toBe(3);
    const again = await all(trainer.train({ steps: 2 }));
    expect(again).toEqual(once);
    expect(trainer.attached).toEqual({});
  });

  test('refuses to go back while it trains', async () => {
    using trainer = await create();
    await trainer.saveCheckpoint(at('run'));
    for await (const { step } of trainer.train({ steps: 3 })) {
      if (step === 1) await expect(trainer.restoreCheckpoint(at('run'))).rejects.toMatchObject({ code: 'ERR_BUSY' });
    }
    expect(trainer.step).toBe(3);
  });

  test('a state of another size or with parts missing is refused and changes nothing', async () => {
    using other = await create({ hidden: [9] });
    await other.saveCheckpoint(at('run'));
    using trainer = await create();
    const before = await modelBytes(trainer);
    const { path, checkpoint } = await readLatestCheckpoint(at('run'), () => undefined);
    // A file that says it is of the same configuration.
    await trainer.saveCheckpoint(at('own'));
    const own = await readLatestCheckpoint(at('own'), () => undefined);
    await writeCheckpoint(path, { ...checkpoint, configuration: own.checkpoint.configuration });
    await expect(trainer.restoreCheckpoint(path)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT' });
    await expect(trainer.restoreCheckpoint(path)).rejects.toThrow(/section parameters, Float32Array of \d+, got/);
    for (const name of Object.keys(own.checkpoint.state.sections)) {
      const { [name]: left, ...sections } = own.checkpoint.state.sections;
      expect(left).toBeDefined();
      await writeCheckpoint(path, { ...own.checkpoint, state: { ...own.checkpoint.state, sections } });
      await expect(trainer.restoreCheckpoint(path)).rejects.toThrow(new RegExp(`section ${name}.*got none`));
    }
    expect(trainer.step).toBe(0);
    expect(await modelBytes(trainer)).toEqual(before);
    expect(await all(trainer.train({ steps: 1 }))).toHaveLength(1);
  });

  test('a trainer that stopped on an error can be saved and gone on from', async () => {
    // No reward but on the corners: a few batches go well before one meets a zero.
    const sparse = hypergrid({ dimensions: 1, side: 3, reward: 'sparse', rewardR0: 0 });
    using trainer = await create({ environment: sparse, batchSize: 1 });
    const training = all(trainer.train({ steps: 200, checkpoint: { folder: at('run'), every: 1 } }));
    await expect(training).rejects.toMatchObject({ code: 'ERR_REWARD' });
    expect((await stepsIn(at('run')))[0]).toBe(trainer.step);
    const path = await trainer.saveCheckpoint(at('elsewhere'));
    using second = await Trainer.fromCheckpoint(path);
    expect(second.step).toBe(trainer.step);
    expect(await modelBytes(second)).toEqual(await modelBytes(trainer));
  });

  test('a disposed trainer says so', async () => {
    const trainer = await create();
    await trainer.saveCheckpoint(at('run'));
    trainer.dispose();
    await expect(trainer.saveCheckpoint(at('run'))).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    await expect(trainer.restoreCheckpoint(at('run'))).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  });
});

describe('what a program attaches', () => {
  test('is asked for when every report so far has been used, and comes back', async () => {
    using trainer = await Trainer.create(base);
    const seen: number[] = [];
    const attach = () => ({ seen, counts: Int32Array.from(seen), last: seen.at(-1) ?? null });
    for await (const { step } of trainer.train({
      steps: 12,
      checkpoint: { folder: at('run'), every: 5, keep: 9, attach },
    })) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      seen.push(step);
    }
    expect(trainer.attached).toBeNull();
    for (const step of [0, 5, 10, 12]) {
      using second = await Trainer.fromCheckpoint(checkpointAt(at('run'), step));
      const expected = seen.slice(0, step);
      expect(second.attached).toEqual({
        seen: expected,
        counts: Int32Array.from(expected),
        last: expected.at(-1) ?? null,
      });
    }
  });

  test('is copied, so that it may change while the file is written, one at a time', async () => {
    using trainer = await Trainer.create(base);
    const counts = new Float64Array(500_000);
    const bytes = Buffer.alloc(100_000);
    const former: boolean[] = [];
    const attach = () => {
      former.push(trainer.step === 0 || existsSync(checkpointAt(at('run'), trainer.step - 1)));
      return { counts: counts.fill(trainer.step), bytes: bytes.fill(trainer.step) };
    };
    const checkpoint = { folder: at('run'), every: 1, keep: 9, attach };
    await all(trainer.train({ steps: 4, checkpoint }));
    expect(former).toEqual([true, true, true, true, true]);
    for (const { path, step } of await listCheckpoints(at('run'))) {
      const { attached } = await readCheckpoint(path);
      expect((attached.counts as Float64Array).every((value) => value === step)).toBe(true);
      expect((attached.bytes as Uint8Array).every((value) => value === step)).toBe(true);
    }
  });

  test('must be something that a file can hold', async () => {
    using trainer = await Trainer.create(base);
    const attach = () => ({ when: undefined }) as unknown as Record<string, null>;
    const training = all(trainer.train({ steps: 4, checkpoint: { folder: at('run'), attach } }));
    await expect(training).rejects.toThrow(/attached\.when: expected JSON or a typed array, got undefined/);
    expect(await all(trainer.train({ steps: 1, checkpoint: { folder: at('run') } }))).toHaveLength(1); // not locked
  });

  test('may fail, which ends training with that error', async () => {
    using trainer = await Trainer.create(base);
    const attach = () => {
      if (trainer.step >= 2) throw new Error('no position');
      return {};
    };
    const training = all(trainer.train({ steps: 9, checkpoint: { folder: at('run'), every: 2, attach } }));
    await expect(training).rejects.toThrow('no position');
    expect(await stepsIn(at('run'))).toEqual([0]);
  });
});

describe('another configuration', () => {
  const differences: [string, Partial<TrainerOptions>, RegExp][] = [
    [
      'environment',
      { environment: hypergrid({ dimensions: 2, side: 5 }) },
      /environment: expected .*"side":5.*got .*"side":4/,
    ],
    ['objective', { objective: varGrad() }, /objective: expected .*vargrad.*got .*trajectory-balance/],
    ['backend', { backend: 'typescript' }, /backend: expected "typescript", got "native"/],
    ['seed', { seed: 2 }, /seed: expected 2, got 1/],
    ['batch and β', { batchSize: 5, beta: 2 }, /batchSize: expected 5, got 4; beta: expected 2, got 1/],
  ];
  test.each(differences)('is refused and named: %s', async (_, options, message) => {
    using trainer = await Trainer.create(base);
    await trainer.saveCheckpoint(at('run'));
    using other = await Trainer.create({ ...base, ...options });
    await expect(other.restoreCheckpoint(at('run'))).rejects.toMatchObject({ code: 'ERR_CHECKPOINT' });
    await expect(other.restoreCheckpoint(at('run'))).rejects.toThrow(message);
    await expect(Trainer.fromCheckpoint(at('run'), options)).rejects.toThrow(message);
    expect(await all(other.train({ steps: 1 }))).toHaveLength(1);
  });

  test('of threads and memory is none', async () => {
    using trainer = await Trainer.create({ ...base, threads: 2 });
    await trainer.saveCheckpoint(at('run'));
    using second = await Trainer.fromCheckpoint(at('run'), { threads: 1, memoryBytes: 2 ** 30, seed: undefined });
    expect(second.options).toMatchObject({ threads: 1, memoryBytes: 2 ** 30, seed: 1 });
  });

  test('an environment of one’s own has to be given again', async () => {
    // The grid under a name that the registry does not have.
    const own = Object.create(environment, { name: { value: 'own', enumerable: true } }) as Environment;
    const options = { ...base, environment: own, backend: 'typescript' } as const;
    using trainer = await Trainer.create(options);
    await trainer.saveCheckpoint(at('run'));
    const missing = Trainer.fromCheckpoint(at('run'));
    await expect(missing).rejects.toMatchObject({ code: 'ERR_CHECKPOINT' });
    await expect(missing).rejects.toThrow(/environment own, which is not one of hypergrid.*option environment/);
    using second = await Trainer.fromCheckpoint(at('run'), { environment: own });
    expect(second.options.environment.name).toBe('own');
  });
});

describe('a folder', () => {
  test('keeps as many checkpoints as asked for', async () => {
    using trainer = await Trainer.create(base);
    await all(trainer.train({ steps: 11, checkpoint: { folder: at('run'), every: 2 } }));
    expect(await stepsIn(at('run'))).toEqual([11, 10, 8]);
    await all(trainer.train({ steps: 4, checkpoint: { folder: at('run'), every: 2, keep: 1 } }));
    expect(readdirSync(at('run'))).toEqual(['checkpoint-0000000015.gfn']);
  });

  test('with a damaged checkpoint gives the one before it, with a warning of the process', async () => {
    using trainer = await Trainer.create(base);
    await all(trainer.train({ steps: 4, checkpoint: { folder: at('run'), every: 2 } }));
    truncateSync(checkpointAt(at('run'), 4), 300);
    const warning = new Promise<Error & { code?: string }>((resolve) => process.once('warning', resolve));
    using second = await Trainer.fromCheckpoint(at('run'));
    expect(second.step).toBe(2);
    expect(await warning).toMatchObject({ name: 'GflownetWarning', code: 'GFLOWNET_CHECKPOINT' });
    await all(second.train({ steps: 2, checkpoint: { folder: at('run'), every: 2 } }));
    expect(await modelBytes(second)).toEqual(await modelBytes(trainer));
    expect(await stepsIn(at('run'))).toEqual([4, 2, 0]);
  });

  test('of another trainer that trains is locked', async () => {
    using trainer = await Trainer.create(base);
    using other = await Trainer.create(base);
    const checkpoint = { folder: at('run') };
    for await (const { step } of trainer.train({ steps: 2, checkpoint })) {
      if (step !== 1) continue;
      await expect(all(other.train({ steps: 1, checkpoint }))).rejects.toMatchObject({ code: 'ERR_LOCKED' });
      await expect(other.saveCheckpoint(at('run'))).rejects.toMatchObject({ code: 'ERR_LOCKED' });
    }
    await other.restoreCheckpoint(at('run'));
    expect(await all(other.train({ steps: 3, checkpoint }))).toHaveLength(3);
  });

  test('is given back when the loop is left', async () => {
    using trainer = await Trainer.create(base);
    for await (const { step } of trainer.train({ steps: 100, checkpoint: { folder: at('run') } })) if (step > 2) break;
    expect(readdirSync(at('run'))).toEqual(['checkpoint-0000000000.gfn']);
    await trainer.saveCheckpoint(at('run'));
    expect(await stepsIn(at('run'))).toEqual([trainer.step, 0]);
  });

  test.skipIf(process.platform === 'win32')('that turns read-only ends training, and nothing is lost', async () => {
    using uninterrupted = await Trainer.create(base);
    await all(uninterrupted.train({ steps: 8 }));
    mkdirSync(at('run'), { mode: 0o777 });
    chmodSync(dirname(at('run')), 0o755);
    const isRoot = process.geteuid!() === 0; // who may write anywhere
    if (isRoot) {
      chmodSync(at('run'), 0o777);
      process.seteuid!(65534);
    }
    using trainer = await Trainer.create(base);
    const checkpoint = { folder: at('run'), every: 2, keep: 9 };
    try {
      const training = (async () => {
        for await (const { step } of trainer.train({ steps: 8, checkpoint })) {
          if (step !== 5) continue;
          await expect.poll(() => stepsIn(at('run'))).toContain(4);
          if (isRoot) process.seteuid!(0);
          chmodSync(at('run'), 0o555);
          if (isRoot) process.seteuid!(65534);
        }
      })();
      await expect(training).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
      await expect(training).rejects.toThrow(/0000000006\.gfn: the checkpoint cannot be written: EACCES/);
    } finally {
      if (isRoot) process.seteuid!(0);
    }
    expect(await stepsIn(at('run'))).toEqual([4, 2, 0]);
    // The trainer is still good, and so is the folder.
    const elsewhere = await trainer.saveCheckpoint(at('elsewhere'));
    for (const path of [elsewhere, at('run')]) {
      using second = await Trainer.fromCheckpoint(path);
      if (second.step < 8) await all(second.train({ steps: 8 - second.step }));
      expect(await modelBytes(second)).toEqual(await modelBytes(uninterrupted));
    }
  });

  test.skipIf(!canMount())('on a full disk ends training, and nothing is lost', async () => {
    using uninterrupted = await Trainer.create(base);
    await all(uninterrupted.train({ steps: 20 }));
    mkdirSync(at('disk'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at('disk')]);
    try {
      using trainer = await Trainer.create(base);
      const training = all(trainer.train({ steps: 20, checkpoint: { folder: at('disk/run'), every: 1, keep: 100 } }));
      await expect(training).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
      await expect(training).rejects.toThrow(/cannot be written: ENOSPC/);
      expect(statfsSync(at('disk')).blocks).toBeGreaterThan(0);
      using second = await Trainer.fromCheckpoint(at('disk/run'));
      expect(second.step).toBeGreaterThan(0);
      expect(second.step).toBeLessThan(20);
      // Fewer of them fit.
      for (const { path } of (await listCheckpoints(at('disk/run'))).slice(1)) rmSync(path);
      const checkpoint = { folder: at('disk/run'), every: 1, keep: 1 };
      await all(second.train({ steps: 20 - second.step, checkpoint }));
      expect(await modelBytes(second)).toEqual(await modelBytes(uninterrupted));
    } finally {
      execFileSync('umount', [at('disk')]);
    }
  });
});

/** Whether this process may mount a small disk of its own: as root, outside of most containers. */
function canMount(): boolean {
  if (process.platform !== 'linux' || process.geteuid!() !== 0) return false;
  const probe = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', probe], { stdio: 'ignore' });
    execFileSync('umount', [probe]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe, { recursive: true });
  }
}

describe('options', () => {
  const wrong: [object, string, RegExp][] = [
    [{}, 'ERR_ARGUMENT', /checkpoint\.folder: expected a string, got undefined/],
    [{ folder: 'x', every: -1 }, 'ERR_ARGUMENT', /checkpoint\.every: expected an integer from 0/],
    [{ folder: 'x', keep: 0 }, 'ERR_ARGUMENT', /checkpoint\.keep: expected an integer from 1/],
    [{ folder: 'x', attach: 3 }, 'ERR_ARGUMENT', /checkpoint\.attach: expected a function, got 3/],
    [{ folder: 'x', evry: 3 }, 'ERR_UNKNOWN_OPTION', /evry.*every/],
  ];
  test.each(wrong)('%o', async (checkpoint, code, message) => {
    using trainer = await Trainer.create(base);
    const training = all(trainer.train({ steps: 1, checkpoint } as TrainOptions));
    await expect(training).rejects.toMatchObject({ code });
    await expect(training).rejects.toThrow(message);
  });

  test('of the other calls', async () => {
    using trainer = await Trainer.create(base);
    await expect(trainer.saveCheckpoint(at('run'), { keep: 0 })).rejects.toThrow(/keep: expected an integer from 1/);
    await expect(trainer.saveCheckpoint(at('run'), { kep: 3 } as object)).rejects.toThrow(/kep.*keep/);
    await expect(trainer.restoreCheckpoint(3 as unknown as string)).rejects.toThrow(/path: expected a string, got 3/);
    await trainer.saveCheckpoint(at('run'));
    await expect(Trainer.fromCheckpoint(at('run'), { thread: 1 } as object)).rejects.toThrow(/thread.*threads/);
    writeFileSync(at('text'), 'no checkpoint');
    await expect(Trainer.fromCheckpoint(at('text'))).rejects.toThrow(/it is no checkpoint/);
  });
});
