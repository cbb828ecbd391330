import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from './command.js';
import { fingerprint, isDone, markDone } from './stamp.js';

/** Compiles src/ to dist/, unless dist/ was made from these very sources. Returns whether it did. */
export function ensureTypeScript(root) {
  const stamp = join(root, 'dist', '.gflownet-stamp');
  const print = fingerprint(root, ['src', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json']);
  if (existsSync(join(root, 'dist', 'index.js')) && isDone(stamp, print)) return false;
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  runQuietly('compiling TypeScript', process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root });
  markDone(stamp, print);
  return true;
}
