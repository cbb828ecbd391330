import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalSmiles, molecule, readMolecules, type SeenMolecule } from '../../src/index.ts';
import { networkGraph, written } from '../reward/reward-graphs.ts';
import { gflownet } from './in-process.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const program = join(root, 'bin', 'gflownet.js');
const folder = mkdtempSync(join(tmpdir(), 'gflownet-molecules-'));

/** Toluene is a block, and what benzene and methane make; so is ethane. */
const blocks = [
  { smiles: 'c1ccccc1', atoms: [0, 1, 2, 3, 4, 5] },
  { smiles: 'Cc1ccccc1', atoms: [0, 2, 3, 4, 5, 6] },
  { smiles: 'C', atoms: [0, 0, 0, 0] },
  { smiles: 'CC', atoms: [0, 1] },
  { smiles: 'F', atoms: [0] },
];
const vocabulary = join(folder, 'blocks.json');
const weights = join(folder, 'weights.json');
const blockWeights = [0.1, 0.4, -0.1, 0.5, 0];

const options =
  'train molecule --minimum-blocks 1 --maximum-blocks 8 --hidden 16 --batch 8 --seed 3 --checkpoint-every 20';
const flags = [...options.split(' '), '--blocks', vocabulary, '--weights', weights];
const steps = ['--steps', '60', '--mode-score', '1.5', '--report-every', '7', '--evaluation-samples', '200'];

interface Printed {
  readonly [field: string]: unknown;
  readonly uniqueMolecules: number;
  readonly duplicateTrees: number;
}

const run = join(folder, 'run');
let printed: Printed;
let rows: SeenMolecule[];

beforeAll(async () => {
  // The threads are the built ones.
  execFileSync(process.execPath, [join(root, 'scripts', 'setup.js')], { stdio: 'ignore' });
  writeFileSync(vocabulary, JSON.stringify({ blocks }));
  writeFileSync(weights, JSON.stringify(blockWeights));
  const { exitCode, stdout, stderr } = await gflownet(...flags, ...steps, '--out', run, '--json', '--quiet');
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  printed = JSON.parse(stdout) as Printed;
  rows = await moleculesOf(run);
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true }));

async function moleculesOf(of: string): Promise<SeenMolecule[]> {
  const all: SeenMolecule[] = [];
  for await (const part of readMolecules(join(of, 'molecules'))) all.push(...part);
  return all;
}

function contents(path: string): Record<string, string> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(paths.map((file) => [file.slice(path.length + 1), readFileSync(file, 'latin1')]));
}

/** All that is printed but what differs from run to run. */
function figures({
  seconds,
  secondsEvaluating,
  millisecondsPerStep,
  moleculesPerSecond,
  model,
  report,
  ...rest
}: Printed) {
  expect([seconds, secondsEvaluating, millisecondsPerStep, moleculesPerSecond, model, report]).not.toContain(undefined);
  return rest;
}

function start(...args: readonly string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout.resume();
  return { child, closed: once(child, 'close').then(([code]) => ({ code: code as number | null, stderr })) };
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; !condition(); i++) {
    if (i > 3000) throw new Error('waited in vain');
    await sleep(20);
  }
}

