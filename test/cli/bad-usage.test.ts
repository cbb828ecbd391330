import { mkdtempSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { gflownet } from './in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'gflownet-usage-'));
afterAll(() => rmSync(folder, { recursive: true }));

const out = join(folder, 'run');
const random = join(folder, 'random.onnx');
writeFileSync(random, Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 37 + 11) % 256)));
const broken = join(folder, 'broken.json');
writeFileSync(broken, '{');

const train = (...args: string[]) => ['train', 'hypergrid', '--steps', '2', '--out', out, '--quiet', ...args];

/** Arguments, code and what the message says. */
const cases: readonly (readonly [string[], string, RegExp])[] = [
  [train('--side', '0'), 'ERR_ARGUMENT', /side: expected an integer from 2 to 65535, got 0/],
  [train('--side', 'x'), 'ERR_ARGUMENT', /--side: expected an integer, got "x"/],
  [train('--dimensions', '2.5'), 'ERR_ARGUMENT', /--dimensions: expected an integer, got "2.5"/],
  [train('--dimensions', '1000000000'), 'ERR_TOO_LARGE', /dimensions/],
  [train('--batch', '0'), 'ERR_ARGUMENT', /batchSize: expected an integer from 1 to \d+, got 0/],
  [train('--batch', '2147483648'), 'ERR_ARGUMENT', /batchSize: expected an integer from 1 to \d+, got 2147483648/],
  [train('--steps', '0'), 'ERR_ARGUMENT', /steps: expected an integer from 1/],
  [train('--evaluation-samples', '0'), 'ERR_ARGUMENT', /evaluationSamples: expected an integer from 1 to \d+, got 0/],
  [train('--seed', '-1'), 'ERR_ARGUMENT', /seed: expected an integer from 0/],
  [train('--learning-rate', 'NaN'), 'ERR_ARGUMENT', /--learning-rate: expected a number.*got "NaN"/],
  [train('--learning-rate', '-1'), 'ERR_ARGUMENT', /learningRate: expected a finite number from 0/],
  [train('--exploration', '2'), 'ERR_ARGUMENT', /exploration: expected a finite number from 0 to 1, got 2/],
  [train('--exploration', 'linear:1:0'), 'ERR_ARGUMENT', /--exploration: expected a number, linear:START/],
  [train('--regression-loss', 'hubr'), 'ERR_ARGUMENT', /--regression-loss: expected squared/],
  [train('--hidden', '12,x'), 'ERR_ARGUMENT', /--hidden: expected integers separated by commas/],
  [train('--activation', 'rleu'), 'ERR_ARGUMENT', /activation: expected one of .*did you mean "relu"\?/],
  [train('--backend', 'cuda'), 'ERR_ARGUMENT', /backend: expected one of native, typescript, got "cuda"/],
  [train('--objective', 'trajectory-balanse'), 'ERR_ARGUMENT', /objective.*did you mean "trajectory-balance"\?/],
  [train('--objective', 'flow-matching', '--learn-backward'), 'ERR_ARGUMENT', /learnBackward: expected false/],
  [
    train('--objective', 'vargrad', '--lambda', '1'),
    'ERR_UNKNOWN_OPTION',
    /objective vargrad: unknown option "lambda"/,
  ],
  [train('--length', '8'), 'ERR_UNKNOWN_OPTION', /--length is not an option of hypergrid/],
  [train('--stepz', '8'), 'ERR_UNKNOWN_OPTION', /--stepz is not an option; did you mean --steps\?/],
  [train('--reward-r', '8'), 'ERR_UNKNOWN_OPTION', /--reward-r is not an option; did you mean --reward/],
  [train('--config', broken), 'ERR_CONFIG', /broken\.json: expected a readable JSON file/],
  [train('--config', join(folder, 'none.json')), 'ERR_CONFIG', /none\.json/],
  [train('--out', folder), 'ERR_OUTPUT', /exists; choose another folder or give --force/],
  [train('--out', join(random, 'below-a-file')), 'ERR_OUTPUT', /cannot be written/],
  [train('--out', join(random, 'below', 'a-file')), 'ERR_OUTPUT', /cannot be written/],
  [train('--out', random, '--force'), 'ERR_OUTPUT', /random\.onnx cannot be written: it exists and is no folder/],
  [train('--out', ''), 'ERR_ARGUMENT', /--out: expected the path of a folder, got ""/],
  [['reproduce', 'hypergrid', '--out', ''], 'ERR_ARGUMENT', /--out: expected the path of a folder, got ""/],
  [train('more'), 'ERR_ARGUMENT', /too many arguments/],
  [train('--seed'), 'ERR_ARGUMENT', /argument missing/],
  [['train', 'hypergird', '--out', out], 'ERR_ARGUMENT', /did you mean "hypergrid"\?/],
  [['train', '--out', out], 'ERR_ARGUMENT', /environment: expected one of hypergrid/],
  [['trian', 'hypergrid'], 'ERR_ARGUMENT', /command: expected one of train.*got trian; did you mean train\?/],
  [['--versoin'], 'ERR_UNKNOWN_OPTION', /did you mean --version\?/],
  [['sample'], 'ERR_ARGUMENT', /missing required argument 'model'/],
  [['sample', join(folder, 'none.onnx')], 'ERR_MODEL_FILE', /none\.onnx/],
  [['sample', random], 'ERR_MODEL_FILE', /random\.onnx/],
  [['sample', random, '--count', '0'], 'ERR_ARGUMENT', /--count: expected an integer from 1/],
  [['evaluate', random, '--json'], 'ERR_MODEL_FILE', /random\.onnx/],
  [['evaluate', random, '--sample', '5'], 'ERR_UNKNOWN_OPTION', /did you mean --samples\?/],
  [['report', folder], 'ERR_CONFIG', /config\.json: expected the folder of a run/],
  [['environments', 'x'], 'ERR_ARGUMENT', /too many arguments/],
  [['reproduce', 'hypergird'], 'ERR_ARGUMENT', /did you mean hypergrid\?/],
  [['reproduce', 'hypergrid', '--out', folder], 'ERR_OUTPUT', /exists/],
  [['reproduce', 'hypergrid', '--visits', '0'], 'ERR_ARGUMENT', /--visits: expected an integer from 1/],
];

describe('wrong usage', () => {
  it.each(cases)('%j is %s', async (argv, code, message) => {
    const { exitCode, stdout, stderr } = await gflownet(...argv);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(new RegExp(`^error \\[${code}\\]: [^\n]+\n$`)); // one line, no stack
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
    expect(existsSync(out)).toBe(false);
  });

  it('shows where an error came from when asked to', async () => {
    process.env.GFLOWNET_DEBUG = '1';
    try {
      expect((await gflownet('sample', random)).stderr).toMatch(/\n\s+at /);
    } finally {
      delete process.env.GFLOWNET_DEBUG;
    }
  });
});
