// Every formatter, linter and type check, for TypeScript and C++, in one command. All of them run even if one fails.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
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

/** Output of clang-tidy on one file, or null if it found nothing; how many warnings it suppressed is left out. */
function tidy(tool, source) {
  return new Promise((resolve) => {
    const child = spawn(tool, ['-p', 'build', '--quiet', source], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => (output += text));
    }
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status) => {
      resolve(status === 0 ? null : output.replaceAll(/^\d+ warnings? generated\.\n/gm, ''));
    });
  });
}

async function passesTidy(tool, files) {
  if (tool === null) return false;
  const left = [...files];
  let clean = true;
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      for (let file = left.pop(); file !== undefined; file = left.pop()) {
        const found = await tidy(tool, file);
        if (found === null) continue;
        clean = false;
        console.error(found);
      }
    }),
  );
  return clean;
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
      return passesTidy(llvmTool('clang-tidy'), sources);
    },
  ],
];

const failed = [];
for (const [name, check] of checks) {
  const ok = await check();
  if (!ok) failed.push(name);
  console.error(`check ${name}: ${ok ? 'ok' : 'FAILED'}`);
}
if (failed.length > 0) process.exitCode = 1;
