import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { runQuietly } from './command.js';
import { fingerprint, isDone, markDone } from './stamp.js';
import { ensureToolchain } from './toolchain.js';

/** Where the addon of a build folder lies. */
export function addonIn(root, folder) {
  return join(root, folder, 'Release', 'gflownet.node');
}

/** Hash of everything that a build depends on. */
export function nativeFingerprint(root, further = []) {
  return fingerprint(root, ['native', 'CMakeLists.txt'], [process.platform, process.arch, ...further]);
}

/**
 * Builds build/Release/gflownet.node, unless it was built from these very sources. Returns whether it did.
 * `mayInstall`: whether a missing compiler may be installed with the system's package manager.
 */
export function ensureNative(root, { mayInstall = true } = {}) {
  const addon = addonIn(root, 'build');
  const stamp = join(root, 'build', '.gflownet-stamp');
  const print = nativeFingerprint(root, [process.env.CXX ?? '', process.env.CXXFLAGS ?? '']);
  if (existsSync(addon) && isDone(stamp, print)) return false;
  ensureToolchain({ mayInstall });
  build(root, 'build');
  markDone(stamp, print);
  return true;
}

/**
 * Another build, from nothing, in a folder of its own with CMake definitions, unless it was built from these very
 * sources. Returns whether it did. `identity`: what it depends on besides, if not the definitions themselves.
 */
export function ensureVariant(root, folder, definitions, identity) {
  const stamp = join(root, folder, '.gflownet-stamp');
  const settings = Object.entries(definitions).map(([name, value]) => `--CD${name}=${value}`);
  const print = nativeFingerprint(root, identity ?? settings);
  if (existsSync(addonIn(root, folder)) && isDone(stamp, print)) return false;
  ensureToolchain();
  rmSync(join(root, folder), { recursive: true, force: true });
  build(root, folder, settings);
  markDone(stamp, print);
  return true;
}

function build(root, folder, settings = []) {
  // Found by Node's own search, since a package that depends on this one holds cmake-js beside it, not below it.
  const manifest = createRequire(join(root, 'package.json')).resolve('cmake-js/package.json');
  const cmakeJs = join(dirname(manifest), 'bin', 'cmake-js');
  const options = ['--directory', root, '--out', join(root, folder), '--parallel', String(availableParallelism())];
  const args = [cmakeJs, 'build', ...options, ...settings];
  runQuietly('building the native addon, a minute or two', process.execPath, args, { cwd: root });
}
