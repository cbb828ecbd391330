import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { molecule } from '../../src/env/molecule.ts';
import { blockLine, parseBlockLine } from '../../src/molecule/block-line.ts';
import { canonicalSmiles } from '../../src/molecule/canonical-smiles.ts';
import { loadVocabulary, shippedVocabulary } from '../../src/molecule/vocabulary.ts';
import { nativeAddon } from '../../src/native-addon.ts';

const folder = mkdtempSync(join(tmpdir(), 'gflownet-vocabulary-'));
afterAll(() => rmSync(folder, { recursive: true }));

const one = (block: object) => ({ blocks: [block] });

describe('the shipped vocabulary', () => {
  test('is what its script writes', async () => {
    const script = new URL('../../scripts/make-blocks.js', import.meta.url);
    const { blocksFile } = (await import(script.href)) as { readonly blocksFile: () => Promise<string> };
    expect(readFileSync(new URL('../../data/blocks.json', import.meta.url), 'utf8')).toBe(await blocksFile());
  });

  test('has at least 105 blocks, each once, and every one can join by any of its attachments', () => {
    const { blocks } = shippedVocabulary();
    expect(blocks.length).toBeGreaterThanOrEqual(105);
    expect(new Set(blocks.map(blockLine)).size).toBe(blocks.length);
    for (const { joins, attachments, automorphisms } of blocks) {
      const orbits = new Set(attachments.map((_, i) => Math.min(...automorphisms.map((images) => images[i]))));
      expect(joins).toEqual([...orbits].sort((a, b) => a - b));
    }
  });
});

describe('reading', () => {
  test('both layouts give the same blocks', async () => {
    const own = await loadVocabulary({ blocks: [{ smiles: 'CO', atoms: [1, 0, 0, 0], joins: [1], name: 'methoxy' }] });
    const keyed = await loadVocabulary({
      block_name: { 0: 'x' },
      block_smi: { 0: 'CO' },
      block_r: { 0: [1, 0, 0, 0] },
    });
    expect(keyed.lines).toEqual(own.lines);
  });

  test('blocks that differ only in their first atom are one, whatever the order of their atoms', async () => {
    const { blocks } = await loadVocabulary({
      block_smi: ['c1ccncc1', 'n1ccccc1', 'c1ccncc1', 'c1ccncc1'],
      block_r: [
        [0, 1, 2, 4, 5],
        [2, 1, 3, 4, 5],
        [2, 0, 1, 4, 5],
        [5, 0, 1, 2, 4],
      ],
    });
    expect(blocks.map(({ smiles, joins }) => [smiles, joins])).toEqual([['c1ccncc1', [0, 1, 2]]]);
  });

  test('symmetry is that of the molecule, its attachments and how often they are named', async () => {
    const { blocks } = await loadVocabulary({
      blocks: [
        { smiles: 'c1ccccc1', atoms: [0, 1, 2, 3, 4, 5] },
        { smiles: 'c1ccccc1', atoms: [0, 3] },
        { smiles: 'c1ccccc1', atoms: [0, 0].slice(1) },
        { smiles: 'CC', atoms: [0, 0, 1] },
        { smiles: 'O=c1[nH]cnc2[nH]cnc12', atoms: [2, 6] },
        { smiles: 'C1C2CC3CC1CC(C2)C3', atoms: [1, 3, 5, 7] },
      ],
    });
    expect(blocks.map(({ automorphisms }) => automorphisms.length)).toEqual([12, 2, 1, 1, 1, 24]);
  });

  test('a junction bond takes a hydrogen, and sulfur and phosphorus without one go to their next valence', async () => {
    const { blocks } = await loadVocabulary({
      blocks: [
        { smiles: 'c1cc[nH]c1', atoms: [3] },
        { smiles: 'C[NH3+]', atoms: [1, 1, 1] },
        { smiles: 'O=S=O', atoms: [1] },
        { smiles: 'O=PO', atoms: [1] },
      ],
    });
    expect(blocks.map(({ attachments }) => attachments[0].hydrogens)).toEqual([[0], [2, 1, 0], [1], [1]]);
  });

  test('lines are read again as they were, here and natively', () => {
    const { blocks, lines } = shippedVocabulary();
    expect(lines.map((line) => parseBlockLine('blocks', line))).toEqual(blocks);
    const { parameters } = molecule();
    for (const line of ['', 'C', 'C x', lines[0].slice(0, -2), `${lines[0]} 1`, lines[0].replace(/ 0 1 2/, ' 0 1 9')]) {
      const broken = { ...parameters, blocks: [line] };
      expect(() => molecule({ blocks: [line] }), line).toThrow(/^blocks: expected lines of a vocabulary/);
      expect(() => nativeAddon().assembleMolecules(broken, new Int32Array()), line).toThrow(/^blocks: expected lines/);
    }
  });
});

