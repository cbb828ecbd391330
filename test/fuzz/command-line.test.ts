import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect } from 'vitest';
import { environmentFlags } from '../../src/cli/environment-option.ts';
import { objectiveNames, objectiveSettings } from '../../src/cli/objective-option.ts';
import { runSettings, trainerSettings } from '../../src/cli/training-setting.ts';
import { environments } from '../../src/env/registry.ts';
import { flagName } from '../../src/options.ts';
import { gflownet } from '../cli/in-process.ts';
import { smallCases } from '../env/cases.ts';
import { documentedCodes, fuzz } from './campaign.ts';
import { mutations } from './mutation.ts';

const folder = mkdtempSync(join(tmpdir(), 'gflownet-fuzz-cli-'));
const run = join(folder, 'run');
const small = ['--hidden', '4', '--batch', '4', '--steps', '2', '--quiet', '--force'];
await gflownet('train', 'hypergrid', '--dimensions', '2', '--side', '3', ...small, '--out', run);
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a command that may fail, but only with the exit code and the one line that docs/errors.md promises. */
async function answers(...argv: string[]): Promise<void> {
  const { exitCode, stderr } = await gflownet(...argv);
  expect([0, 1, 2], stderr).toContain(exitCode);
  if (exitCode === 0 || stderr.startsWith('Usage:')) return;
  const [, code] = /^error \[(ERR_\w+)\]: /.exec(stderr.trim().split('\n').at(-1) ?? '') ?? [];
  expect([...documentedCodes], stderr).toContain(code);
}

const settings = [...runSettings, ...trainerSettings, ...objectiveSettings];
const flags = [
  ...settings.map(({ flag }) => flag.split(' ')[0]),
  ...[...environmentFlags.values()].map((flag) => flag.split(' ')[0]),
  ...['--objective', '--config', '--json', '--quiet', '--no-learn-backward', '--count', '--samples', '--jsonl', '-h'],
];
// Nothing here makes a run that is allowed and merely long.
const word = fc.oneof(
  fc.constantFrom(
    ...['0', '1', '2', '3', '4', '-1', '1.5', 'NaN', 'Infinity', '1e999', '1e-9', '', ' ', '--', '-', '0x2'],
  ),
  fc.constantFrom(
    ...['9007199254740993', '4294967296', '-0', 'true', 'null', '2,2', '2,', 'linear:1:0:2', 'linear:::'],
  ),
  fc.constantFrom(...['huber:1', 'huber:', 'linex:0', 'relu', 'typescript', 'native', ...objectiveNames]),
  fc.constantFrom(...environments.map(({ name }) => name), run, join(run, 'model.onnx'), join(folder, 'none')),
  fc.string({ maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const token = fc.oneof(fc.constantFrom(...flags), word);
const flagWithValue = fc.tuple(fc.constantFrom(...flags), word).map((pair): string[] => [...pair]);
const tokens = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: flagWithValue },
      token.map((each) => [each]),
    ),
    { maxLength: 3 },
  )
  .map((parts) => parts.flat())
  // A run whose folder is given by chance would be left behind.
  .filter((parts) => !parts.includes('--out'));

/** An environment so small that a run of it is quick, unless the flags that follow say otherwise. */
const trained = fc.constantFrom(
  ...environments.map(({ name }) => {
    const options = Object.entries(smallCases[name][0]).map(([key, value]) => [flagName(key), String(value)]);
    return [name, ...options.flat()];
  }),
);
fuzz('train', 120, fc.tuple(trained, tokens), ([environment, given]) =>
  answers('train', ...environment, ...given, ...small, '--out', join(folder, 'out')),
);

fuzz(
  'sample, evaluate, report and environments',
  200,
  fc.tuple(
    fc.constantFrom('sample', 'evaluate', 'report', 'environments'),
    tokens.filter((given) => !given.includes('4294967296')), // so many samples would be drawn
  ),
  ([command, given]) => answers(command, ...given),
);

const name = fc.oneof(fc.constantFrom('train', 'sample', 'reproduce', 'help', '--version', '--help', ''), word);
fuzz(
  'no command, or another one',
  200,
  fc.tuple(name, fc.constantFrom([], ['--help'], ['--what'], ['x', 'y'])),
  ([command, rest]) => answers(command, ...rest),
);

const keys = ['environment', 'objective', ...settings.map(({ key }) => key)];
const configuration = fc.oneof(
  fc.json(),
  fc.string(),
  fc
    .dictionary(fc.constantFrom(...keys), fc.oneof(fc.jsonValue(), word), { maxKeys: 3 })
    .map((value) => JSON.stringify(value)),
);
fuzz('configuration files', 300, configuration, async (text) => {
  const file = join(folder, 'config.json');
  writeFileSync(file, text);
  await answers('train', '--config', file, ...small, '--out', join(folder, 'out'));
});

const files = ['config.json', 'metrics.jsonl', 'model.onnx'];
const runFile = fc
  .constantFrom(...files)
  .chain((file) =>
    fc.tuple(
      fc.constant(file),
      fc.oneof(fc.uint8Array({ maxLength: 60 }), mutations(readFileSync(join(run, file)), 2)),
    ),
  );

fuzz('files of a run', 40, runFile, async ([file, bytes]) => {
  const copy = join(folder, 'copy');
  cpSync(run, copy, { recursive: true });
  writeFileSync(join(copy, file), bytes);
  await answers('report', copy);
  await answers('train', '--config', join(copy, 'config.json'), ...small, '--out', join(folder, 'out'));
});
