import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { GfnError } from '../error.ts';
import { writeAtomically } from './atomic-file.ts';
import type { Checkpoint } from './checkpoint.ts';
import { decodedCheckpoint, DIGEST_BYTES, encodedParts, VERSION, versionOf } from './checkpoint-format.ts';

/** Bytes hashed before the event loop gets a turn: a millisecond or two. */
const PIECE = 2 ** 20;

/** A checkpoint that cannot be read, is cut off, or has bytes that were not written so: another one may be used. */
export class DamagedCheckpointError extends GfnError {
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super('ERR_CHECKPOINT', `${path} cannot be used: ${reason}`, options);
  }
}

/** Writes a checkpoint in place of a former file at once. Throws ERR_OUTPUT; the former file is then left. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  try {
    await writeAtomically(path, withDigest(encodedParts(checkpoint)));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GfnError('ERR_OUTPUT', `${path}: the checkpoint cannot be written: ${reason}`, { cause });
  }
}

/** The parts in pieces, followed by their SHA-256. */
function* withDigest(parts: Iterable<Uint8Array>): Generator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  for (const part of parts) {
    for (let start = 0; start < part.length; start += PIECE) {
      const piece = part.subarray(start, start + PIECE);
      hash.update(piece);
      yield piece;
    }
  }
  yield hash.digest();
}

/**
 * Reads a checkpoint and verifies its checksum. Throws DamagedCheckpointError, or ERR_CHECKPOINT for a whole one of
 * another version.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new DamagedCheckpointError(path, (cause as Error).message, { cause });
  }
  const version = versionOf(bytes);
  if (version === null) throw new DamagedCheckpointError(path, 'it is no checkpoint, or only the beginning of one');
  if (!(await isWhole(bytes)))
    throw new DamagedCheckpointError(path, 'its checksum is wrong, it is damaged or cut off');
  if (version !== VERSION) {
    throw new GfnError(
      'ERR_CHECKPOINT',
      `${path}: expected a checkpoint of version ${VERSION}, got version ${version}`,
    );
  }
  try {
    return decodedCheckpoint(bytes);
  } catch (cause) {
    throw new DamagedCheckpointError(path, (cause as Error).message, { cause });
  }
}

async function isWhole(bytes: Uint8Array): Promise<boolean> {
  const hash = createHash('sha256');
  const end = bytes.length - DIGEST_BYTES;
  for (let start = 0; start < end; start += PIECE) {
    hash.update(bytes.subarray(start, Math.min(start + PIECE, end)));
    await setImmediate();
  }
  return hash.digest().equals(bytes.subarray(end));
}