test.each<[object | string, RegExp]>([
  [one({ smiles: 'c1ccccc', atoms: [0] }), /block 0: expected a valid SMILES, got "c1ccccc": SMILES Parse Error/],
  [one({ smiles: 'C(C)(C)(C)(C)C', atoms: [1] }), /expected a valid SMILES.*Explicit valence for atom # 0 C, 5/],
  [one({ smiles: 'C', atoms: [] }), /block 0: expected "C" to have at least one attachment atom, got \[\]/],
  [one({ smiles: 'C' }), /block 0: atoms: expected a list of atom numbers, got undefined/],
  [one({ smiles: 'C', atoms: [-1] }), /atom numbers from 0 on, got -1/],
  [one({ smiles: '', atoms: [0] }), /block 0: expected a SMILES, got ""/],
  [one({ smiles: 'CO', atoms: [2], name: 'x' }), /block 0 \(x\): atoms: expected atoms of "CO", 0 to 1, got 2/],
  [one({ smiles: 'CN(C)C', atoms: [1] }), /atom 1 of "CN\(C\)C" at most as often as it has hydrogens, 0, got 1/],
  [one({ smiles: 'CO', atoms: [1, 1] }), /atom 1 of "CO" at most as often as it has hydrogens, 1, got 2/],
  [one({ smiles: 'CSC', atoms: Array<number>(9).fill(1) }), /expected atom 1 of "CSC" to take .* bonds, got/],
  [one({ smiles: 'CO', atoms: [0], joins: [1] }), /joins: expected some of the attachment atoms \[0\], got \[1\]/],
  [one({ smiles: 'CO', atoms: [0], joins: [] }), /joins: expected some of the attachment atoms/],
  [one({ smiles: 'C[C@H](N)O', atoms: [0] }), /one plain molecule, got stereochemistry/],
  [one({ smiles: 'C.C', atoms: [0] }), /one plain molecule, got several parts/],
  [one({ smiles: '[13CH4]', atoms: [0] }), /one plain molecule, got an isotope/],
  [one({ smiles: '[CH3]', atoms: [0] }), /one plain molecule, got a radical/],
  [one({ smiles: '*C', atoms: [1] }), /one plain molecule, got a dummy atom/],
  [{ blocks: [] }, /^vocabulary: expected at least one block/],
  [{ blocks: 3 }, /^vocabulary: blocks: expected a list, got 3/],
  [{ block: [] }, /^vocabulary: expected an object with blocks/],
  [{ block_smi: ['C'], block_r: [] }, /block_r: expected 1 lists of atoms, one for each block, got 0/],
  [{ block_smi: { 1: 'C' }, block_r: { 1: [0] } }, /block_smi: expected the keys 0 to 0 in order, got "1"/],
  ['no such file.json', /no such file.json: expected a readable JSON file: ENOENT/],
])('%j is no vocabulary', async (input, message) => {
  const loading = loadVocabulary(input);
  await expect(loading).rejects.toMatchObject({ code: 'ERR_VOCABULARY' });
  await expect(loading).rejects.toThrow(message);
});

test('sizes that the process does not hold', async () => {
  const rings = { smiles: 'C1CCCCCCCCCCCCCCCC1', atoms: Array.from({ length: 17 }, (_, i) => i) };
  await expect(loadVocabulary(one(rings))).rejects.toMatchObject({ code: 'ERR_TOO_LARGE' });
});

test('a broken file is named', async () => {
  const path = join(folder, 'broken.json');
  writeFileSync(path, '{"blocks": [');
  await expect(loadVocabulary(path)).rejects.toThrow(`vocabulary: ${path}: expected a readable JSON file: `);
});

test('nothing of the least size can be built of blocks that take one bond', async () => {
  const { lines } = await loadVocabulary(one({ smiles: 'F', atoms: [0] }));
  expect(() => molecule({ blocks: lines, minimumBlocks: 3 })).toThrow(
    expect.objectContaining({ code: 'ERR_VOCABULARY' }),
  );
  expect(molecule({ blocks: lines, minimumBlocks: 2 }).terminalCount).toBe(1);
});

test('canonical SMILES, and null for what is none', async () => {
  expect(await canonicalSmiles(['OC', 'C1=CC=CC=C1', 'C1'])).toEqual(['CO', 'c1ccccc1', null]);
});
