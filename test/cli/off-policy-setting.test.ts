import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hypergrid } from '../../src/env/hypergrid.ts';
import { Trainer, trajectoryBalance } from '../../src/index.ts';
import { gflownet } from './in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'gflownet-off-policy-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const short = '--side 4 --hidden 8 --batch 4 --steps 6 --seed 5 --learning-rate 0.01 --learning-rate-log-z 0.1'.split(
  ' ',
);
const train = (out: string, ...more: string[]) =>
  gflownet('train', 'hypergrid', ...short, '--evaluation-samples', '50', '--quiet', '--out', out, ...more);
const read = (run: string, name: string) => readFileSync(join(run, name), 'latin1');
const configOf = (run: string) => JSON.parse(read(run, 'config.json')) as Record<string, unknown>;

const objects = write('objects.txt', '0,3\n3,0\n\n2,2\n');
const replay =
  '--replay 3 --replay-capacity 20 --replay-keep best --replay-draw reward --replay-unique --replay-warm-up 2 ' +
  '--replay-noise 0.01 --replay-drop 0.05';
const search =
  '--local-search 2 --local-search-rounds 2 --local-search-back-ratio 0.75 --local-search-acceptance barker';
const flags = `${replay} ${search} --reward-delay 1 --dataset-trajectories 3`.split(' ').concat('--dataset', objects);

describe('a run off its policy', () => {
  const run = join(folder, 'run');
  beforeAll(async () => {
    expect(await train(run, ...flags, '--checkpoint-every', '4')).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('has its settings in the configuration', () => {
    expect(configOf(run)).toMatchObject({
      replay: {
        trajectories: 3,
        capacity: 20,
        keep: 'best',
        draw: 'reward',
        unique: true,
        warmUp: 2,
        noise: 0.01,
        drop: 0.05,
      },
      localSearch: { trajectories: 2, rounds: 2, backRatio: 0.75, acceptance: 'barker' },
      dataset: { trajectories: 3, objects: ['0,3', '3,0', '2,2'] },
      rewardDelay: 1,
    });
    expect(read(run, 'config.json')).not.toContain('objects.txt');
  });

  it('trains as the library does', async () => {
    const trainer = await Trainer.create({
      environment: hypergrid({ dimensions: 2, side: 4 }),
      objective: trajectoryBalance(),
      hidden: [8],
      batchSize: 4,
      seed: 5,
      learningRate: 0.01,
      learningRateLogZ: 0.1,
      replay: {
        trajectories: 3,
        capacity: 20,
        keep: 'best',
        draw: 'reward',
        unique: true,
        warmUp: 2,
        noise: 0.01,
        drop: 0.05,
      },
      localSearch: { trajectories: 2, rounds: 2, backRatio: 0.75, acceptance: 'barker' },
      dataset: { trajectories: 3, objects: ['0,3', '3,0', '2,2'] },
      rewardDelay: 1,
    });
    const losses: number[] = [];
    for await (const { loss } of trainer.train({ steps: 6 })) losses.push(loss);
    trainer.dispose();
    const lines = read(run, 'metrics.jsonl').trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { loss: number }).loss)).toEqual(losses);
  });

  it('runs again from its configuration', async () => {
    const again = join(folder, 'again');
    const ended = await gflownet('train', '--config', join(run, 'config.json'), '--quiet', '--out', again);
    expect(ended).toMatchObject({ exitCode: 0 });
    for (const name of ['config.json', 'metrics.jsonl', 'model.onnx']) expect(read(again, name)).toBe(read(run, name));
  });

  it('that was stopped ends as one that was not', async () => {
    const model = read(run, 'model.onnx');
    rmSync(join(run, 'checkpoints', 'checkpoint-0000000006.gfn'));
    rmSync(join(run, 'model.onnx'));
    expect(await gflownet('train', '--resume', run, '--quiet')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(read(run, 'model.onnx')).toBe(model);
  });

  it('keeps its settings when it goes on', async () => {
    const { exitCode, stderr } = await gflownet('train', '--resume', run, '--replay-capacity', '9');
    expect(stderr).toMatch(/--resume: expected no other settings .*got --replay-capacity/);
    expect(exitCode).toBe(2);
  });
});

