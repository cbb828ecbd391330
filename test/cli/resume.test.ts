import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ownIdentity } from '../../src/checkpoint/process-identity.ts';
import { gflownet } from './in-process.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const program = join(root, 'bin', 'gflownet.js');
const options =
  'hypergrid --side 4 --hidden 8 --batch 4 --seed 3 --steps 90 --report-every 7 --checkpoint-every 20'.split(' ');

let folder: string;
/** A finished run, and a copy of it for each test. */
let finished: string;
let run: string;
let printed: Record<string, unknown>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gflownet-resume-'));
  finished = join(folder, 'finished');
  const { stdout, exitCode } = await gflownet('train', ...options, '--out', finished, '--json', '--quiet');
  expect(exitCode).toBe(0);
  printed = JSON.parse(stdout) as Record<string, unknown>;
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  run = join(folder, 'run');
  rmSync(run, { recursive: true, force: true });
  cpSync(finished, run, { recursive: true });
});

function contents(path: string): Record<string, string> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(paths.map((file) => [file.slice(path.length + 1), readFileSync(file, 'latin1')]));
}

const checkpointAt = (step: number) => join(run, 'checkpoints', `checkpoint-${String(step).padStart(10, '0')}.gfn`);
const resume = (...more: string[]) => gflownet('train', '--resume', run, '--json', '--quiet', ...more);

/** Everything that a run prints but its times and its place. */
function figures(result: Record<string, unknown>) {
  const { seconds, secondsEvaluating, millisecondsPerStep, model, report, ...rest } = result;
  expect([seconds, secondsEvaluating, millisecondsPerStep, model, report]).not.toContain(undefined);
  return rest;
}

async function expectFinished(...more: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await resume(...more);
  expect(stderr).not.toMatch(/^error/m);
  expect(exitCode).toBe(0);
  expect(figures(JSON.parse(stdout) as Record<string, unknown>)).toEqual(figures(printed));
  expect(contents(run)).toEqual(contents(finished));
  return stderr;
}

/** Makes the checkpoint one of another version, or anything else, with the right checksum. */
function rewriteCheckpoint(path: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  change(bytes);
  const content = bytes.subarray(0, -32);
  writeFileSync(path, Buffer.concat([content, createHash('sha256').update(content).digest()]));
}

describe('a run', () => {
  it('has its checkpoints beside its other files, and nothing else', () => {
    expect(Object.keys(contents(finished))).toEqual([
      'checkpoints/checkpoint-0000000060.gfn',
      'checkpoints/checkpoint-0000000080.gfn',
      'checkpoints/checkpoint-0000000090.gfn',
      'config.json',
      'metrics.jsonl',
      'model.onnx',
      'report.html',
    ]);
    expect(JSON.parse(readFileSync(join(finished, 'config.json'), 'utf8'))).toMatchObject({
      checkpointEvery: 20,
      keepCheckpoints: 3,
    });
  });

  it('that is finished prints its result again', async () => {
    await expectFinished();
    rmSync(join(run, 'report.html'));
    rmSync(join(run, 'model.onnx'));
    await expectFinished();
    const { stdout } = await gflownet('train', '--resume', run, '--quiet');
    expect(stdout).toMatch(/^steps +90$/m);
  });

  it('that was killed just before its end is cleared of what that left', async () => {
    cpSync(checkpointAt(60), checkpointAt(40));
    writeFileSync(join(run, 'checkpoints', 'checkpoint-0000000090.gfn.12.3.tmp'), 'half a checkpoint');
    const killed = JSON.stringify({ ...(await ownIdentity()), pid: 2 ** 30 });
    for (const lock of ['lock', 'checkpoints/lock']) writeFileSync(join(run, lock), killed);
    await expectFinished();
  });

  it.each([60, 80])('goes on from step %i as if it had not been stopped', async (step) => {
    for (const later of [80, 90]) if (later > step) rmSync(checkpointAt(later));
    writeFileSync(join(run, 'metrics.jsonl'), 'half a li', { flag: 'a' });
    writeFileSync(join(run, 'model.onnx.77.0.tmp'), 'half a model');
    await expectFinished('--threads', '1');
  });

  it('without checkpoints that has not begun starts, one that has is refused', async () => {
    rmSync(join(run, 'checkpoints'), { recursive: true });
    expect(await resume()).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(
        /^error \[ERR_CHECKPOINT\]: --resume: .*has no checkpoints, but the run has begun/,
      ) as string,
    });
    expect(existsSync(join(run, 'lock'))).toBe(false);
    truncateSync(join(run, 'metrics.jsonl'));
    await expectFinished();
  });

  it('of another number of steps in its config.json goes on to that', async () => {
    const config = join(run, 'config.json');
    writeFileSync(config, readFileSync(config, 'utf8').replace('"steps": 90,\n  "report', '"steps": 95,\n  "report'));
    const { stdout, exitCode } = await resume();
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ steps: 95, interrupted: false });
  });
});

