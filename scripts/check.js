// Every formatter, linter and type check, for TypeScript and C++, in one command. All of them run even if one fails.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureNative } from './setup/native.js';
import { outputOf } from './setup/command.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const LLVM = '19';

function nativeFiles(extensions) {
  return readdirSync(join(root, 'native'), { recursive: true })
    .filter((name) => extensions.some((extension) => name.endsWith(extension)))
    .map((name) => join('native', name))
    .sort();
}

/** The tool of the wanted LLVM version: formatting and warnings differ from version to version. */
function llvmTool(name) {
  const versioned = `${name}-${LLVM}`;
  if (outputOf(versioned, ['--version']) !== null) return versioned;
  if (outputOf(name, ['--version'])?.includes(`version ${LLVM}.`)) return name;
  console.error(`${versioned} is missing; on Debian: apt-get install -y clang-format-${LLVM} clang-tidy-${LLVM}`);
  return null;
}

function passes(command, args) {
  if (command === null) return false;
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) console.error(error.message);
  return status === 0;
}

const bin = (name) => join(root, 'node_modules', '.bin', name);
const sources = nativeFiles(['.cpp']);
const headersAndSources = nativeFiles(['.cpp', '.hpp']);

const checks = [
  ['prettier', () => passes(bin('prettier'), ['--check', '--log-level', 'warn', '.'])],
  ['eslint', () => passes(bin('eslint'), ['.', '--max-warnings', '0'])],
  ['tsc', () => passes(bin('tsc'), ['-p', '.'])],
  ['clang-format', () => passes(llvmTool('clang-format'), ['--dry-run', '-Werror', ...headersAndSources])],
  [
    'clang-tidy',
    () => {
      ensureNative(root); // leaves build/compile_commands.json behind
      return passes(llvmTool('clang-tidy'), ['-p', 'build', '--quiet', ...sources]);
    },
  ],
];

const failed = [];
for (const [name, check] of checks) {
  const ok = check();
  if (!ok) failed.push(name);
  console.error(`check ${name}: ${ok ? 'ok' : 'FAILED'}`);
}
if (failed.length > 0) process.exitCode = 1;
