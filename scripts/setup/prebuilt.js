import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The binary that the package ships for this machine, if it ships one; src/native-addon.ts looks for the same. */
export function prebuiltPath(root) {
  return join(root, 'prebuilds', `${process.platform}-${process.arch}`, 'gflownet.node');
}

/** Whether it loads here; tried in a process of its own, which it might end. */
export function prebuiltLoads(root) {
  const path = prebuiltPath(root);
  if (!existsSync(path)) return false;
  const load = spawnSync(process.execPath, ['--eval', 'require(process.argv[1])', path], { stdio: 'ignore' });
  return load.status === 0;
}
