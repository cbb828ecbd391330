import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const program = join(root, 'bin', 'gflownet.js');
let folder: string;

beforeAll(() => {
  // The program under test is the built one.
  execFileSync(process.execPath, [join(root, 'scripts', 'setup.js')], { stdio: 'ignore' });
  folder = mkdtempSync(join(tmpdir(), 'gflownet-program-'));
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true }));

async function run(args: readonly string[]) {
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [exitCode] = (await once(child, 'close')) as [number];
  return { exitCode, stdout, stderr };
}

interface TrainResult {
  readonly [field: string]: unknown;
  readonly l1Sum: number;
  readonly logZ: number;
  readonly exactLogZ: number;
  readonly seconds: number;
  readonly model: string;
}

const grid = 'train hypergrid --dimensions 2 --side 8 --batch 16 --seed 1 --hidden 32,32 --json'.split(' ');

async function train(out: string, ...more: string[]): Promise<TrainResult> {
  const { exitCode, stdout, stderr } = await run([...grid, '--out', join(folder, out), ...more]);
  expect(stderr).not.toContain('error');
  expect(exitCode).toBe(0);
  expect(stdout.trim().split('\n')).toHaveLength(1); // exactly one object
  return JSON.parse(stdout) as TrainResult;
}

function contents(run: string): Record<string, string> {
  const entries = readdirSync(join(folder, run), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    files.sort().map((file) => [file.slice(join(folder, run).length + 1), readFileSync(file, 'latin1')]),
  );
}

describe('train', () => {
  it('learns the grid by flow matching and leaves a run', async () => {
    const result = await train('flow', '--objective', 'flow-matching', '--steps', '1000');
    expect(result).toMatchObject({
      environment: 'hypergrid',
      objective: 'flow-matching',
      backend: 'native',
      device: 'cpu',
      seed: 1,
      steps: 1000,
      trajectories: 16_000,
      interrupted: false,
      model: join(folder, 'flow', 'model.onnx'),
    });
    expect(result.exactLogZ).toBeCloseTo(Math.log(22.4), 9);
    expect(result.l1Sum).toBeLessThan(0.2);
    expect(Math.abs(result.logZ - result.exactLogZ)).toBeLessThan(0.1);
    expect(result.millisecondsPerStep).toBeCloseTo(result.seconds, 9);
    const files = contents('flow');
    expect(Object.keys(files)).toEqual([
      'checkpoints/checkpoint-0000000000.gfn',
      'checkpoints/checkpoint-0000001000.gfn',
      'config.json',
      'metrics.jsonl',
      'model.onnx',
      'report.html',
    ]);
    const metrics = files['metrics.jsonl'].trim().split('\n');
    expect(metrics).toHaveLength(500);
    expect(JSON.parse(metrics[499])).toMatchObject({ step: 1000, visits: 16_000, l1Sum: result.l1Sum });
  });

  it.each(['detailed-balance', 'trajectory-balance', 'vargrad', 'sub-trajectory-balance'])(
    'takes %s with all options of the trainer',
    async (objective) => {
      const options =
        '--steps 60 --reward-r0 0.1 --reward-r1 0.5 --reward-r2 2 --learn-backward --threads 1 --hidden 16,16 ' +
        '--learning-rate cosine:0.01:0.001:60 --learning-rate-log-z 0.1 --beta 2 --exploration linear:0.1:0:30 ' +
        '--temperature 1.1 --regression-loss huber:2 --weight-decay 0.001 --clip 10';
      const result = await train(objective, '--objective', objective, ...options.split(' '));
      expect(result.objective).toBe(objective);
      expect(result.exactLogZ).toBeCloseTo(Math.log(4 * 2.6 ** 2 + 12 * 0.6 ** 2 + 48 * 0.1 ** 2), 9); // Σ R²
    },
  );

  it('takes the options of the objectives', async () => {
    const flow = '--objective flow-matching --flow-epsilon 1e-4 --leaf-coefficient 5 --weighting balanced --steps 5';
    await train('flow-options', ...flow.split(' '));
    expect(JSON.parse(contents('flow-options')['config.json'])).toMatchObject({
      objective: { flowEpsilon: 1e-4, leafCoefficient: 5, weighting: 'balanced' },
    });
    const subTrajectory = '--objective sub-trajectory-balance --lambda 0.8 --weighting geometric --steps 5';
    await train('sub-options', ...subTrajectory.split(' '));
    expect(JSON.parse(contents('sub-options')['config.json'])).toMatchObject({
      objective: { lambda: 0.8, weighting: 'geometric' },
    });
  });

  it('trains in TypeScript too', async () => {
    const result = await train('typescript', '--backend', 'typescript', '--steps', '20');
    expect(result.backend).toBe('typescript');
  });

  it('runs a configuration again as it was, byte for byte', async () => {
    await train('first', '--steps', '50');
    const config = join(folder, 'first', 'config.json');
    const { exitCode } = await run(['train', '--config', config, '--out', join(folder, 'second'), '--quiet']);
    expect(exitCode).toBe(0);
    expect(contents('second')).toEqual(contents('first'));
    await train('third', '--steps', '50', '--seed', '2');
    expect(contents('third')['model.onnx']).not.toBe(contents('first')['model.onnx']);
  });

  it('gives runs without --out a name of their own, and overwrites only when forced', async () => {
    const short = ['train', 'hypergrid', '--steps', '3', '--hidden', '8', '--quiet'];
    expect((await run(short)).exitCode).toBe(0);
    expect((await run(short)).exitCode).toBe(0);
    expect(readdirSync(join(folder, 'runs')).sort()).toEqual([
      'hypergrid-trajectory-balance-0',
      'hypergrid-trajectory-balance-0-2',
    ]);
    const again = [...short, '--out', join('runs', 'hypergrid-trajectory-balance-0')];
    expect(await run(again)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('ERR_OUTPUT') as string });
    expect((await run([...again, '--force'])).exitCode).toBe(0);
  });

  it('stops at Ctrl-C with the model saved', async () => {
    const out = join(folder, 'interrupted');
    const child = spawn(
      process.execPath,
      [program, ...grid, '--steps', '100000000', '--report-every', '10', '--out', out],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    await once(child.stderr, 'data'); // the first line of progress
    child.kill('SIGINT');
    const [exitCode] = (await once(child, 'close')) as [number];
    expect(exitCode).toBe(130);
    const result = JSON.parse(stdout) as TrainResult;
    expect(result.interrupted).toBe(true);
    expect(existsSync(join(out, 'report.html'))).toBe(true);
    expect((await run(['sample', join(out, 'model.onnx'), '--count', '2'])).exitCode).toBe(0);
  });
});

