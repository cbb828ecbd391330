import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RunFolder } from '../../src/cli/run-folder.ts';
import { gflownet } from './in-process.ts';

const parent = mkdtempSync(join(tmpdir(), 'gflownet-folder-'));
const path = join(parent, 'run');
const folder = new RunFolder(path);
let configuration: Record<string, unknown>;
let configurationText: string;
let metricsText: string;

beforeAll(async () => {
  const options = '--side 4 --steps 3 --report-every 1 --hidden 4 --seed 7 --threads 1 --quiet'.split(' ');
  const { exitCode, stderr } = await gflownet('train', 'hypergrid', ...options, '--out', path);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  configurationText = readFileSync(folder.configuration, 'utf8');
  configuration = JSON.parse(configurationText) as Record<string, unknown>;
  metricsText = readFileSync(folder.metrics, 'utf8');
});
beforeEach(() => {
  writeFileSync(folder.configuration, configurationText);
  writeFileSync(folder.metrics, metricsText);
});
afterAll(() => rmSync(parent, { recursive: true }));

async function expectReportRefused(code: string, ...messages: string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await gflownet('report', path);
  expect(stderr).toMatch(new RegExp(`^error \\[${code}\\]: [^\n]+\n$`));
  for (const message of messages) expect(stderr).toContain(message);
  expect(stdout).toBe('');
  expect(exitCode).toBe(2);
}

describe('a run', () => {
  it('is read as it was written', async () => {
    expect(JSON.stringify(await folder.readConfiguration())).toBe(JSON.stringify(configuration));
    const rows = metricsText.trim().split('\n');
    expect(rows).toHaveLength(3);
    const wanted = rows.map((row) => {
      const { step, visits, loss, logZ, l1Sum, meanLogReward } = JSON.parse(row) as Record<string, number>;
      return { step, visits, loss, logZ, l1Sum, meanLogReward };
    });
    expect(await folder.readMetrics()).toEqual(wanted);
  });

  it('may have steps whose figures were not finite', async () => {
    writeFileSync(folder.metrics, metricsText.replace(/"loss":[^,]+/, '"loss":null'));
    expect((await folder.readMetrics()).map(({ loss }) => loss === null)).toEqual([true, false, false]);
    expect((await gflownet('report', path)).exitCode).toBe(0);
  });
});

it('begins anew without what a former run has left', async () => {
  const other = new RunFolder(join(parent, 'again'));
  const recorded = await folder.readConfiguration();
  await other.begin(recorded);
  await other.close();
  for (const file of [other.metrics, other.model, other.report]) writeFileSync(file, 'old');
  await other.begin({ ...recorded, seed: 8 });
  await other.close();
  expect(readdirSync(other.path).sort()).toEqual(['config.json', 'metrics.jsonl']);
  expect(readFileSync(other.metrics, 'utf8')).toBe('');
  expect((await other.readConfiguration()).seed).toBe(8);
});

describe('a damaged configuration is ERR_CONFIG, which names the file', () => {
  it.each<[string, string | ((whole: Record<string, unknown>) => unknown), string]>([
    ['cut off', '{', 'expected a readable JSON file'],
    ['a list', '[]', 'expected a JSON object'],
    ['empty', '{}', 'got one without environment, objective, steps, seed'],
    ['without its objective', (whole) => ({ ...whole, objective: undefined }), 'got one without objective'],
    ['a seed of null', (whole) => ({ ...whole, seed: null }), 'seed: expected an integer from 0'],
    ['an unknown environment', (whole) => ({ ...whole, environment: 'hypergird' }), 'did you mean "hypergrid"?'],
    ['an environment that is no object', (whole) => ({ ...whole, environment: 3 }), 'environment: expected a name'],
    ['widths that are text', (whole) => ({ ...whole, hidden: 'wide' }), 'hidden: expected an array'],
    ['an unknown setting', (whole) => ({ ...whole, sed: 1 }), 'unknown option "sed"; did you mean "seed"?'],
  ])('%s', async (_, change, message) => {
    const text = typeof change === 'string' ? change : JSON.stringify(change(configuration));
    writeFileSync(folder.configuration, text);
    await expectReportRefused('ERR_CONFIG', folder.configuration, message);
  });
});

describe('damaged metrics are ERR_CONFIG, which names file and line', () => {
  it.each<[string, string, string]>([
    ['null', 'null', 'line 4: expected a JSON object, got null'],
    ['a number', '7', 'line 4: expected a JSON object, got 7'],
    ['cut off', '{"step":4,"vis', 'line 4: '],
    ['without a figure', '{"step":4,"visits":64,"loss":1}', 'line 4: logZ: expected a finite number, got undefined'],
    ['a step that is text', '{"step":"4"}', 'line 4: step: expected a finite number, got "4"'],
  ])('%s', async (_, line, message) => {
    writeFileSync(folder.metrics, `${metricsText}${line}\n`);
    await expectReportRefused('ERR_CONFIG', folder.metrics, message);
  });
});
