// Runs the tests of the native parts with an addon built under a sanitizer of g++:
// `npm run test:sanitizers -- address|undefined|thread [--short]`, several separated by commas where they go together.
// Whatever a sanitizer reports, in this process or one that a test starts, fails.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SetupError, outputOf } from './setup/command.js';
import { addonIn, ensureVariant } from './setup/native.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Tests of the addon's lifetime, workers, threads and every objective; and all tests that run native code. */
const SHORT = ['test/trainer/native-engine.test.ts'];
const ALL = ['test/trainer', 'test/env/native-parity.test.ts', 'test/model/flow-model.test.ts', 'test/sampler'];

/** Under a sanitizer nothing is fast, and one file at a time is enough. */
const VITEST = ['--no-file-parallelism', '--test-timeout=600000', '--hook-timeout=600000'];

/** Runtime library and options of each; `log_path` is added. */
const sanitizers = {
  // Node leaves memory to the end of the process; `npm run verify -- --claim memory` looks for leaks.
  address: { library: 'libasan.so', variable: 'ASAN_OPTIONS', options: ['detect_leaks=0', 'abort_on_error=0'] },
  undefined: { library: 'libubsan.so', variable: 'UBSAN_OPTIONS', options: ['print_stacktrace=1'] },
  // Node, V8 and ONNX Runtime are not instrumented: what they do to each other's memory is not looked at.
  thread: {
    library: 'libtsan.so',
    variable: 'TSAN_OPTIONS',
    options: [
      'ignore_noninstrumented_modules=1',
      'second_deadlock_stack=1',
      `suppressions=${join(root, 'scripts', 'sanitizers', 'thread.txt')}`,
    ],
  },
};

function usage(problem) {
  throw new SetupError(`${problem}; expected ${Object.keys(sanitizers).join(', ')}, and --short if wanted`);
}

/** Environment variables that put the sanitizers' runtimes before everything else in every Node process. */
function environmentFor(names, addon, log) {
  const chosen = names.map((name) => sanitizers[name]);
  // The C++ library too, since Node has its own inside and a sanitizer looks for the functions that throw exceptions.
  const libraries = [...chosen.map(({ library }) => library), 'libstdc++.so.6'];
  const options = chosen.map((each) => [each.variable, [...each.options, `log_path=${log}`].join(':')]);
  return {
    ...process.env,
    ...Object.fromEntries(options),
    LD_PRELOAD: libraries.map((library) => outputOf('g++', [`-print-file-name=${library}`])).join(' '),
    GFLOWNET_ADDON: addon,
  };
}

function main() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { short: { type: 'boolean' } } });
  const [list, ...files] = positionals;
  const names = (list ?? '').split(',');
  const unknown = names.find((name) => !(name in sanitizers));
  if (unknown !== undefined) usage(`sanitizer: got ${unknown || 'none'}`);
  const folder = join('build', 'sanitizers', names.join('-'));
  ensureVariant(root, folder, { GFLOWNET_SANITIZER: names.join(',') });
  const logs = mkdtempSync(join(tmpdir(), 'gflownet-sanitizers-'));
  try {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const chosen = files.length > 0 ? files : values.short ? SHORT : ALL;
    const env = environmentFor(names, addonIn(root, folder), join(logs, 'report'));
    const { status } = spawnSync(process.execPath, [vitest, 'run', ...VITEST, ...chosen], {
      cwd: root,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const reports = readdirSync(logs);
    for (const name of reports) console.error(readFileSync(join(logs, name), 'utf8'));
    const ok = status === 0 && reports.length === 0;
    console.error(`sanitizers ${list}: ${ok ? 'nothing found' : `FAILED, ${reports.length} reports`}`);
    process.exitCode = ok ? 0 : 1;
  } finally {
    rmSync(logs, { recursive: true });
  }
}

try {
  main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`sanitizers: ${error.message}`);
  process.exitCode = 1;
}
