import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import { GfnError, type ErrorCode } from '../../src/error.ts';

const failures: readonly ErrorCode[] = [
  'ERR_ENVIRONMENT',
  'ERR_REWARD',
  'ERR_DIVERGED',
  'ERR_RUNTIME',
  'ERR_NATIVE',
  'ERR_RDKIT',
  'ERR_BUSY',
  'ERR_DISPOSED',
  'ERR_INTERNAL',
];
const wrongInputs: readonly ErrorCode[] = [
  'ERR_ARGUMENT',
  'ERR_UNKNOWN_OPTION',
  'ERR_TOO_LARGE',
  'ERR_NOT_ENUMERABLE',
  'ERR_CONDITION',
  'ERR_MODEL_FILE',
  'ERR_MODEL_ENVIRONMENT',
  'ERR_OPERATOR',
  'ERR_NO_DERIVATIVE',
  'ERR_VOCABULARY',
  'ERR_OUTPUT',
  'ERR_MODULE',
  'ERR_CONFIG',
  'ERR_CHECKPOINT',
  'ERR_LOCKED',
];

test.each(failures)('%s ends with 1', (code) => expect(exitCodeOf(new GfnError(code, ''))).toBe(1));
test.each(wrongInputs)('%s ends with 2', (code) => expect(exitCodeOf(new GfnError(code, ''))).toBe(2));

test('any other error ends with 1', () => {
  for (const error of [new Error('x'), new TypeError('x'), 'x', undefined]) expect(exitCodeOf(error)).toBe(1);
});

test('every documented code is here', () => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const documented = [...page.matchAll(/^\| `(ERR_\w+)` /gm)].map(([, code]) => code);
  expect([...failures, ...wrongInputs].sort()).toEqual(documented.sort());
});
