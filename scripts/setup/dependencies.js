import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runShown } from './command.js';
import { fingerprint, isDone, markDone } from './stamp.js';

/** Installs node_modules from the lock file, unless they already are as it says. Returns whether it did. */
export function ensureDependencies(root) {
  const stamp = join(root, 'node_modules', '.gflownet-stamp');
  const print = fingerprint(root, ['package-lock.json'], [process.version, process.platform, process.arch]);
  if (isDone(stamp, print)) return false;
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // onnxruntime-node's own install script would download the CUDA provider; this package's would build the addon.
  const environment = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const command = existsSync(join(root, 'package-lock.json')) ? 'ci' : 'install';
  runShown(npm, [command, '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'], {
    cwd: root,
    env: environment,
    shell: process.platform === 'win32',
  });
  markDone(stamp, print);
  return true;
}
