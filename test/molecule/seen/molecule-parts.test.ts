import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadata } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SeenMolecule } from '../../../src/molecule/seen/molecule-file.ts';
import { MoleculeParts, PART_MOLECULES, readMolecules } from '../../../src/molecule/seen/molecule-parts.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gflownet-parts-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const moleculeOf = (i: number): SeenMolecule => ({
  smiles: `C${'C'.repeat(i % 50)}O${i}`,
  score: i / 7,
  tree: `CO 0:0:0:C${i} `,
  visit: 3 * i + 1,
  mode: i % 5 === 0 ? null : i % 2 === 0,
  scaffold: i % 3 === 0 ? `c1ccccc1${i % 9}` : null,
});
const molecules = (count: number) => Array.from({ length: count }, (_, i) => moleculeOf(i));

async function write(into: string, all: readonly SeenMolecule[], flushes: readonly number[] = []): Promise<void> {
  const parts = await MoleculeParts.open(into, 0, () => expect.unreachable());
  for (const [i, molecule] of all.entries()) {
    await parts.append(molecule);
    if (flushes.includes(i)) await parts.flush();
  }
  await parts.flush();
  expect(parts.count).toBe(all.length);
}

async function read(from: string): Promise<SeenMolecule[]> {
  const all: SeenMolecule[] = [];
  for await (const part of readMolecules(from)) all.push(...part);
  return all;
}

function contents(of: string): Record<string, string> {
  return Object.fromEntries(readdirSync(of).map((name) => [name, readFileSync(join(of, name), 'latin1')]));
}

describe('MoleculeParts', () => {
  it('keeps molecules as they are, over several files', async () => {
    const all = molecules(2 * PART_MOLECULES + 5);
    await write(folder, all);
    expect(readdirSync(folder)).toEqual(['part-00000.parquet', 'part-00001.parquet', 'part-00002.parquet']);
    expect(await read(folder)).toEqual(all);
  });

  it('writes Parquet with the types of its columns', async () => {
    await write(folder, molecules(3));
    const bytes = readFileSync(join(folder, 'part-00000.parquet'));
    const { schema, num_rows: rows } = parquetMetadata(Uint8Array.from(bytes).buffer);
    expect(rows).toBe(3n);
    expect(schema.slice(1).map(({ name, type, repetition_type: repetition }) => [name, type, repetition])).toEqual([
      ['smiles', 'BYTE_ARRAY', 'REQUIRED'],
      ['score', 'DOUBLE', 'REQUIRED'],
      ['tree', 'BYTE_ARRAY', 'REQUIRED'],
      ['visit', 'INT64', 'REQUIRED'],
      ['mode', 'BOOLEAN', 'OPTIONAL'],
      ['scaffold', 'BYTE_ARRAY', 'OPTIONAL'],
    ]);
  });

  it('writes the same bytes whenever it is flushed', async () => {
    const other = join(folder, 'other');
    const first = join(folder, 'first');
    await write(first, molecules(PART_MOLECULES + 9));
    await write(other, molecules(PART_MOLECULES + 9), [0, 1, 700, PART_MOLECULES - 2, PART_MOLECULES + 1]);
    expect(contents(other)).toEqual(contents(first));
  });

  it.each([0, 1, 700, PART_MOLECULES - 1, PART_MOLECULES, PART_MOLECULES + 1, PART_MOLECULES + 9])(
    'goes on after the first %i molecules as if later ones had never been',
    async (count) => {
      const whole = join(folder, 'whole');
      const cut = join(folder, 'cut');
      const all = molecules(PART_MOLECULES + 9);
      await write(whole, all);
      await write(cut, all);
      writeFileSync(join(cut, 'part-00001.parquet.12.3.tmp'), 'half a file');
      const seen: SeenMolecule[] = [];
      const parts = await MoleculeParts.open(cut, count, (molecule) => void seen.push(molecule));
      expect(seen).toEqual(all.slice(0, count));
      expect(await read(cut)).toEqual(all.slice(0, count)); // before anything is added
      for (const molecule of all.slice(count)) await parts.append(molecule);
      await parts.flush();
      expect(contents(cut)).toEqual(contents(whole));
    },
  );

  it('refuses files that do not get as far as the checkpoint, or are damaged', async () => {
    await write(folder, molecules(9));
    const open = (count: number) => MoleculeParts.open(folder, count, () => undefined);
    await expect(open(10)).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT',
      message: `${folder}: expected the 10 molecules of the checkpoint, got 9`,
    });
    const file = join(folder, 'part-00000.parquet');
    const other = parquetWriteBuffer({ columnData: [{ name: 'smiles', type: 'STRING', data: ['C'] }] });
    writeFileSync(file, new Uint8Array(other));
    await expect(open(1)).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining(file) as string,
    });
    await write(folder, molecules(9));
    truncateSync(file, 100);
    await expect(open(9)).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining(file) as string,
    });
  });

  it('says what it cannot write', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const opened = MoleculeParts.open(join(file, 'molecules'), 0, () => undefined);
    await expect(opened).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
    const parts = await MoleculeParts.open(join(folder, 'gone'), 0, () => undefined);
    await parts.append(moleculeOf(0));
    rmSync(join(folder, 'gone'), { recursive: true });
    await expect(parts.flush()).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
  });

  it('finds nothing in a folder that does not exist', async () => {
    expect(await read(join(folder, 'none'))).toEqual([]);
  });
});
