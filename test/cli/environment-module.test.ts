import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FlowModel } from '../../src/index.ts';
import { isModulePath } from '../../src/cli/environment-module.ts';
import { gflownet } from './in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'gflownet-module-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Counts up to `most`, one or two at a time; R = 1 + the count. */
const description = `{
  name: 'climb',
  parameters: { most },
  actions: 3, // one, two, stop
  maximumLength: most + 1,
  observation: { width: 2, size: most + 3 },
  initial: () => [0, 0],
  isTerminal: ([, finished]) => finished === 1,
  allowed: ([height, finished], action) => finished === 0 && (action === 2 || height + action + 1 <= most),
  apply: ([height], action) => (action === 2 ? [height, 1] : [height + action + 1, 0]),
  backwardAllowed: ([height, finished], action) => (action === 2 ? finished === 1 : finished === 0 && height > action),
  undo: ([height], action) => (action === 2 ? [height, 0] : [height - action - 1, 0]),
  key: (state) => state,
  observe: ([height, finished]) => [height, most + 1 + finished],
  logReward: ([height]) => Math.log(1 + height),
  format: ([height]) => String(height),
  parse: (text) => [Number(text), 1],
}`;
const imported = "import { defineEnvironment } from 'gflownet';\n";
const constant = `const most = 4;\nconst climb = defineEnvironment(${description});\n`;
const required = "const { defineEnvironment } = require('gflownet');\n";
const rewardOfOne = 'export const reward = { score: (states: unknown[]) => states.map(() => 1) };\n';
const make = `export default ({ most = 4 }) => defineEnvironment(${description});\n`;

const short = [
  '--steps',
  '6',
  '--batch',
  '4',
  '--hidden',
  '8',
  '--evaluation-samples',
  '50',
  '--quiet',
  '--threads',
  '1',
];
const train = (module: string, out: string, ...more: string[]) =>
  gflownet('train', module, ...short, '--out', out, ...more);
const filesOf = (run: string) => ['metrics.jsonl', 'model.onnx'].map((name) => readFileSync(join(run, name), 'latin1'));
const configOf = (run: string) =>
  JSON.parse(readFileSync(join(run, 'config.json'), 'utf8')) as Record<string, Record<string, unknown>>;

it.each([
  ['./my-environment.ts', true],
  ['my-environment.MJS', true],
  ['environments/mine', true],
  ['..\\mine.cjs', true],
  ['hypergrid', false],
  ['bit-sequence', false],
])('%s as a module: %s', (text, expected) => expect(isModulePath(text)).toBe(expected));

