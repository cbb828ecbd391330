import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Links the package into examples/, so that `import 'gflownet'` works there too: an example with a package.json of its
 * own is outside the scope in which Node lets a package import itself. Returns whether it did.
 */
export function ensureExamples(root) {
  const examples = join(root, 'examples');
  const link = join(examples, 'node_modules', 'gflownet');
  if (!existsSync(examples) || existsSync(link)) return false;
  mkdirSync(join(examples, 'node_modules'), { recursive: true });
  symlinkSync(process.platform === 'win32' ? root : join('..', '..'), link, 'junction');
  return true;
}
