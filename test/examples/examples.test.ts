import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'gflownet-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(command: string, ...args: string[]): Promise<string> {
  return (await promisify(execFile)(command, args, { cwd: root })).stdout;
}

it('train-hypergrid.mjs trains, saves and draws', async () => {
  const lines = (await run(process.execPath, 'examples/train-hypergrid.mjs', join(folder, 'model.onnx'))).split('\n');
  const distances = lines.flatMap((line) => /Σ \|p_θ − p\| = (\S+)/.exec(line)?.[1] ?? []).map(Number);
  expect(distances).toHaveLength(4);
  expect(distances[3]).toBeLessThan(0.01);
  expect(lines.filter((line) => /^[0-7],[0-7] {2}R = \d/.test(line))).toHaveLength(5);
});

describe('baskets.ts, an environment in a module', () => {
  const hosted = join(folder, 'hosted');
  const compiled = join(folder, 'compiled');
  const train = (out: string, ...more: string[]): Promise<string> => {
    const size = ['--hidden', '64,64', '--batch', '32', '--steps', '1000', '--seed', '1'];
    const command = ['--no-install', 'gflownet', 'train', './examples/baskets.ts', '--objective', 'trajectory-balance'];
    return run('npx', ...command, ...size, '--evaluation-samples', '2000', '--json', '--quiet', '--out', out, ...more);
  };
  let result: {
    readonly environment: string;
    readonly l1Sum: number;
    readonly logZ: number;
    readonly exactLogZ: number;
  };
  beforeAll(async () => {
    result = JSON.parse(await train(hosted)) as typeof result;
    await train(compiled, '--environment-options', '{"compile":true}');
  });

  it('reaches the exact distribution', () => {
    expect(result.environment).toBe('baskets');
    expect(result.l1Sum).toBeLessThan(0.05);
    expect(Math.abs(result.logZ - result.exactLogZ)).toBeLessThan(0.02);
  });

  it.each(['metrics.jsonl', 'model.onnx'])('leaves the same %s hosted and compiled', (name) => {
    expect(readFileSync(join(compiled, name)).equals(readFileSync(join(hosted, name)))).toBe(true);
  });

  it('is found again by sample and evaluate', async () => {
    const { environment } = JSON.parse(readFileSync(join(hosted, 'config.json'), 'utf8')) as {
      environment: { module: string };
    };
    expect(environment.module).toBe(relative(hosted, join(root, 'examples', 'baskets.ts')));
    const samples = await run('npx', '--no-install', 'gflownet', 'sample', join(hosted, 'model.onnx'), '--count', '20');
    expect(samples.match(/^[01]{6}\t/gm)).toHaveLength(20);
    const evaluation = await run('npx', '--no-install', 'gflownet', 'evaluate', hosted, '--samples', '1000', '--json');
    expect((JSON.parse(evaluation) as typeof result).l1Sum).toBe(result.l1Sum);
  });
});