describe('a module', () => {
  const compiled = join(tmpdir(), 'jiti'); // where a cache would be
  const hadCompiled = existsSync(compiled);
  const forms: readonly (readonly [string, string])[] = [
    ['an.mjs', `${imported}${constant}export default climb;\n`],
    ['a-function.mjs', imported + make],
    ['async.mjs', `${imported}${constant}export default async () => climb;\n`],
    ['plain.js', `${imported}${constant}export default climb;\n`],
    ['common.js', `${required}${constant}module.exports = climb;\n`],
    ['common.cjs', `${required}${constant}module.exports = () => climb;\n`],
    ['named.cjs', `${required}${constant}exports.default = climb;\n`],
    [
      'typed.ts',
      `${imported}const cast = (value: number): number => value as number;\nconst most = cast(4);\n` +
        `export default defineEnvironment<[number, number]>(${description});\n`,
    ],
    ['typed.mts', `${imported}import { most } from './most.ts';\nexport default defineEnvironment(${description});\n`],
    ['required.cts', `${required}${constant}export = climb;\n`],
  ];
  beforeAll(() => write('most.ts', 'export const most: number = await Promise.resolve(4);\n'));

  it.each(forms)('%s trains like every other form of it', async (name, content) => {
    const run = join(folder, `run-${name}`);
    expect(await train(write(name, content), run)).toMatchObject({ exitCode: 0, stderr: '' });
    const first = join(folder, 'run-an.mjs');
    expect(filesOf(run)).toEqual(filesOf(first));
    expect(configOf(run).environment).toMatchObject({ name: 'climb', module: `../${name}` });
  });

  it('leaves nothing beside it', () => {
    expect(readdirSync(folder).filter((name) => /cache|jiti|node_modules/.test(name))).toEqual([]);
    expect(existsSync(compiled)).toBe(hadCompiled);
  });

  it('may export an environment of this package', async () => {
    const module = write('grid.ts', "import { hypergrid } from 'gflownet';\nexport default hypergrid({ side: 4 });\n");
    const run = join(folder, 'grid');
    expect(await train(module, run)).toMatchObject({ exitCode: 0 });
    expect(configOf(run).environment.signature).toMatchObject({ parameters: { dimensions: 2, side: 4 } });
  });

  it('may export a reward, which sample and evaluate have too', async () => {
    const run = join(folder, 'rewarded');
    const module = write('rewarded.ts', `${imported}${rewardOfOne}${make}`);
    const options = ['--score-transform', 'product:3', '--score-floor', '0.5', '--score-cache', '10'];
    expect(await train(module, run, ...options, '--score-time-limit', '5')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(configOf(run).reward).toEqual({
      transform: { kind: 'product', factor: 3 },
      floor: 0.5,
      cache: 10,
      timeLimit: 5,
    });
    const { stdout } = await gflownet('sample', run, '--count', '5', '--jsonl');
    const rewards = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { logReward: number }).logReward);
    expect(rewards).toEqual(Array(5).fill(Math.log(3)));
    const evaluation = await gflownet('evaluate', run, '--samples', '50', '--json');
    expect((JSON.parse(evaluation.stdout) as { exactLogZ: number }).exactLogZ).toBeCloseTo(Math.log(15), 10);
  });

  it('has its options in the configuration, which runs again', async () => {
    const module = write('options.ts', imported + make);
    const run = join(folder, 'options');
    expect(await train(module, run, '--environment-options', '{"most":7}')).toMatchObject({ exitCode: 0 });
    expect(configOf(run).environment).toMatchObject({ options: { most: 7 }, signature: { maximumLength: 8 } });
    const again = join(folder, 'options-again');
    const ended = await gflownet('train', '--config', join(run, 'config.json'), '--quiet', '--out', again);
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    for (const name of ['config.json', 'metrics.jsonl', 'model.onnx', 'report.html']) {
      expect(readFileSync(join(again, name)).equals(readFileSync(join(run, name))), name).toBe(true);
    }
  });

  it('may be named by a configuration file, from its folder', async () => {
    write('options.ts', imported + make);
    const config = write('file.json', JSON.stringify({ environment: './options.ts', steps: 3 }));
    const run = join(folder, 'file');
    const ended = await gflownet('train', '--config', config, '--hidden', '8', '--quiet', '--out', run);
    expect(ended).toMatchObject({ exitCode: 0 });
    expect(configOf(run).environment.module).toBe('../options.ts');
  });
});

