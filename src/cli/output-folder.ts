import { existsSync } from 'node:fs';
import { GfnError } from '../error.ts';
import { makeFolder } from '../make-folder.ts';
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

/** Makes the folder and those above it that are missing. Throws ERR_OUTPUT. */
export async function makeOutputFolder(path: string): Promise<void> {
  try {
    await makeFolder(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GfnError('ERR_OUTPUT', `--out: ${path} cannot be written: ${reason}`, { cause });
  }
}