describe('a second signal', () => {
  // The first one's code would be the other; the evaluation of so large a grid takes far longer than a signal.
  it.each([
    ['SIGINT', 'SIGTERM', 143],
    ['SIGTERM', 'SIGINT', 130],
  ] as const)('%s, then %s, ends at once', async (first, second, code) => {
    const out = join(folder, `killed-${code}`);
    const grid = 'train hypergrid --dimensions 4 --side 16 --batch 16 --hidden 64 --json --steps 100000000'.split(' ');
    const child = spawn(process.execPath, [program, ...grid, '--report-every', '10', '--out', out], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'close') as Promise<[number]>;
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr === '') child.kill(first);
      const told = stderr.includes('again to quit at once');
      stderr += chunk.toString();
      if (!told && stderr.includes('again to quit at once')) child.kill(second);
    });
    expect((await ended)[0]).toBe(code);
    expect(stdout).toBe('');
    expect(existsSync(join(out, 'report.html'))).toBe(false);
  });
});

describe('the evaluation at the end', () => {
  const short = 'train bit-sequence --batch 4 --steps 2 --hidden 8 --json'.split(' ');

  it('takes as many samples as it is told', async () => {
    const out = join(folder, 'evaluated');
    const { stdout } = await run([...short, '--objective', 'vargrad', '--evaluation-samples', '30', '--out', out]);
    expect(JSON.parse(stdout)).toMatchObject({ interrupted: false, logZSamples: 30 });
    const report = readFileSync(join(out, 'report.html'), 'utf8');
    expect(report).toContain('3 of 7200 objects');
    expect((await run(['report', out])).exitCode).toBe(0);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toBe(report);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends at %s with a report without its figures', async (signal, code) => {
    const out = join(folder, signal);
    // As many samples as would take hours.
    const child = spawn(process.execPath, [program, ...short, '--evaluation-samples', '20000000', '--out', out]);
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('evaluating')) child.kill(signal);
    });
    const [exitCode] = (await once(child, 'close')) as [number];
    expect(exitCode).toBe(code);
    const result = JSON.parse(stdout) as TrainResult;
    expect(result).toMatchObject({ steps: 2, interrupted: true, l1Sum: null, logZ: null });
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Stopped before the evaluation');
    expect(existsSync(result.model)).toBe(true);
  });
});

