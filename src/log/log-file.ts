import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GfnError } from '../error.ts';
import { makeFolder } from '../make-folder.ts';
import { integerOption, rejectUnknown } from '../options.ts';
import type { LogFileOptions } from './training-logger.ts';

/**
 * A file that grows by whole records. Each is handed to the operating system before `append` resolves, so that a killed
 * process loses none. Failures are ERR_OUTPUT and name the path.
 */
export class LogFile {
  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    /** What was kept of a former file. */
    readonly kept: Buffer,
  ) {}

  /**
   * Opens the file, with its folders. `keptBytes` is asked, for a file to continue, how many bytes of its content
   * belong to records up to the given step.
   */
  static async open(
    path: string,
    options: LogFileOptions,
    keptBytes: (content: Buffer, step: number) => number,
  ): Promise<LogFile> {
    rejectUnknown('log', options, ['continueFrom']);
    const step = integerOption('continueFrom', options.continueFrom ?? 0, 0, Number.MAX_SAFE_INTEGER);
    return writing(path, async () => {
      await makeFolder(dirname(path));
      const handle = await open(path, step === 0 ? 'w' : 'a+');
      try {
        const content = step === 0 ? Buffer.alloc(0) : await handle.readFile();
        const length = content.length === 0 ? 0 : keptBytes(content, step);
        if (length < content.length) await handle.truncate(length);
        return new LogFile(path, handle, content.subarray(0, length));
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  append(record: string | Uint8Array): Promise<void> {
    return writing(this.path, () => this.handle.appendFile(record));
  }

  /** Syncs and closes the file. */
  close(): Promise<void> {
    return writing(this.path, async () => {
      try {
        await this.handle.sync();
      } finally {
        await this.handle.close();
      }
    });
  }
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof GfnError) throw cause;
    throw new GfnError('ERR_OUTPUT', `${path}: cannot be written: ${(cause as Error).message}`, { cause });
  }
}
