import { existsSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are missing. One by one: where a file system refuses new folders with ENOENT,
 * like /proc, Node's recursive mkdir never returns. Throws what the file system does, or an Error for what is no folder.
 */
export async function makeFolder(path: string): Promise<void> {
  const missing: string[] = [];
  for (let folder = path; !existsSync(folder) && dirname(folder) !== folder; folder = dirname(folder)) {
    missing.push(folder);
  }
  for (const folder of missing.reverse()) await mkdir(folder).catch(unlessFolder(folder));
  if (!statSync(path).isDirectory()) throw new Error('it exists and is no folder');
}

/** Another process may have been faster. */
function unlessFolder(folder: string): (error: unknown) => void {
  return (error) => {
    if (!existsSync(folder)) throw error;
  };
}
