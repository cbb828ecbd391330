import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { SetupError } from './command.js';
import { fingerprint, isDone, markDone } from './stamp.js';

/** What programs load: the package, the command line, and the threads of molecules. */
const entryPoints = {
  index: 'src/index.ts',
  cli: 'src/cli/main.ts',
  'rdkit-worker': 'src/molecule/rdkit-worker.ts',
  'seen-worker': 'src/molecule/seen/seen-worker.ts',
};

/**
 * Joins the modules of src/ into a few files in bundle/, unless they were made from these very sources: Node takes
 * longer to find and read hundreds of small files than to run them. Code that not every program needs, which src/
 * imports where it is used, has files of its own. What the package depends on stays outside; packages of the development
 * that src/ imports, themselves many small files, become part of it (THIRD-PARTY-LICENSES.txt). Returns whether it did.
 */
export function ensureBundle(root) {
  const folder = join(root, 'bundle');
  const stamp = join(folder, '.gflownet-stamp');
  const print = fingerprint(root, ['src', 'scripts/setup/bundle.js', 'tsconfig.json', 'package-lock.json']);
  if (existsSync(join(folder, 'index.js')) && isDone(stamp, print)) return false;
  rmSync(folder, { recursive: true, force: true });
  console.error('set-up: bundling');
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { buildSync } = createRequire(join(root, 'package.json'))('esbuild');
  try {
    buildSync({
      absWorkingDir: root,
      entryPoints,
      outdir: folder,
      bundle: true,
      splitting: true,
      external: Object.keys({ ...dependencies, ...optionalDependencies }),
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      sourcemap: true,
    });
  } catch (error) {
    throw new SetupError(`bundling failed: ${error.message}`);
  }
  markDone(stamp, print);
  return true;
}