describe('a dataset', () => {
  it.each([
    ['sample', []],
    ['sample --jsonl', ['--jsonl']],
  ])('may be what %s prints, and the batch empty', async (_, format) => {
    const first = join(folder, 'first');
    expect(await train(first, '--force')).toMatchObject({ exitCode: 0 });
    const { stdout } = await gflownet('sample', first, '--count', '5', ...format);
    const file = write('samples', stdout);
    const run = join(folder, 'offline');
    const ended = await train(run, '--force', '--batch', '0', '--dataset', file, '--dataset-trajectories', '4');
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect((configOf(run).dataset as { objects: string[] }).objects).toHaveLength(5);
  });

  it('of a configuration file lies beside it', async () => {
    const dataset = { file: 'objects.txt', trajectories: 2 };
    const config = write('config.json', JSON.stringify({ environment: 'hypergrid', hidden: [8], steps: 2, dataset }));
    const run = join(folder, 'configured');
    expect(await gflownet('train', '--config', config, '--quiet', '--out', run)).toMatchObject({ exitCode: 0 });
    expect(configOf(run).dataset).toEqual({ trajectories: 2, objects: ['0,3', '3,0', '2,2'] });
    const other = join(folder, 'reconfigured');
    const more = ['--dataset', write('one.txt', '1,1\n')];
    const ended = await gflownet('train', '--config', join(run, 'config.json'), '--quiet', '--out', other, ...more);
    expect(ended).toMatchObject({ exitCode: 0 });
    expect(configOf(other).dataset).toEqual({ trajectories: 2, objects: ['1,1'] });
  });
});