describe('a saved model', () => {
  let model: string;
  beforeAll(async () => {
    model = (await train('saved', '--steps', '100')).model;
  });

  it('is sampled as JSON lines', async () => {
    const { stdout, exitCode } = await run(['sample', model, '--count', '25000', '--seed', '2', '--jsonl']);
    expect(exitCode).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(25_000);
    const samples = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const sample of samples) {
      expect(Object.keys(sample)).toEqual(['state', 'logReward', 'logProbability']);
    }
    expect(new Set(samples.slice(0, 10_000).map(({ state }) => state)).size).toBeGreaterThan(20);
    // Chunks go on from one another instead of repeating.
    expect(lines.slice(10_000, 10_100)).not.toEqual(lines.slice(0, 100));
    const shorter = await run(['sample', model, '--count', '100', '--seed', '2', '--jsonl']);
    expect(shorter.stdout.trim().split('\n')).toEqual(lines.slice(0, 100));
  });

  it('is sampled as a table', async () => {
    const { stdout } = await run(['sample', model, '--count', '3']);
    const [head, ...rows] = stdout.trim().split('\n');
    expect(head).toBe('state\tlogReward\tlogProbability');
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(row).toMatch(/^\d,\d\t-?[\d.]+\t-[\d.]+$/);
  });

  it('ends quietly when its reader goes away', async () => {
    const child = spawn(process.execPath, [program, 'sample', model, '--count', '10000000'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [exitCode] = (await once(child, 'close')) as [number];
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  });

  it('is evaluated as JSON and as a table', async () => {
    const json = await run(['evaluate', model, '--json', '--samples', '5000']);
    const evaluation = JSON.parse(json.stdout) as Record<string, unknown>;
    expect(evaluation).toMatchObject({ environment: 'hypergrid', empiricalSamples: 5000, modeCount: 4 });
    expect(evaluation.exactLogZ).toBeCloseTo(Math.log(22.4), 9);
    const table = await run(['evaluate', model, '--samples', '5000']);
    expect(table.stdout).toMatch(/^l1Sum +[\d.e−]+ +Σ \|p_θ\(x\) − p\(x\)\|/m);
  });

  it('gives the same report again', async () => {
    const before = contents('saved')['report.html'];
    rmSync(join(folder, 'saved', 'report.html'));
    const { stdout, exitCode } = await run(['report', join(folder, 'saved')]);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`${join(folder, 'saved', 'report.html')}\n`);
    expect(contents('saved')['report.html']).toBe(before);
  });
});

describe('reproduce hypergrid', () => {
  it('compares three methods on three rewards and writes a report', async () => {
    const out = join(folder, 'experiment');
    const { exitCode, stdout } = await run([
      'reproduce',
      'hypergrid',
      '--visits',
      '1280',
      '--batch',
      '64',
      '--out',
      out,
      '--json',
    ]);
    expect(exitCode).toBe(0);
    interface Curve {
      readonly method: string;
      readonly points: readonly {
        readonly visits: number;
        readonly empiricalL1Sum: number;
        readonly l1Sum: number | null;
      }[];
    }
    const { panels } = JSON.parse(stdout) as { panels: { rewardR0: number; curves: Curve[] }[] };
    expect(panels.map(({ rewardR0 }) => rewardR0)).toEqual([0.1, 0.01, 0.001]);
    for (const { curves } of panels) {
      expect(curves.map(({ method }) => method)).toEqual(['flow-matching', 'trajectory-balance', 'mcmc']);
      for (const { method, points } of curves) {
        const last = points[points.length - 1];
        expect(points.length).toBeGreaterThan(10);
        expect(last.visits).toBe(1280);
        expect(last.empiricalL1Sum).toBeLessThan(2);
        for (const { l1Sum } of points) expect(l1Sum === null).toBe(method === 'mcmc');
      }
    }
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Modes found, of 16');
  });
});