describe('a run of a module', () => {
  const source = join(folder, 'moving.ts');
  const run = join(folder, 'moving');
  beforeAll(async () => {
    write('moving.ts', imported + make);
    expect(await train(source, run, '--environment-options', '{"most":6}', '--checkpoint-every', '3')).toMatchObject({
      exitCode: 0,
    });
  });
  const commands = [
    ['sample', ['sample', join(run, 'model.onnx'), '--count', '3']],
    ['evaluate', ['evaluate', run, '--samples', '50']],
    ['report', ['report', run]],
    ['train --resume', ['train', '--resume', run, '--quiet']],
  ] as const;

  it.each(commands)('goes on with %s', async (_, argv) => {
    expect(await gflownet(...argv)).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('that was stopped ends as one that was not', async () => {
    const stopped = join(folder, 'stopped');
    cpSync(run, stopped, { recursive: true });
    rmSync(join(stopped, 'checkpoints', 'checkpoint-0000000006.gfn'));
    expect(await gflownet('train', '--resume', stopped, '--quiet')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(filesOf(stopped)).toEqual(filesOf(run));
  });

  describe('whose module has gone', () => {
    const moved = join(folder, 'moved.ts');
    beforeAll(() => renameSync(source, moved));
    afterAll(() => renameSync(moved, source));

    it.each(commands)('%s says what it looked for and what to do', async (_, argv) => {
      const { exitCode, stdout, stderr } = await gflownet(...argv);
      expect(stderr).toMatch(
        /^error \[ERR_MODULE\]: the environment climb of .*config\.json: .*moving\.ts: .*there is no such file; give the module's place with --environment/,
      );
      expect([exitCode, stdout]).toEqual([2, '']);
    });

    it.each(commands)('%s takes the place that it is told', async (_, argv) => {
      expect(await gflownet(...argv, '--environment', moved)).toMatchObject({ exitCode: 0, stderr: '' });
    });
  });

  describe('whose module has changed', () => {
    const original = imported + make;
    afterAll(() => writeFileSync(source, original));

    it.each(commands)('%s warns', async (_, argv) => {
      writeFileSync(source, `${original}// more\n`);
      const { exitCode, stderr } = await gflownet(...argv);
      expect(stderr).toMatch(/^warning: .*moving\.ts has changed since the run of .*config\.json began/);
      expect(exitCode).toBe(0);
    });

    it.each(commands)('%s refuses another environment', async (command, argv) => {
      writeFileSync(source, original.replace('maximumLength: most + 1', 'maximumLength: most + 2'));
      const { exitCode, stderr } = await gflownet(...argv);
      const code = command === 'train --resume' ? 'ERR_CHECKPOINT' : 'ERR_MODEL_ENVIRONMENT';
      expect(stderr).toMatch(
        new RegExp(`^error \\[${code}\\]: .*moving.ts makes another environment.*maximumLength":7.*maximumLength":8`),
      );
      expect(exitCode).toBe(2);
    });
  });

  describe('whose model lies elsewhere', () => {
    const copy = join(folder, 'copies', 'model.onnx');
    beforeAll(() => cpSync(join(run, 'model.onnx'), copy));

    it('needs the module', async () => {
      const { exitCode, stderr } = await gflownet('sample', copy);
      expect(stderr).toMatch(
        /^error \[ERR_MODEL_ENVIRONMENT\]: .*climb, most 6, which is none of this package .*--environment/,
      );
      expect(exitCode).toBe(2);
    });

    it('takes it, with its options', async () => {
      const options = ['--environment', source, '--environment-options', '{"most":6}'];
      const here = await gflownet('sample', run, '--count', '4');
      expect(await gflownet('sample', copy, '--count', '4', ...options)).toEqual(here);
      const { stderr } = await gflownet('sample', copy, '--environment', source);
      expect(stderr).toMatch(
        /^error \[ERR_MODEL_ENVIRONMENT\]: environment: expected that of .*climb, most 6; got climb, most 4/,
      );
    });

    it('is refused by the library without its environment', async () => {
      await expect(FlowModel.load(copy)).rejects.toMatchObject({
        code: 'ERR_MODEL_ENVIRONMENT',
        message: expect.stringMatching(
          /is of the environment climb, most 6.*expected it in the option environment/,
        ) as string,
      });
    });
  });
});

describe('wrong modules', () => {
  const law = description.replace('[height - action - 1, 0]', '[0, 0]');
  const cases: readonly (readonly [
    name: string,
    content: string | null,
    args: string[],
    code: string,
    message: RegExp,
  ])[] = [
    [
      'missing.ts',
      null,
      [],
      'ERR_MODULE',
      /missing\.ts: expected a module that exports an environment: there is no such/,
    ],
    ['module.json', '{}', [], 'ERR_MODULE', /module\.json: expected a module that ends in \.js/],
    ['syntax.ts', 'export default {;\n', [], 'ERR_MODULE', /syntax\.ts: cannot be loaded: .*syntax\.ts:1:16/],
    ['syntax.mjs', 'export default {;\n', [], 'ERR_MODULE', /syntax\.mjs: cannot be loaded/],
    [
      'none.ts',
      'export const x = 1;\n',
      [],
      'ERR_MODULE',
      /expected a default export made by defineEnvironment.*got nothing/,
    ],
    ['empty.cjs', '', [], 'ERR_MODULE', /empty\.cjs: expected a default export/],
    ['number.ts', 'export default 5;\n', [], 'ERR_MODULE', /number\.ts: expected a default export.*got 5/],
    [
      'bare.ts',
      `const most = 4;\nexport default ${description};\n`,
      [],
      'ERR_MODULE',
      /wrap the description in defineEnv/,
    ],
    [
      'returns.mjs',
      'export default () => 7;\n',
      [],
      'ERR_MODULE',
      /expected its function to return an environment, got 7/,
    ],
    ['throws.ts', "throw new TypeError('too tired');\n", [], 'ERR_MODULE', /throws\.ts: cannot be loaded: too tired/],
    ['fails.ts', "export default () => { throw new Error('no'); };\n", [], 'ERR_MODULE', /its function failed: no/],
    [
      'imports.ts',
      "import './not-there.ts';\n",
      [],
      'ERR_MODULE',
      /cannot be loaded: Cannot find module '\.\/not-there\.ts'/,
    ],
    [
      'reward.ts',
      `${imported}${constant}export default climb;\nexport const reward = 3;\n`,
      [],
      'ERR_MODULE',
      /expected reward to be an object with score, got 3/,
    ],
    [
      'lawless.ts',
      `${imported}const most = 4;\nexport default defineEnvironment(${law});\n`,
      [],
      'ERR_ENVIRONMENT',
      /lawless\.ts: /,
    ],
    [
      'own.ts',
      imported + make,
      ['--side', '4'],
      'ERR_UNKNOWN_OPTION',
      /--side is not an option of a module.*--environment-options/,
    ],
    ['own.ts', imported + make, ['--environment-options', '{'], 'ERR_ARGUMENT', /--environment-options: expected JSON/],
    [
      'own.ts',
      imported + make,
      ['--environment-options', '[1]'],
      'ERR_ARGUMENT',
      /options of .*own\.ts: expected a JSON object/,
    ],
    [
      'own.ts',
      imported + make,
      ['--score-floor', '1'],
      'ERR_ARGUMENT',
      /reward: expected none, without --reward FILE\.onnx or a module that exports/,
    ],
    [
      'own.ts',
      imported + make,
      ['--score-transform', 'power'],
      'ERR_ARGUMENT',
      /--score-transform: expected identity, .*power:EXP/,
    ],
    [
      'constant.ts',
      `${imported}${constant}export default climb;\n`,
      ['--environment-options', '{"most":3}'],
      'ERR_ARGUMENT',
      /expected none, since it exports an environment and no function/,
    ],
    [
      'own.ts',
      imported + make,
      ['--environment', 'x.ts'],
      'ERR_ARGUMENT',
      /--environment: expected a module with --resume only/,
    ],
  ];

  it.each(cases)('%s', async (name, content, args, code, message) => {
    const path = join(folder, name);
    if (content !== null) write(name, content);
    const out = join(folder, 'wrong');
    const { exitCode, stdout, stderr } = await train(path, out, ...args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(new RegExp(`^error \\[${code}\\]: [^\n]+\n$`));
    expect([exitCode, stdout, existsSync(out)]).toEqual([code === 'ERR_ENVIRONMENT' ? 1 : 2, '', false]);
  });

  it('options of a module are none of a built-in environment', async () => {
    const { stderr } = await train('hypergrid', join(folder, 'wrong'), '--environment-options', '{}');
    expect(stderr).toMatch(/^error \[ERR_UNKNOWN_OPTION\]: --environment-options is not an option of hypergrid/);
  });
});