describe('a damaged checkpoint', () => {
  it('is passed over with a message, and the run ends as it would have', async () => {
    truncateSync(checkpointAt(90), 1000);
    const bytes = readFileSync(checkpointAt(80));
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(checkpointAt(80), bytes);
    const stderr = await expectFinished();
    expect(stderr).toMatch(/^warning: .*0000000090.*; .*0000000080.*checksum.*; going on from .*0000000060\.gfn$/m);
  });

  it('without another one is an error', async () => {
    for (const step of [60, 80, 90]) truncateSync(checkpointAt(step), 10);
    const before = contents(run);
    expect(await resume()).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/^error \[ERR_CHECKPOINT\]: [^\n]+0000000060[^\n]+\n$/) as string,
    });
    expect(contents(run)).toEqual(before);
  });
});

describe('refused with a code, exit code 2 and the run untouched', () => {
  const cases: readonly (readonly [string, () => void | Promise<void>, string[], string, RegExp])[] = [
    ['a setting', () => undefined, ['--steps', '5'], 'ERR_ARGUMENT', /--resume: .*config\.json.*got --steps/],
    ['an environment', () => undefined, ['ising'], 'ERR_ARGUMENT', /got ising/],
    ['another folder', () => undefined, ['--out', 'x', '--force'], 'ERR_ARGUMENT', /got --out, --force/],
    [
      'a checkpoint of another version',
      () => rewriteCheckpoint(checkpointAt(90), (bytes) => bytes.writeUInt32LE(9, 8)),
      [],
      'ERR_CHECKPOINT',
      /0000000090\.gfn: expected a checkpoint of version 1, got version 9/,
    ],
    [
      'a changed configuration',
      () => {
        const config = join(run, 'config.json');
        writeFileSync(config, readFileSync(config, 'utf8').replace('"beta": 1', '"beta": 2'));
      },
      [],
      'ERR_CHECKPOINT',
      /of another configuration than the trainer: beta: expected 2, got 1/,
    ],
    [
      'another environment',
      () => {
        const config = join(run, 'config.json');
        writeFileSync(config, readFileSync(config, 'utf8').replace('"side": 4', '"side": 5'));
      },
      [],
      'ERR_CHECKPOINT',
      /environment: expected .*"side":5.*got .*"side":4/,
    ],
    [
      'metrics that are shorter',
      () => truncateSync(join(run, 'metrics.jsonl'), 100),
      [],
      'ERR_CHECKPOINT',
      /metrics\.jsonl: expected at least the \d+ bytes/,
    ],
    [
      'a broken configuration',
      () => writeFileSync(join(run, 'config.json'), '{'),
      [],
      'ERR_CONFIG',
      /config\.json: expected a readable JSON file/,
    ],
  ];
  it.each(cases)('%s', async (_, prepare, more, code, message) => {
    await prepare();
    const before = contents(run);
    const { exitCode, stdout, stderr } = await resume(...more);
    expect(stderr).toMatch(new RegExp(`^error \\[${code}\\]: [^\n]+\n$`));
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
    expect(contents(run)).toEqual(before);
  });

  it('a folder that is no run, or is not there', async () => {
    rmSync(join(run, 'config.json'));
    expect((await resume()).stderr).toMatch(/^error \[ERR_CONFIG\]: .*config\.json: expected the folder of a run/);
    rmSync(run, { recursive: true });
    expect((await resume()).stderr).toMatch(/^error \[ERR_CONFIG\]/);
    expect(existsSync(run)).toBe(false);
  });

  it('a run that another process is at work on', async () => {
    writeFileSync(join(run, 'lock'), JSON.stringify(await ownIdentity()));
    const before = contents(run);
    const message = /^error \[ERR_LOCKED\]: .*run: process \d+ on .* is writing to it/;
    expect(await resume()).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(message) as string });
    const forced = await gflownet('train', ...options, '--out', run, '--force', '--quiet');
    expect(forced).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(message) as string });
    expect(contents(run)).toEqual(before);
  });
});

