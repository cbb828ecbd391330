import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Where this code lies. A bundler that makes CommonJS of it leaves import.meta empty. */
const here = (import.meta.url as string | undefined) ?? pathToFileURL(__filename).href;

/** `require` from where this code lies. */
export const requireHere = createRequire(here);

/** The folder of this code: src/ or dist/ of the package, or that of the bundle it has become part of. */
export const codeFolder = dirname(fileURLToPath(here));

/** The folders that may be this package's, nearest first: a bundle has left it, so the installed one counts too. */
export function packageFolders(): string[] {
  const folders = [dirname(codeFolder)];
  try {
    folders.push(dirname(requireHere.resolve('gflownet/package.json')));
  } catch {
    // Not installed where this code lies: only what lies beside it is left.
  }
  return folders;
}
