import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolders } from '../package-folder.ts';

/** A bundled thread: TypeScript's loaders do not reach into threads, so it is always that of bundle/. */
export function workerFile(name: string): string | null {
  const found = packageFolders()
    .map((folder) => join(folder, 'bundle', name))
    .find((candidate) => existsSync(candidate));
  return found ?? null;
}
