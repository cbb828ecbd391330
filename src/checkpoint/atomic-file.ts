import { open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

let temporaries = 0;

/**
 * Writes a file so that a reader, or a process killed at any moment, finds the former content or the new one and
 * nothing in between: to a temporary file beside it, which is synced and renamed, and then the folder is synced.
 * Fails with the error of the file system and leaves the former content.
 */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array | Iterable<Uint8Array>,
): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    const file = await open(temporary, 'w');
    try {
      await writeFile(file, content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** A name that no other file of this machine has. */
export function temporaryBeside(path: string): string {
  return `${path}.${process.pid}.${temporaries++}.tmp`;
}

/** Removes the temporary files that killed processes left in a folder beside files whose names match. */
export async function removeTemporaries(folder: string, names: RegExp): Promise<void> {
  for (const name of await readdir(folder)) {
    const match = /^(.*)\.\d+\.\d+\.tmp$/.exec(name);
    if (match !== null && names.test(match[1])) await rm(join(folder, name), { force: true });
  }
}

/** Makes a rename last through a loss of power. Windows has no such call. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
