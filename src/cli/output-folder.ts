import { existsSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GfnError } from '../error.ts';
import { badArgument } from '../options.ts';

/**
 * Throws ERR_ARGUMENT for no path at all, ERR_OUTPUT if the folder exists, unless it may be overwritten; `otherwise`
 * ends its message.
 */
export function checkFree(path: string, force: boolean, otherwise = ''): void {
  if (path === '') badArgument('--out', 'the path of a folder', path);
  if (force || !existsSync(path)) return;
  throw new GfnError(
    'ERR_OUTPUT',
    `--out: ${path} exists; choose another folder or give --force to overwrite${otherwise}`,
  );
}

/**
 * Makes a folder and those above it that are missing. One by one: where a file system refuses new folders with ENOENT,
 * like /proc, Node's recursive mkdir never returns. Throws ERR_OUTPUT.
 */
export async function makeFolder(path: string): Promise<void> {
  const missing: string[] = [];
  for (let folder = path; !existsSync(folder) && dirname(folder) !== folder; folder = dirname(folder)) {
    missing.push(folder);
  }
  try {
    for (const folder of missing.reverse()) await mkdir(folder).catch(unlessFolder(folder));
    if (!statSync(path).isDirectory()) throw new Error('it exists and is no folder');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GfnError('ERR_OUTPUT', `--out: ${path} cannot be written: ${reason}`, { cause });
  }
}

/** Another process may have been faster. */
function unlessFolder(folder: string): (error: unknown) => void {
  return (error) => {
    if (!existsSync(folder)) throw error;
  };
}
