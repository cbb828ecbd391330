import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runNode } from './command.js';

const VITEST = 'node_modules/vitest/vitest.mjs';

/** Runs tests, with further environment variables; none at all is a failure too. */
export async function showTests({ files, variables = {} }, folder) {
  const report = join(folder, 'tests.json');
  const args = [VITEST, 'run', ...files.split(' '), '--reporter=json', `--outputFile=${report}`];
  const { ok, stderr } = await runNode(args, variables);
  const counts = await readFile(report, 'utf8').then(JSON.parse, () => null);
  if (counts === null) throw new Error(`vitest left no report: ${stderr.trim().split('\n').at(-1)}`);
  const { numPassedTests: passed, numFailedTests: failed } = counts;
  return {
    ok: ok && failed === 0 && passed > 0,
    printed: `${passed} passed, ${failed} failed`,
    values: { passed, failed },
  };
}
