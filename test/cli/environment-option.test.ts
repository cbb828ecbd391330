import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { resolveRun, withFlags } from '../../src/cli/configuration.ts';
import { gflownet } from './in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'gflownet-options-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const parametersOf = async (environment: string, flags: Readonly<Record<string, string>>) =>
  (await resolveRun(withFlags({ settings: {} }, environment, flags))).environment.parameters;

describe('flags that are lists, matrices or tables', () => {
  const matrix = [0, 1, 1, 0];

  it.each([
    ['numbers', '1e-1,-2', [0.1, -2]],
    ['JSON', ' [0.5, 3]', [0.5, 3]],
    ['a file', file('weights.csv', 'weight\n1\n2\n'), [1, 2]],
  ])('take %s', async (_, weights, expected) => {
    expect((await parametersOf('set', { items: '2', size: '1', weights })).weights).toEqual(expected);
  });

  it.each([
    ['JSON', '[[0,1],[1,0]]'],
    ['numbers', '0,1,1,0'],
    ['a file', file('matrix.json', '[[0,1],[1,0]]')],
  ])('take a matrix as %s', async (_, interactions) => {
    expect((await parametersOf('set', { items: '2', size: '1', interactions })).interactions).toEqual(matrix);
  });

  it('take factors as JSON', async () => {
    const pairwise = '[{"variables":[0,1],"values":[[0,1],[1,0]]}]';
    expect((await parametersOf('factors', { variables: '2', pairwise })).pairwise).toEqual([0, 1, ...matrix]);
  });

  it('take an alphabet as characters or as a list', async () => {
    expect((await parametersOf('sequence', { alphabet: 'ACGU' })).alphabet).toEqual(['A', 'C', 'G', 'U']);
    expect((await parametersOf('sequence', { alphabet: 'CF,CCC' })).alphabet).toEqual(['CF', 'CCC']);
  });
});

it.each([
  ['set', ['--weights', '[1,2'], /--weights: expected JSON/],
  ['set', ['--weights', '1,x'], /weights: 1,x cannot be used: expected numbers or a file/],
  ['sequence', ['--table', join(folder, 'none.npy')], /table: .*none\.npy cannot be used: ENOENT/],
  ['sequence', ['--preset', 'tfbind8'], /table: expected a value for every sequence with preset tfbind8/],
  ['dag', ['--data', file('text.csv', 'a,b\n1,x\n')], /data: expected finite numbers/],
])('train %s %j is refused', async (environment, flags, message) => {
  const { exitCode, stderr } = await gflownet('train', environment, ...flags, '--out', join(folder, 'refused'));
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
});

it('a run of a table needs its file only once', async () => {
  const rows = ['sequence,value', 'aa,1', 'ab,2', 'ba,3', 'bb,4'];
  const table = file('table.csv', rows.join('\n'));
  const options = ['--alphabet', 'ab', '--length', '2', '--style', 'insert', '--table', table];
  const short = ['--steps', '3', '--hidden', '8', '--quiet'];
  const out = join(folder, 'run');
  expect(await gflownet('train', 'sequence', ...options, ...short, '--out', out)).toMatchObject({ exitCode: 0 });
  rmSync(table);
  const again = join(folder, 'again');
  const config = join(out, 'config.json');
  expect(await gflownet('train', '--config', config, '--quiet', '--out', again)).toMatchObject({ exitCode: 0 });
  for (const name of ['config.json', 'metrics.jsonl', 'model.onnx', 'report.html']) {
    expect(readFileSync(join(again, name)).equals(readFileSync(join(out, name)))).toBe(true);
  }
  expect(readFileSync(config, 'utf8')).not.toContain(folder);
  const { stdout } = await gflownet('evaluate', join(out, 'model.onnx'), '--samples', '100', '--json');
  expect((JSON.parse(stdout) as { exactLogZ: number }).exactLogZ).toBeCloseTo(Math.log(10), 10);
});