describe('--force', () => {
  it('removes the checkpoints of the former run', async () => {
    const shorter = [...options.map((option) => (option === '90' ? '30' : option)), '--out', run, '--force', '--quiet'];
    expect((await gflownet('train', ...shorter)).exitCode).toBe(0);
    expect(readdirSync(join(run, 'checkpoints')).map((name) => Number(/\d+/.exec(name)![0]))).toEqual([0, 20, 30]);
  });
});

describe('the built program', () => {
  beforeAll(() => {
    execFileSync(process.execPath, [join(root, 'scripts', 'setup.js')], { stdio: 'ignore' });
  }, 600_000);

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('leaves a checkpoint at %s, from which the run ends as it would have', async (signal, code) => {
    const long = 'hypergrid --side 8 --hidden 32 --seed 3 --steps 3000 --report-every 1000 --checkpoint-every 0'.split(
      ' ',
    );
    const alone = join(folder, `alone-${signal}`);
    expect((await gflownet('train', ...long, '--out', alone, '--quiet')).exitCode).toBe(0);
    rmSync(run, { recursive: true });
    const child = spawn(process.execPath, [program, 'train', ...long, '--out', run, '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    await expect.poll(() => existsSync(join(run, 'checkpoints')), { timeout: 20_000, interval: 5 }).toBe(true);
    expect((await resume()).stderr).toMatch(new RegExp(`^error \\[ERR_LOCKED\\].* process ${child.pid!} `));
    await new Promise((resolve) => setTimeout(resolve, 100));
    child.kill(signal);
    const [exitCode] = (await once(child, 'close')) as [number];
    expect(exitCode).toBe(code);
    const { steps } = (stdout === '' ? { steps: 0 } : JSON.parse(stdout)) as { steps: number };
    expect(steps).toBeLessThan(3000);
    expect(existsSync(checkpointAt(steps))).toBe(true);
    expect((await resume()).exitCode).toBe(0);
    if (steps > 0) rmSync(checkpointAt(steps)); // which a run that is left alone does not have
    expect(contents(run)).toEqual(contents(alone));
  });

  it.skipIf(process.platform === 'win32')('that may write no large files says so, and the run can go on', async () => {
    rmSync(checkpointAt(90));
    const before = contents(run);
    // One block of 512 bytes: a checkpoint does not fit.
    const limited = spawn(
      'sh',
      ['-c', 'ulimit -f 1 && exec "$0" "$@"', process.execPath, program, 'train', '--resume', run],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let stderr = '';
    limited.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [exitCode] = (await once(limited, 'close')) as [number];
    expect(stderr).toMatch(/^error \[ERR_OUTPUT\]: .*0000000080\.gfn: the checkpoint cannot be written: EFBIG/m);
    expect(exitCode).toBe(2);
    expect(contents(run)).toEqual({ ...before, 'metrics.jsonl': expect.any(String) as string });
    await expectFinished();
  });
});
