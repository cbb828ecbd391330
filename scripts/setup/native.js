import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { runQuietly } from './command.js';
import { fingerprint, isDone, markDone } from './stamp.js';
import { ensureToolchain } from './toolchain.js';

/** Builds build/Release/gflownet.node, unless it was built from these very sources. Returns whether it did. */
export function ensureNative(root) {
  const addon = join(root, 'build', 'Release', 'gflownet.node');
  const stamp = join(root, 'build', '.gflownet-stamp');
  const further = [process.platform, process.arch, process.env.CXX ?? '', process.env.CXXFLAGS ?? ''];
  const print = fingerprint(root, ['native', 'CMakeLists.txt'], further);
  if (existsSync(addon) && isDone(stamp, print)) return false;
  ensureToolchain();
  // Found by Node's own search, since a package that depends on this one holds cmake-js beside it, not below it.
  const manifest = createRequire(join(root, 'package.json')).resolve('cmake-js/package.json');
  const cmakeJs = join(dirname(manifest), 'bin', 'cmake-js');
  const args = [cmakeJs, 'build', '--directory', root, '--parallel', String(availableParallelism())];
  runQuietly('building the native addon, a minute or two', process.execPath, args, { cwd: root });
  markDone(stamp, print);
  return true;
}
