import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTemporaries } from '../../checkpoint/atomic-file.ts';
import { GfnError } from '../../error.ts';
import { readMoleculeFile, writeMoleculeFile, type SeenMolecule } from './molecule-file.ts';

/** Molecules of a file: a megabyte, written in a tenth of a second. */
export const PART_MOLECULES = 2 ** 14;

const NAME = /^part-(\d+)\.parquet$/;

/**
 * Molecules in Parquet files of 16,384 each, `part-00000.parquet` and so on, every one of them whole at any moment. The
 * last one is in memory too and written again as it grows, so the files depend on the molecules alone, not on when they
 * were written.
 */
export class MoleculeParts {
  /** Molecules of the last file. */
  private last: SeenMolecule[] = [];
  /** Files before that. */
  private full = 0;
  /** Molecules of the last file that are on the disk. */
  private written = 0;

  private constructor(private readonly folder: string) {}

  /**
   * Makes the folder if it is missing and goes on after the first `count` molecules, each of which is shown to `each`;
   * later ones are removed. Throws ERR_CONFIG for files that are damaged, ERR_CHECKPOINT if there are too few, and
   * ERR_OUTPUT.
   */
  static async open(
    folder: string,
    count: number,
    each: (molecule: SeenMolecule) => void | Promise<void>,
  ): Promise<MoleculeParts> {
    const parts = new MoleculeParts(folder);
    try {
      await mkdir(folder, { recursive: true });
      await removeTemporaries(folder, NAME);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new GfnError('ERR_OUTPUT', `${folder}: cannot be written: ${reason}`, { cause });
    }
    await parts.restore(count, each);
    return parts;
  }

  get count(): number {
    return this.full * PART_MOLECULES + this.last.length;
  }

  async append(molecule: SeenMolecule): Promise<void> {
    this.last.push(molecule);
    if (this.last.length < PART_MOLECULES) return;
    await this.flush();
    this.full++;
    this.last = [];
    this.written = 0;
  }

  /** After it all molecules are on the disk. Throws ERR_OUTPUT. */
  async flush(): Promise<void> {
    if (this.written === this.last.length) return;
    await writeMoleculeFile(partPath(this.folder, this.full), this.last);
    this.written = this.last.length;
  }

  private async restore(count: number, each: (molecule: SeenMolecule) => void | Promise<void>): Promise<void> {
    const { folder } = this;
    const paths = await partPaths(folder);
    const needed = Math.ceil(count / PART_MOLECULES);
    for (const path of paths.slice(needed).reverse()) await rm(path, { force: true });
    for (const path of paths.slice(0, needed)) {
      const found = await readMoleculeFile(path);
      const kept = found.slice(0, count - this.count);
      for (const molecule of kept) await each(molecule);
      this.last = kept;
      this.written = found.length;
      if (kept.length < PART_MOLECULES) break;
      this.full++;
      this.last = [];
      this.written = 0;
    }
    if (this.count < count) {
      throw new GfnError(
        'ERR_CHECKPOINT',
        `${folder}: expected the ${count} molecules of the checkpoint, got ${this.count}`,
      );
    }
    await this.flush();
  }
}

/** The molecules of a folder, a file at a time; none if the folder does not exist. Throws ERR_CONFIG. */
export async function* readMolecules(folder: string): AsyncGenerator<readonly SeenMolecule[], void, undefined> {
  for (const path of await partPaths(folder)) yield await readMoleculeFile(path);
}

function partPath(folder: string, number: number): string {
  return join(folder, `part-${String(number).padStart(5, '0')}.parquet`);
}

/** In the order of their numbers. */
async function partPaths(folder: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new GfnError('ERR_CONFIG', `${folder}: cannot be read: ${(cause as Error).message}`, { cause });
  }
  const numbers = names.flatMap((name) => NAME.exec(name)?.slice(1, 2).map(Number) ?? []);
  return numbers.sort((a, b) => a - b).map((number) => partPath(folder, number));
}
