import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GfnError } from '../error.ts';
import { removeTemporaries } from './atomic-file.ts';
import type { Checkpoint } from './checkpoint.ts';
import { DamagedCheckpointError, readCheckpoint, writeCheckpoint } from './checkpoint-file.ts';
import { FolderLock } from './folder-lock.ts';

/** Subfolder of a run in which its checkpoints are looked for. */
export const CHECKPOINTS = 'checkpoints';

const NAME = /^checkpoint-(\d+)\.gfn$/;
const DIGITS = 10;

/** A file with its place in the run. */
export interface ListedCheckpoint {
  readonly path: string;
  readonly step: number;
}

/** The checkpoints of a folder, latest step first; none if the folder does not exist. */
export async function listCheckpoints(folder: string): Promise<ListedCheckpoint[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new GfnError('ERR_CHECKPOINT', `${folder}: cannot be read: ${(cause as Error).message}`, { cause });
  }
  const listed = names.flatMap((name): ListedCheckpoint[] => {
    const match = NAME.exec(name);
    return match === null ? [] : [{ path: join(folder, name), step: Number(match[1]) }];
  });
  return listed.sort((a, b) => b.step - a.step);
}

/** Removes all checkpoints of a folder, and nothing else. */
export async function removeCheckpoints(folder: string): Promise<void> {
  for (const { path } of await listCheckpoints(folder)) await rm(path, { force: true });
}

/**
 * Reads a checkpoint: of a file that one; of a folder the latest one that is whole, in the folder itself or in its
 * subfolder `checkpoints`. `onWarning` is told of each that is damaged. Throws ERR_CHECKPOINT if there is none.
 */
export async function readLatestCheckpoint(
  path: string,
  onWarning: (message: string) => void,
): Promise<{ readonly path: string; readonly checkpoint: Checkpoint }> {
  const failures: string[] = [];
  for (const file of await candidates(path)) {
    try {
      const checkpoint = await readCheckpoint(file);
      if (failures.length > 0) onWarning(`${failures.join('; ')}; going on from ${file}`);
      return { path: file, checkpoint };
    } catch (error) {
      if (!(error instanceof DamagedCheckpointError)) throw error;
      failures.push(error.message);
    }
  }
  const reason = failures.length > 0 ? failures.join('; ') : 'there is none';
  throw new GfnError('ERR_CHECKPOINT', `${path}: expected a checkpoint: ${reason}`);
}

async function candidates(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => null);
  if (found?.isFile() === true) return [path];
  const own = await listCheckpoints(path);
  const listed = own.length > 0 ? own : await listCheckpoints(join(path, CHECKPOINTS));
  return listed.map((each) => each.path);
}

/** A folder of checkpoints that this process alone writes to. */
export class CheckpointFolder {
  private constructor(
    private readonly path: string,
    private readonly keep: number,
    private readonly lock: FolderLock,
  ) {}

  /**
   * Makes the folder if it is missing, locks it for a trainer that has done `step` steps, and clears what a killed
   * process left. Damaged checkpoints of later steps are removed, whole ones refused: they are another run's. Throws
   * ERR_LOCKED or ERR_OUTPUT.
   */
  static async open(path: string, keep: number, step: number): Promise<CheckpointFolder> {
    const lock = await FolderLock.acquire(path);
    try {
      await removeTemporaries(path, NAME);
      for (const later of await listCheckpoints(path)) if (later.step > step) await removeDamaged(later, step);
      const folder = new CheckpointFolder(path, keep, lock);
      await folder.prune();
      return folder;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Writes a checkpoint and then removes all but the latest ones; returns its path. Throws ERR_OUTPUT or ERR_LOCKED. */
  async save(checkpoint: Checkpoint): Promise<string> {
    const name = `checkpoint-${String(checkpoint.state.step).padStart(DIGITS, '0')}.gfn`;
    const path = join(this.path, name);
    await this.lock.verify();
    await writeCheckpoint(path, checkpoint);
    await this.prune();
    return path;
  }

  /** Gives the folder back. */
  close(): Promise<void> {
    return this.lock.release();
  }

  private async prune(): Promise<void> {
    for (const old of (await listCheckpoints(this.path)).slice(this.keep)) await rm(old.path, { force: true });
  }
}

async function removeDamaged({ path, step: later }: ListedCheckpoint, step: number): Promise<void> {
  try {
    await readCheckpoint(path);
  } catch (error) {
    if (!(error instanceof DamagedCheckpointError)) throw error;
    await rm(path, { force: true });
    return;
  }
  throw new GfnError(
    'ERR_OUTPUT',
    `${path}: expected no checkpoint of a step later than the trainer's ${step}, got one of step ${later}; ` +
      'go on from it, or choose another folder',
  );
}
