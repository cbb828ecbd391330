import { link, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { GfnError } from '../error.ts';
import { makeFolder } from '../make-folder.ts';
import { removeTemporaries, temporaryBeside } from './atomic-file.ts';
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.ts';

const NAME = 'lock';
/** A lock of another machine or thread is renewed so often, and stale when it has not been for so long: milliseconds. */
const RENEWED_EVERY = 10_000;
const STALE_AFTER = 60_000;
const ATTEMPTS = 20;
/** Between two attempts while another process takes a lock over, milliseconds. */
const WAIT = 5;

/**
 * The right of one process to write to a folder: a file there that names the process. A process that was killed leaves
 * it, and the next one takes it over. Of two trainers in one process only one has it too.
 */
export class FolderLock {
  private readonly renewal: NodeJS.Timeout;

  private constructor(
    readonly folder: string,
    private readonly path: string,
    private readonly text: string,
  ) {
    this.renewal = setInterval(() => {
      const now = new Date();
      utimes(path, now, now).catch(() => undefined); // gone with its folder: the next write says so
    }, RENEWED_EVERY);
    this.renewal.unref();
  }

  /**
   * Makes the folder if it is missing, and locks it. Throws ERR_LOCKED while a process that runs has it, ERR_OUTPUT if
   * the folder cannot be written to.
   */
  static async acquire(folder: string): Promise<FolderLock> {
    const path = join(folder, NAME);
    const text = `${JSON.stringify(await ownIdentity())}\n`;
    try {
      await makeFolder(folder);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (await created(path, text)) {
          const lock = new FolderLock(folder, path, text);
          await removeTemporaries(folder, /^lock$/);
          return lock;
        }
        const found = await readLock(path);
        if (found === null) continue; // released meanwhile
        if (!(await isStale(found))) throw lockedError(folder, path, found);
        await takeAway(path, found.text, text);
      }
    } catch (cause) {
      if (cause instanceof GfnError) throw cause;
      throw new GfnError('ERR_OUTPUT', `${folder}: cannot be written: ${(cause as Error).message}`, { cause });
    }
    throw new GfnError('ERR_LOCKED', `${folder}: other processes keep locking it; expected a folder of this run alone`);
  }

  /** Throws ERR_LOCKED if another process has taken the folder, as it may after this one stood still for long. */
  async verify(): Promise<void> {
    const found = await readLock(this.path);
    if (found?.text === this.text) return;
    throw new GfnError(
      'ERR_LOCKED',
      `${this.folder}: expected the lock of this process, got ${found?.text.trim() ?? 'none'}`,
    );
  }

  /** Gives the folder back. */
  async release(): Promise<void> {
    clearInterval(this.renewal);
    const found = await readLock(this.path).catch(() => null);
    if (found?.text === this.text) await rm(this.path, { force: true }).catch(() => undefined);
  }
}

interface FoundLock {
  readonly text: string;
  readonly renewed: number;
}

async function readLock(path: string): Promise<FoundLock | null> {
  try {
    return { text: await readFile(path, 'utf8'), renewed: (await stat(path)).mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Null for a text that is not a lock's. */
function holderOf({ text }: FoundLock): ProcessIdentity | null {
  try {
    const { place, pid, started } = JSON.parse(text) as Partial<ProcessIdentity>;
    if (typeof place !== 'string' || typeof pid !== 'number' || started === undefined) return null;
    return { place, pid, started };
  } catch {
    return null;
  }
}

async function isStale(found: FoundLock): Promise<boolean> {
  const holder = holderOf(found);
  const own = await ownIdentity();
  if (holder?.place === own.place) {
    if (!(await isRunning(holder))) return true;
    if (holder.pid !== own.pid) return false;
    // A worker thread of this process that was terminated cannot be told by its process.
  }
  return Date.now() - found.renewed > STALE_AFTER;
}

/** Puts the whole lock in place, unless there is one. */
async function created(path: string, text: string): Promise<boolean> {
  const temporary = temporaryBeside(path);
  await writeFile(temporary, text);
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') return false; // the new holder may have removed the temporary file
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') return await createdWithoutLink(path, text);
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** On file systems without hard links, where a process that is killed here leaves an empty lock for a minute. */
async function createdWithoutLink(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes a stale lock, unless another process has replaced it since it was read. Only one process does so at a time,
 * the one that has the guard beside it: nothing else removes a lock whose holder is gone.
 */
async function takeAway(path: string, stale: string, text: string): Promise<void> {
  const guard = `${path}.takeover`;
  if (!(await created(guard, text))) {
    const found = await readLock(guard);
    if (found !== null && (await isStale(found))) await rm(guard, { force: true });
    await setTimeout(WAIT);
    return;
  }
  try {
    if ((await readLock(path))?.text === stale) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

function lockedError(folder: string, path: string, found: FoundLock): GfnError {
  const holder = holderOf(found);
  const who = holder === null ? 'another process' : `process ${holder.pid} on ${holder.place.split(' ')[0]}`;
  return new GfnError(
    'ERR_LOCKED',
    `${folder}: ${who} is writing to it; expected a folder that no other trainer uses. ` +
      `Wait for its end, or remove ${path} if you know that it has ended`,
  );
}
