import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { DamagedCheckpointError, readCheckpoint, writeCheckpoint } from '../../src/checkpoint/checkpoint-file.ts';
import { GfnError } from '../../src/error.ts';
import { smallCheckpoint } from './small-checkpoint.ts';
import { temporaryFolder } from './temporary-folder.ts';

const at = temporaryFolder();
const golden = fileURLToPath(new URL('golden/version-1.gfn', import.meta.url));
const DIGEST = 32;
/** Campaigns are so many times as long. */
const LENGTH = Number(process.env.GFLOWNET_FUZZ_LENGTH ?? 1);

let whole: Buffer;
beforeEach(async () => {
  await writeCheckpoint(at('whole'), smallCheckpoint(12));
  whole = readFileSync(at('whole'));
});

/** The bytes with the right checksum at their end. */
function signed(bytes: Uint8Array): Buffer {
  const content = bytes.subarray(0, bytes.length - DIGEST);
  return Buffer.concat([content, createHash('sha256').update(content).digest()]);
}

function reading(bytes: Uint8Array) {
  writeFileSync(at('changed'), bytes);
  return readCheckpoint(at('changed'));
}

/** The file with another header of its own length or not, and the right checksum. */
function withHeader(change: (header: Record<string, unknown>) => void): Buffer {
  const length = whole.readUInt32LE(12);
  const header = JSON.parse(whole.toString('utf8', 16, 16 + length)) as Record<string, unknown>;
  change(header);
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.from(whole.subarray(0, 16));
  prefix.writeUInt32LE(json.length, 12);
  const padded = (bytes: number) => Buffer.alloc(Math.ceil(bytes / 8) * 8 - bytes);
  const sections = whole.subarray(16 + Math.ceil(length / 8) * 8);
  return signed(Buffer.concat([prefix, json, padded(json.length), sections]));
}

describe('a checkpoint', () => {
  test('is read as it was written, bit for bit', async () => {
    expect(await readCheckpoint(at('whole'))).toEqual(smallCheckpoint(12));
    const { parameters } = (await readCheckpoint(at('whole'))).state.sections;
    expect(Object.is(parameters[1], -0)).toBe(true);
  });

  test('has the same bytes whenever and wherever it is written', async () => {
    expect(whole).toEqual(readFileSync(golden));
    mkdirSync(at('elsewhere'));
    await writeCheckpoint(join(at('elsewhere'), 'other'), smallCheckpoint(12));
    expect(readFileSync(join(at('elsewhere'), 'other'))).toEqual(whole);
  });

  test('of version 1 stays readable', async () => {
    expect(await readCheckpoint(golden)).toEqual(smallCheckpoint(12));
  });

  test('replaces a former one at once and leaves nothing else', async () => {
    await writeCheckpoint(at('whole'), smallCheckpoint(13));
    expect((await readCheckpoint(at('whole'))).state.step).toBe(13);
    expect(readdirSync(dirname(at('whole')))).toEqual(['whole']);
  });

  test('of another version says so', async () => {
    const later = Buffer.from(whole);
    later.writeUInt32LE(2, 8);
    const read = reading(signed(later));
    await expect(read).rejects.toThrow(/expected a checkpoint of version 1, got version 2/);
    await expect(read).rejects.not.toBeInstanceOf(DamagedCheckpointError);
    await expect(read).rejects.toMatchObject({ code: 'ERR_CHECKPOINT' });
  });

  test('with its array lengths changed in a file whose checksum is right is refused', async () => {
    interface Section {
      length: number;
      type: string;
      group: string;
    }
    const sections = (header: Record<string, unknown>) => header.sections as Section[];
    const changes: ((header: Record<string, unknown>) => void)[] = [
      (header) => (sections(header)[0].length = 2 ** 50),
      (header) => (sections(header)[0].length = -1),
      (header) => (sections(header)[1].length = 9),
      (header) => (sections(header)[0].type = 'constructor'),
      (header) => (sections(header)[0].group = 'other'),
      (header) => sections(header).pop(),
      (header) => (header.sections = {}),
      (header) => (header.step = 1.5),
      (header) => (header.visits = 'many'),
      (header) => (header.configuration = null),
      (header) => (header.configuration = { environment: { name: 'ising', parameters: {} }, options: {} }),
      (header) => (header.attached = []),
    ];
    for (const change of changes) await expect(reading(withHeader(change))).rejects.toThrow(DamagedCheckpointError);
    expect(await reading(withHeader(() => undefined))).toEqual(smallCheckpoint(12)); // the tool itself is right
  });

  test('that is missing or a folder is refused', async () => {
    await expect(readCheckpoint(at('none'))).rejects.toThrow(/none cannot be used: ENOENT/);
    mkdirSync(at('folder'));
    await expect(readCheckpoint(at('folder'))).rejects.toThrow(DamagedCheckpointError);
  });

  test('that cannot be written is ERR_OUTPUT, and the former one stays', async () => {
    const written = writeCheckpoint(join(at('whole'), 'below-a-file'), smallCheckpoint(1));
    await expect(written).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
    expect((await readCheckpoint(at('whole'))).state.step).toBe(12);
  });
});

describe('damage', () => {
  test('by cutting off is always noticed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
        await expect(reading(whole.subarray(0, length))).rejects.toThrow(DamagedCheckpointError);
      }),
      { numRuns: 60 * LENGTH },
    );
  });

  test('by changed bits is always noticed', async () => {
    const bit = fc.record({ at: fc.nat(whole.length * 8 - 1) });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(bit, { minLength: 1, maxLength: 4, selector: (b) => b.at }), async (bits) => {
        const changed = Buffer.from(whole);
        for (const { at: position } of bits) changed[position >> 3] ^= 1 << (position & 7);
        await expect(reading(changed)).rejects.toThrow(DamagedCheckpointError);
      }),
      { numRuns: 200 * LENGTH },
    );
  });

  test('by bytes that are added is always noticed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), fc.uint8Array({ minLength: 1, maxLength: 40 }), async (position, more) => {
        const longer = Buffer.concat([whole.subarray(0, position), more, whole.subarray(position)]);
        await expect(reading(longer)).rejects.toThrow(DamagedCheckpointError);
      }),
      { numRuns: 60 * LENGTH },
    );
  });

  test('under a right checksum, or any other content, is an error with a code and nothing worse', async () => {
    const anything = fc.uint8Array({ maxLength: 300 });
    const changes = fc.array(fc.record({ position: fc.nat(whole.length - 1), byte: fc.nat(255) }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(anything, changes, async (bytes, places) => {
        const changed = Buffer.from(whole);
        for (const { position, byte } of places) changed[position] = byte;
        for (const content of [bytes, signed(Buffer.concat([whole.subarray(0, 16), bytes])), signed(changed)]) {
          const error: unknown = await reading(content).then(
            () => null,
            (reason: unknown) => reason,
          );
          if (error === null) continue; // changed where any value is right
          expect(error).toBeInstanceOf(GfnError);
          expect(error).toMatchObject({ code: 'ERR_CHECKPOINT' });
        }
      }),
      { numRuns: 150 * LENGTH },
    );
  });
});
