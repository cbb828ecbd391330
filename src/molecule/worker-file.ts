import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolders } from '../package-folder.ts';

/** A compiled thread of this room: TypeScript's loaders do not reach into threads, so it is always that of dist/. */
export function workerFile(...path: readonly string[]): string | null {
  const found = packageFolders()
    .map((folder) => join(folder, 'dist', 'molecule', ...path))
    .find((candidate) => existsSync(candidate));
  return found ?? null;
}