describe('train molecule', () => {
  it('leaves every molecule once, with its score, and says what it has found', () => {
    expect(readdirSync(join(run, 'molecules'))).toEqual(['part-00000.parquet']);
    const smiles = rows.map((row) => row.smiles);
    expect(new Set(smiles).size).toBe(smiles.length);
    const scores = rows.map(({ score }) => score).sort((a, b) => b - a);
    const mean = (k: number) => scores.slice(0, k).reduce((sum, score) => sum + score, 0) / k;
    const good = rows.filter(({ score }) => score > 1.5);
    expect(printed).toMatchObject({
      trajectories: 480,
      uniqueMolecules: rows.length,
      top10: expect.closeTo(mean(10), 9) as number,
      top100: expect.closeTo(mean(100), 9) as number,
      modes: rows.filter(({ mode }) => mode === true).length,
      scaffolds: new Set(good.flatMap(({ scaffold }) => scaffold ?? [])).size,
      moleculesPerSecond: expect.closeTo(480 / (printed.seconds as number), 6) as number,
    });
    expect(printed.duplicateTrees).toBeGreaterThan(0);
    expect(rows.length + printed.duplicateTrees).toBeLessThanOrEqual(480);
    expect(good.length).toBeGreaterThan(10);
    expect(rows.every(({ visit }, i) => visit > (rows[i - 1]?.visit ?? 0) && visit <= 480)).toBe(true);
  });

  it('has canonical SMILES, and the reward of the tree', async () => {
    const smiles = rows.map((row) => row.smiles);
    expect(await canonicalSmiles(smiles)).toEqual(smiles);
    const ofBlocks = [/^c1ccccc1/, /^Cc1ccccc1/, /^C$/, /^CC$/, /^F$/];
    for (const { tree, score } of rows) {
      const parts = tree.split(' ').map((part) => part.split(':').at(-1) ?? '');
      const sum = parts.reduce((total, part) => total + blockWeights[ofBlocks.findIndex((of) => of.test(part))], 0);
      expect(Math.log(score)).toBeCloseTo(sum, 9);
    }
  });

  it('leaves the same files when it is run again', async () => {
    const again = join(folder, 'again');
    await gflownet(...flags, ...steps, '--out', again, '--json', '--quiet');
    expect(contents(again)).toEqual(contents(run));
  });

  it.each([20, 40])('goes on from step %i as if it had not been stopped', async (step) => {
    const stopped = join(folder, `stopped-${step}`);
    cpSync(run, stopped, { recursive: true });
    for (const later of [40, 60]) {
      if (later > step) rmSync(join(stopped, 'checkpoints', `checkpoint-${String(later).padStart(10, '0')}.gfn`));
    }
    const { exitCode, stdout } = await gflownet('train', '--resume', stopped, '--json', '--quiet');
    expect(exitCode).toBe(0);
    expect(figures(JSON.parse(stdout) as Printed)).toEqual(figures(printed));
    expect(contents(stopped)).toEqual(contents(run));
    const { stdout: finished } = await gflownet('train', '--resume', stopped, '--json', '--quiet');
    expect(figures(JSON.parse(finished) as Printed)).toEqual(figures(printed));
    expect((JSON.parse(finished) as Printed).moleculesPerSecond).toBeNull();
  });

  it('survives kill -9 without losing a molecule or having one twice', async () => {
    const killed = join(folder, 'killed');
    const whole = join(folder, 'whole');
    const long = [...flags, '--steps', '400', '--evaluation-samples', '50', '--quiet'];
    await gflownet(...long, '--out', whole);
    const { child, closed } = start(...long, '--out', killed);
    await until(() => existsSync(join(killed, 'checkpoints', 'checkpoint-0000000040.gfn')) || child.exitCode !== null);
    child.kill('SIGKILL');
    await closed;
    await moleculesOf(killed); // readable at any moment
    const { exitCode, stderr } = await gflownet('train', '--resume', killed, '--quiet');
    expect(stderr).not.toMatch(/^error/m);
    expect(exitCode).toBe(0);
    expect(contents(killed)).toEqual(contents(whole));
  });

  it('leaves a readable file with all it has seen when it is interrupted', async () => {
    const interrupted = join(folder, 'interrupted');
    const { child, closed } = start(...flags, '--steps', '100000', '--out', interrupted);
    await until(() => existsSync(join(interrupted, 'checkpoints', 'checkpoint-0000000020.gfn')));
    child.kill('SIGINT');
    expect((await closed).code).toBe(130);
    const seen = await moleculesOf(interrupted);
    const lines = readFileSync(join(interrupted, 'metrics.jsonl'), 'utf8').trim().split('\n');
    expect(seen.length).toBeGreaterThan(20);
    expect(lines.length).toBeGreaterThan(0);
    const html = readFileSync(join(interrupted, 'report.html'), 'utf8');
    expect(html).toContain('Best molecules seen in training');
    expect(html).not.toContain('Random sample of the trained model');
  });

  it('needs no vocabulary file once the run has begun', async () => {
    const moved = join(folder, 'moved');
    cpSync(run, moved, { recursive: true });
    rmSync(join(moved, 'checkpoints', 'checkpoint-0000000060.gfn'));
    writeFileSync(vocabulary, 'no longer a vocabulary');
    try {
      expect(await gflownet('train', '--resume', moved, '--quiet')).toMatchObject({ exitCode: 0 });
      expect(await gflownet('sample', moved, '--count', '3')).toMatchObject({ exitCode: 0 });
      expect(await gflownet('evaluate', moved, '--samples', '50')).toMatchObject({ exitCode: 0 });
      expect(contents(moved)).toEqual(contents(run));
    } finally {
      writeFileSync(vocabulary, JSON.stringify({ blocks }));
    }
  });

  it('says what is wrong with a mode score and with damaged files', async () => {
    const none = join(folder, 'none');
    const grid = await gflownet('train', 'hypergrid', '--mode-score', '1', '--out', none);
    expect(grid).toMatchObject({ exitCode: 2 });
    expect(grid.stderr).toBe(
      'error [ERR_ARGUMENT]: modeScore: expected none for hypergrid, which builds no molecules, got 1\n',
    );
    const bad = await gflownet(...flags, '--mode-score', 'high', '--out', none);
    expect(bad.stderr).toMatch(/^error \[ERR_ARGUMENT\]: --mode-score: expected a finite number/);
    expect(existsSync(none)).toBe(false);
    const damaged = join(folder, 'damaged');
    cpSync(run, damaged, { recursive: true });
    const part = join(damaged, 'molecules', 'part-00000.parquet');
    writeFileSync(part, 'PAR1');
    for (const command of [
      ['train', '--resume', damaged],
      ['report', damaged],
    ]) {
      const { exitCode, stderr } = await gflownet(...command);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`error [ERR_CONFIG]: ${part}: expected a Parquet file of molecules`);
    }
    rmSync(part);
    const gone = await gflownet('train', '--resume', damaged, '--quiet');
    expect(gone).toMatchObject({ exitCode: 2 });
    expect(gone.stderr).toContain(`error [ERR_CHECKPOINT]: ${join(damaged, 'molecules')}: expected the ${rows.length}`);
  });
});