describe('conditions', () => {
  const conditional = (out: string, ...more: string[]) =>
    gflownet(
      'train',
      'conditional-hypergrid',
      ...short,
      '--evaluation-samples',
      '50',
      '--quiet',
      '--out',
      out,
      ...more,
    );
  const data = ['--dataset-trajectories', '2', '--dataset'];

  it('may be shared by trajectories of a batch, beside a distribution and without', async () => {
    const run = join(folder, 'shared');
    const flags = ['--trajectories-per-condition', '2'];
    expect(await conditional(run, ...flags, '--conditions', 'list:0/1')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(configOf(run).conditions).toMatchObject({
      distribution: { kind: 'list', values: [[0], [1]] },
      trajectoriesPerCondition: 2,
    });
    expect(await conditional(run, '--force', ...flags)).toMatchObject({ exitCode: 0 });
    expect(configOf(run).conditions).toMatchObject({ distribution: { kind: 'uniform' }, trajectoriesPerCondition: 2 });
    const none = await train(join(folder, 'none'), ...flags);
    expect(none.stderr).toMatch(/^error \[ERR_CONDITION\]: conditions: expected none for hypergrid/);
    const zero = await conditional(run, '--force', '--trajectories-per-condition', '0');
    expect(zero.stderr).toMatch(/conditions\.trajectoriesPerCondition: expected an integer from 1 /);
  });

  it.each([
    ['sample', []],
    ['sample --jsonl', ['--jsonl']],
  ])('of a dataset are what %s prints', async (_, format) => {
    const first = join(folder, 'conditional');
    expect(await conditional(first, '--force')).toMatchObject({ exitCode: 0 });
    const { stdout } = await gflownet('sample', first, '--count', '3', '--condition', '0.25', ...format);
    const run = join(folder, 'offline-conditional');
    const ended = await conditional(run, '--force', ...data, write('conditional-samples', stdout));
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(configOf(run).dataset).toMatchObject({ conditions: [[0.25], [0.25], [0.25]] });
    expect(await gflownet('train', '--resume', run)).toMatchObject({ exitCode: 0 });
    const plain = await train(join(folder, 'plain'), ...data, write('conditional-samples', stdout));
    expect(plain.stderr).toMatch(
      /^error \[ERR_CONDITION\]: --dataset: .*: line \d: expected no conditions for hypergrid/,
    );
  });

  it('of a dataset under a temperature', async () => {
    const file = write('tempered.tsv', 'state\tcondition\n0,3\t1.5\n3,0\t0.5\n');
    const run = join(folder, 'tempered');
    expect(await train(run, ...data, file, '--conditions', 'temperature:0.5:2')).toMatchObject({ exitCode: 0 });
    expect(configOf(run).dataset).toMatchObject({ objects: ['0,3', '3,0'], conditions: [[1.5], [0.5]] });
  });

  it.each([
    ['0,3\n', 'line 1: expected a condition beside each object of conditional-hypergrid'],
    ['state\tcondition\n0,3\t0.5\n1,1\n', 'line 3: expected a condition'],
    ['{"state": "0,3"}\n', 'line 1: expected a condition'],
    ['state\tcondition\n0,3\t2\n', 'dataset.conditions[0]: expected 1 finite number from 0 to 1 like [0.5], got [2]'],
    ['state\tcondition\n0,3\tx\n', 'dataset.conditions[0]: expected 1 finite number from 0 to 1'],
    ['{"state": "0,3", "condition": 1}\n', 'dataset.conditions[0]: expected 1 finite number from 0 to 1'],
  ])('of a dataset that are missing or none are refused: %j', async (content, message) => {
    const { exitCode, stdout, stderr } = await conditional(
      join(folder, 'refused'),
      ...data,
      write('refused.tsv', content),
    );
    expect(stderr).toMatch(/^error \[ERR_CONDITION\]: /);
    expect(stderr).toContain(message);
    expect([exitCode, stdout]).toEqual([2, '']);
  });
});

const data = ['--dataset-trajectories', '2', '--dataset'];
it.each<[string[], string, RegExp]>([
  [['--replay', '0'], 'ERR_ARGUMENT', /replay\.trajectories: expected an integer from 1 to \d+, got 0/],
  [['--replay', 'x'], 'ERR_ARGUMENT', /--replay: expected an integer, got "x"/],
  [
    ['--replay', '2', '--replay-noise', '0.1'],
    'ERR_ARGUMENT',
    /replay\.noise: expected 0 unless keep is 'best', got 0\.1/,
  ],
  [
    ['--replay', '2', '--replay-drop', '0.1'],
    'ERR_ARGUMENT',
    /replay\.drop: expected 0 unless keep is 'best', got 0\.1/,
  ],
  [
    ['--replay', '2', '--replay-keep', 'best', '--replay-drop', '2'],
    'ERR_ARGUMENT',
    /replay\.drop: expected a finite number from 0 to 1, got 2/,
  ],
  [['--replay', '2', '--replay-keep', 'newst'], 'ERR_ARGUMENT', /replay\.keep: .*did you mean "newest"\?/],
  [['--replay', '2', '--replay-draw', 'rewards'], 'ERR_ARGUMENT', /replay\.draw: .*did you mean "reward"\?/],
  [['--replay', '2', '--replay-warm-up', '1001'], 'ERR_ARGUMENT', /replay\.warmUp: expected an integer from 1 to 1000/],
  [
    ['--replay-capacity', '9'],
    'ERR_ARGUMENT',
    /--replay-capacity <integer>: expected with --replay <integer>, got it alone/,
  ],
  [['--replay-capacty', '9'], 'ERR_UNKNOWN_OPTION', /did you mean --replay-capacity\?/],
  [
    ['--local-search', '2', '--local-search-back-ratio', '2'],
    'ERR_ARGUMENT',
    /localSearch\.backRatio: expected .* to 1, got 2/,
  ],
  [['--local-search', '2', '--local-search-acceptance', 'metropoli'], 'ERR_ARGUMENT', /did you mean "metropolis"\?/],
  [['--local-search-rounds', '2'], 'ERR_ARGUMENT', /--local-search-rounds .*: expected with --local-search /],
  [['--reward-delay', '-1'], 'ERR_ARGUMENT', /rewardDelay: expected an integer from 0 to 1024, got -1/],
  [['--dataset', objects], 'ERR_ARGUMENT', /--dataset <file>: expected with --dataset-trajectories <integer>/],
  [['--dataset-trajectories', '2'], 'ERR_ARGUMENT', /--dataset-trajectories <integer>: expected with --dataset <file>/],
  [['--batch', '0'], 'ERR_ARGUMENT', /batchSize: expected an integer from 1/],
  [[...data, join(folder, 'none.txt')], 'ERR_ARGUMENT', /--dataset: .*none\.txt cannot be read: ENOENT/],
  [[...data, write('empty.txt', '\n')], 'ERR_ARGUMENT', /empty\.txt: expected at least one object, got none/],
  [[...data, write('bad.txt', '0,0\n0,4\n')], 'ERR_ARGUMENT', /--dataset: .*bad\.txt: line 2: /],
  [[...data, write('bad.jsonl', '{"x": 1}\n')], 'ERR_ARGUMENT', /bad\.jsonl: line 1: expected an object with state/],
])('%j is refused', async (more, code, message) => {
  const { exitCode, stdout, stderr } = await train(join(folder, 'refused'), ...more);
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(new RegExp(`^error \\[${code}\\]: [^\n]+\n$`));
  expect([exitCode, stdout]).toEqual([2, '']);
});
