import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../checkpoint/temporary-folder.ts';
import { cornersGraph, tableGraph, written } from '../reward/reward-graphs.ts';
import { gflownet } from './in-process.ts';

const path = temporaryFolder();
const size = ['--dimensions', '2', '--side', '8'];
const short = ['--hidden', '16', '--steps', '20', '--evaluation-samples', '200', '--quiet', '--json'];

async function train(out: string, ...more: string[]): Promise<Readonly<Record<string, unknown>>> {
  const { exitCode, stdout, stderr } = await gflownet(
    'train',
    'hypergrid',
    ...size,
    ...short,
    '--out',
    path(out),
    ...more,
  );
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const config = (run: string) =>
  JSON.parse(readFileSync(path(`${run}/config.json`), 'utf8')) as { reward: Record<string, unknown> };

/** A table of 1, 2, … 64. */
const counted = (name: string) =>
  written(
    path(name),
    tableGraph(
      8,
      Array.from({ length: 64 }, (_, i) => 1 + i),
      'float32',
    ),
  );

describe('--reward', () => {
  it('trains with an ONNX file, and keeps it with the run by name and digest', async () => {
    const file = counted('proxy.onnx');
    const { exactLogZ } = await train('run', '--reward', file, '--score-transform', 'power:2', '--score-cache', '50');
    const z = Array.from({ length: 64 }, (_, i) => (1 + i) ** 2).reduce((sum, r) => sum + r, 0);
    expect(exactLogZ).toBeCloseTo(Math.log(z), 5);
    expect(config('run').reward).toEqual({
      onnx: 'reward.onnx',
      name: 'proxy.onnx',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      scale: 'plain',
      transform: { kind: 'power', exponent: 2 },
      floor: 0,
      cache: 50,
    });
    expect(readFileSync(path('run/reward.onnx'))).toEqual(readFileSync(file));
    expect(readFileSync(path('run/report.html'), 'utf8')).toContain('proxy.onnx');
  });

  it('is found again by sample, evaluate, report, and by a run of the same configuration', async () => {
    await train('run', '--reward', counted('proxy.onnx'), '--score-scale', 'log');
    rmSync(path('proxy.onnx'));
    const model = path('run/model.onnx');
    const sampled = await gflownet('sample', model, '--count', '5', '--jsonl');
    expect(sampled.stderr).toBe('');
    for (const line of sampled.stdout.trim().split('\n')) {
      const { state, logReward } = JSON.parse(line) as { state: string; logReward: number };
      const [x, y] = state.split(',').map(Number);
      expect(logReward).toBe(1 + 8 * x + y);
    }
    const evaluated = await gflownet('evaluate', model, '--samples', '100', '--json');
    expect(evaluated.stderr).toBe('');
    expect((JSON.parse(evaluated.stdout) as { exactLogZ: number }).exactLogZ).toBeCloseTo(
      64 + Math.log((1 - Math.exp(-64)) / (1 - Math.exp(-1))),
      6,
    );
    expect((await gflownet('report', path('run'))).stderr).toBe('');
    const again = await gflownet('train', '--config', path('run/config.json'), '--out', path('again'), '--quiet');
    expect(again.exitCode).toBe(0);
    for (const file of ['config.json', 'model.onnx', 'reward.onnx', 'metrics.jsonl']) {
      expect(readFileSync(path(`again/${file}`))).toEqual(readFileSync(path(`run/${file}`)));
    }
  });

  it('can be overwritten in place, and resumed', async () => {
    await train('run', '--reward', counted('proxy.onnx'), '--checkpoint-every', '10');
    const model = readFileSync(path('run/model.onnx'));
    const files = ['--config', path('run/config.json'), '--out', path('run'), '--force', '--quiet'];
    expect((await gflownet('train', ...files)).exitCode).toBe(0);
    expect(readFileSync(path('run/model.onnx'))).toEqual(model);
    rmSync(path('run/model.onnx'));
    for (const name of ['step-20.ckpt', 'checkpoint-20.bin'])
      rmSync(join(path('run'), 'checkpoints', name), { force: true });
    expect((await gflownet('train', '--resume', path('run'), '--quiet')).exitCode).toBe(0);
    expect(readFileSync(path('run/model.onnx'))).toEqual(model);
    written(path('run/reward.onnx'), cornersGraph(8, 0.5));
    const { exitCode, stderr } = await gflownet('train', '--resume', path('run'), '--quiet');
    expect(stderr).toMatch(/^error \[ERR_MODEL_FILE\].*expected the file with SHA-256/);
    expect(exitCode).toBe(2);
  });

  it('that is gone leaves objects without rewards, which a message says; another one can be given', async () => {
    await train('run', '--reward', counted('proxy.onnx'));
    renameSync(path('run/reward.onnx'), path('elsewhere.onnx'));
    const model = path('run/model.onnx');
    const sampled = await gflownet('sample', model, '--count', '3', '--jsonl');
    expect(sampled.exitCode).toBe(0);
    expect(sampled.stderr).toMatch(/^warning: .*trained with proxy\.onnx .*objects come without rewards/);
    expect(JSON.parse(sampled.stdout.split('\n')[0])).toMatchObject({ logReward: null });
    const evaluated = await gflownet('evaluate', model, '--samples', '100', '--json');
    expect(evaluated.stderr).toMatch(/^warning: /);
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ l1Sum: null, elbo: null });
    const given = await gflownet('sample', model, '--count', '3', '--jsonl', '--reward', path('elsewhere.onnx'));
    expect(given.stderr).toBe('');
    expect(given.stdout).not.toContain('null');
  });

  it('is still the name of a reward where the environment has several', async () => {
    await train('run', '--reward', 'cosine');
    expect(config('run')).toMatchObject({ environment: { reward: 'cosine' } });
    expect(config('run')).not.toHaveProperty('reward');
    await train('both', '--config', path('run/config.json'), '--reward', counted('proxy.onnx'));
    expect(config('both')).toMatchObject({ environment: { reward: 'cosine' }, reward: { name: 'proxy.onnx' } });
  });

  it.each([
    [['--reward', 'no-such.onnx'], /ERR_MODEL_FILE\]: reward\.onnx: no-such\.onnx cannot be read/],
    [['--score-scale', 'log'], /ERR_UNKNOWN_OPTION\]: reward: unknown option "scale"/],
    [
      ['--reward', 'a.onnx', '--score-scale', 'ln'],
      /ERR_ARGUMENT\]: reward\.scale: expected one of plain, log, got "ln"/,
    ],
    [
      ['--reward', 'a.onnx', '--score-transform', 'power'],
      /ERR_ARGUMENT\]: --score-transform: expected identity, absolute, power:EXPONENT/,
    ],
    [['--reward', 'a.onnx', '--score-transform', 'cube:1'], /ERR_ARGUMENT\]: --score-transform: /],
    [['--reward', 'a.onnx', '--score-floor', '-1'], /ERR_ARGUMENT\]: reward\.floor: /],
  ])('%j is refused', async (flags, message) => {
    const { exitCode, stderr } = await gflownet('train', 'hypergrid', ...size, '--out', path('run'), ...flags);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
    expect(existsSync(path('run'))).toBe(false);
  });
});