describe('sample --smiles', () => {
  const model = join(run, 'model.onnx');

  it('prints canonical SMILES and rewards, a molecule a line', async () => {
    const { exitCode, stdout, stderr } = await gflownet('sample', model, '--count', '40', '--smiles', '--seed', '5');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    const { stdout: plain } = await gflownet('sample', model, '--count', '40', '--seed', '5');
    const states = plain.trimEnd().split('\n').slice(1);
    expect(lines).toHaveLength(40);
    for (const [i, line] of lines.entries()) {
      const [smiles, score] = line.split('\t');
      expect(await canonicalSmiles([smiles])).toEqual([smiles]);
      expect(Number(score)).toBeCloseTo(Math.exp(Number(states[i].split('\t')[1])), 9);
    }
  });

  it('has the score of the reward of the run, and none where that is not found', async () => {
    const scored = join(folder, 'scored');
    const { stateSize } = molecule({ minimumBlocks: 1, maximumBlocks: 8 });
    const reward = written(join(folder, 'proxy.onnx'), networkGraph('state', stateSize, 'int64'));
    const own = flags.filter((flag) => flag !== '--weights' && flag !== weights);
    const short = ['--reward', reward, '--score-scale', 'log', '--steps', '5', '--quiet', '--evaluation-samples', '50'];
    expect(await gflownet(...own, ...short, '--out', scored)).toMatchObject({ exitCode: 0, stderr: '' });
    const known = (await gflownet('sample', scored, '--count', '9', '--smiles')).stdout.trimEnd().split('\n');
    const scores = known.map((line) => Number(line.split('\t')[1]));
    expect(scores.every((score) => Math.abs(Math.log(score)) < 2.001)).toBe(true);
    expect(new Set(scores).size).toBeGreaterThan(1);
    rmSync(join(scored, 'reward.onnx'));
    rmSync(reward);
    const { exitCode, stdout, stderr } = await gflownet('sample', scored, '--count', '9', '--smiles');
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^warning: .*proxy\.onnx.*: objects come without rewards/);
    expect(stdout.replace(/\n$/, '').split('\n')).toEqual(known.map((line) => `${line.split('\t')[0]}\t`));
  });

  it('refuses what it cannot be used with', async () => {
    const both = await gflownet('sample', model, '--smiles', '--jsonl');
    expect(both).toMatchObject({ exitCode: 2, stdout: '' });
    expect(both.stderr).toBe('error [ERR_ARGUMENT]: --smiles: expected none with --jsonl, got true\n');
    const grid = join(folder, 'grid');
    await gflownet('train', 'hypergrid', '--side', '4', '--hidden', '8', '--steps', '1', '--quiet', '--out', grid);
    const { stderr, exitCode } = await gflownet('sample', grid, '--smiles');
    expect(exitCode).toBe(2);
    expect(stderr).toBe('error [ERR_ARGUMENT]: --smiles: expected a model that builds molecules, got "hypergrid"\n');
  });
});