describe('set-up', () => {
  it('does nothing the second time, in less than two seconds', () => {
    const started = performance.now();
    const { stderr } = spawnSetup();
    expect(stderr).toContain('everything is up to date');
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

function spawnSetup(): { readonly stderr: string } {
  // Its messages go to standard error, so that commands after it keep standard output to themselves.
  const stderr = execFileSync('sh', ['-c', `"${process.execPath}" "${join(root, 'scripts', 'setup.js')}" 2>&1`], {
    encoding: 'utf8',
  });
  return { stderr };
}

describe('conditions', () => {
  it('trains, samples and evaluates the conditional hypergrid', async () => {
    const flags = 'train conditional-hypergrid --dimensions 2 --side 5 --batch 32 --seed 1 --hidden 64 --steps 2000';
    const out = join(folder, 'conditional');
    const trained = await run([...flags.split(' '), '--json', '--out', out, '--conditions', 'list:0/0.5/1']);
    expect(trained.exitCode).toBe(0);
    const { conditions } = JSON.parse(trained.stdout) as { conditions: (TrainResult & { condition: number[] })[] };
    expect(conditions.map(({ condition }) => condition)).toEqual([[0], [0.5], [1]]);
    for (const { l1Sum, logZ, exactLogZ } of conditions) {
      expect(l1Sum).toBeLessThan(0.2);
      expect(Math.abs(logZ - exactLogZ)).toBeLessThan(0.1);
    }
    const model = join(out, 'model.onnx');
    const sampled = await run(['sample', model, '--condition', '0.5', '--count', '3', '--jsonl']);
    expect(sampled.stdout.trim().split('\n')).toHaveLength(3);
    const evaluated = await run([
      'evaluate',
      model,
      '--condition',
      '0',
      '--condition',
      '1',
      '--samples',
      '100',
      '--json',
    ]);
    const evaluation = JSON.parse(evaluated.stdout) as { l1Sum: number; conditions: { l1Sum: number }[] };
    expect(evaluation.conditions).toHaveLength(2);
    expect(evaluation.l1Sum).toBeCloseTo((evaluation.conditions[0].l1Sum + evaluation.conditions[1].l1Sum) / 2, 12);
    const table = await run(['evaluate', model, '--samples', '100']);
    expect(table.stdout).toMatch(/^condition +logZ +exactLogZ/m);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('distribution under the condition 1');
    for (const condition of [[], ['--condition', '0.5,0.5'], ['--condition', '2']]) {
      for (const command of condition.length === 0 ? ['sample'] : ['sample', 'evaluate']) {
        const wrong = await run([command, model, ...condition]);
        expect(wrong.exitCode).toBe(2);
        expect(wrong.stderr).toMatch(
          /^error \[ERR_CONDITION\]: conditions?(\[0\])?: expected 1 finite number from 0 to 1 /,
        );
        expect(wrong.stdout).toBe('');
      }
    }
    const resumed = await run(['train', '--resume', out, '--json']);
    expect(JSON.parse(resumed.stdout)).toMatchObject({
      steps: 2000,
      l1Sum: (JSON.parse(trained.stdout) as TrainResult).l1Sum,
    });
  });

  it('trains under a temperature', async () => {
    const flags =
      'train hypergrid --dimensions 2 --side 4 --seed 1 --hidden 16 --steps 50 --conditions temperature:0.5:2';
    const out = join(folder, 'tempered');
    expect((await run([...flags.split(' '), '--quiet', '--out', out])).exitCode).toBe(0);
    const sampled = await run(['sample', join(out, 'model.onnx'), '--condition', '2', '--count', '2']);
    expect(sampled.stdout.trim().split('\n')).toHaveLength(3);
    expect((await run(['report', out])).exitCode).toBe(0);
  });
});