describe('report', () => {
  it('draws the best molecules and a random sample', () => {
    const html = readFileSync(join(run, 'report.html'), 'utf8');
    expect(html).not.toMatch(/https?:\/\//);
    const [best, sampled] = html
      .split('Best molecules seen in training')[1]
      .split('Random sample of the trained model');
    const scores = (text: string) =>
      [...text.matchAll(/<figcaption><b>([\d.]+)<\/b>/g)].map(([, score]) => Number(score));
    const expected = rows.map(({ score }) => score).sort((a, b) => b - a);
    expect(scores(best)).toEqual(expected.slice(0, 24).map((score) => Number(score.toPrecision(6))));
    expect(scores(sampled)).toHaveLength(24);
    expect(html.match(/<svg [^>]*aria-label="[^"]+"[^>]*>\n<path/g)).toHaveLength(48);
    for (const title of ['Reward of the best molecules', 'Modes and scaffolds', 'Distribution of rewards']) {
      expect(html).toContain(`>${title}</text>`);
    }
  });
});

describe('without RDKit', () => {
  it('trains, samples and reports, and says so', async () => {
    const hook = join(folder, 'no-rdkit.cjs');
    writeFileSync(
      hook,
      `const Module = require('node:module');
       const resolve = Module._resolveFilename;
       Module._resolveFilename = function (name, ...rest) {
         if (name === '@rdkit/rdkit') throw new Error('hidden by the test');
         return resolve.call(this, name, ...rest);
       };`,
    );
    const out = join(folder, 'without');
    const call = (...args: readonly string[]) =>
      execFileSync(process.execPath, ['--require', hook, program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const child = spawn(
      process.execPath,
      [
        ...['--require', hook, program, 'train', 'molecule', '--hidden', '4', '--batch', '4', '--steps', '6'],
        ...['--evaluation-samples', '30', '--quiet', '--json', '--out', out],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await once(child, 'close');
    expect(stderr).toMatch(/^warning: RDKit cannot be used: hidden by the test/);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    const seen = await moleculesOf(out);
    expect(JSON.parse(stdout)).toMatchObject({ uniqueMolecules: seen.length, modes: null, scaffolds: null });
    const smiles = seen.map((row) => row.smiles);
    expect((await canonicalSmiles(smiles)).every((text) => text !== null)).toBe(true);
    const sampled = call('sample', out, '--count', '5', '--smiles').toString().trimEnd().split('\n');
    expect(sampled.map((line) => line.split('\t')[1])).toEqual(['1', '1', '1', '1', '1']);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Best molecules seen in training');
  });
});
