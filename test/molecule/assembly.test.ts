import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { molecule } from '../../src/env/molecule.ts';
import { assemble } from '../../src/molecule/atom-graph.ts';
import { graphOf } from '../../src/molecule/rdkit-graph.ts';
import { askRdKit, type Question } from '../../src/molecule/rdkit.ts';
import { murckoScaffold } from '../../src/molecule/scaffold.ts';
import { smilesOf } from '../../src/molecule/smiles.ts';
import { loadVocabulary, shippedVocabulary, type Vocabulary } from '../../src/molecule/vocabulary.ts';
import { nativeAddon, type NativeMolecules } from '../../src/native-addon.ts';
import { joinedMolBlock } from './joined-mol-block.ts';
import { randomMolecules } from './random-molecules.ts';

const paperFile = join(process.env.GFLOWNET_TEST_DATA ?? '', 'blocks_PDB_105.json');
const hasPaperFile = process.env.GFLOWNET_TEST_DATA !== undefined && existsSync(paperFile);
if (!hasPaperFile) console.warn('skipped: the vocabulary of 2021: GFLOWNET_TEST_DATA has no blocks_PDB_105.json');

const COUNT = 10_000;
/** Molecules that RDKit puts together too. */
const JOINED = 5000;
const MOST_BLOCKS = 8;

/** Answers of RDKit, which must be able to read every text. */
async function answers(question: Question, texts: readonly string[]): Promise<string[]> {
  return (await askRdKit(question, texts)).map((answer, i) => {
    if ('answer' in answer) return answer.answer;
    throw new Error(`RDKit cannot read ${texts[i]}: ${answer.reason}`);
  });
}

function checkMolecules(load: () => Promise<Vocabulary>): void {
  let vocabulary: Vocabulary;
  let states: Int32Array[];
  let native: NativeMolecules;
  let canonical: string[];

  beforeAll(async () => {
    vocabulary = await load();
    states = randomMolecules(vocabulary, COUNT, MOST_BLOCKS, 17);
    const { parameters } = molecule({ blocks: vocabulary, minimumBlocks: 1, maximumBlocks: MOST_BLOCKS });
    native = nativeAddon().assembleMolecules(parameters, Int32Array.from(states.flatMap((state) => [...state])));
    canonical = await answers('smiles', native.smiles);
  });

  test('are what RDKit makes of the blocks and their bonds', async () => {
    const molblocks = await answers(
      'molblock',
      vocabulary.blocks.map(({ smiles }) => smiles),
    );
    const joined = states.slice(0, JOINED).map((state) => joinedMolBlock(vocabulary, molblocks, state));
    const expected = await answers('smiles', joined);
    expect(canonical.slice(0, JOINED).filter((smiles, i) => smiles !== expected[i])).toEqual([]);
  });

  test('are put together in TypeScript as natively', () => {
    states.forEach((state, i) => {
      const { atoms, bonds, block } = assemble(vocabulary, state);
      expect(smilesOf({ atoms, bonds })).toBe(native.smiles[i]);
      expect(smilesOf(murckoScaffold({ atoms, bonds }))).toBe(native.scaffolds[i]);
      if (i % 20 !== 0) return;
      const flatAtoms = atoms.flatMap(({ element, charge, aromatic, hydrogens }, atom) => [
        ...[element, charge, Number(aromatic), hydrogens, block[atom]],
      ]);
      const flatBonds = bonds.flatMap(({ from, to, order }) => [from, to, order]);
      expect(flatAtoms).toEqual([...native.atoms.slice(5 * native.atomOffset[i], 5 * native.atomOffset[i + 1])]);
      expect(flatBonds).toEqual([...native.bonds.slice(3 * native.bondOffset[i], 3 * native.bondOffset[i + 1])]);
    });
  });

  test('have the atoms, hydrogens and aromatic bonds that RDKit reads in their SMILES', async () => {
    const some = states.filter((_, i) => i % 10 === 0);
    const graphs = await answers(
      'graph',
      native.smiles.filter((_, i) => i % 10 === 0),
    );
    const summary = ({ atoms, bonds }: ReturnType<typeof graphOf>) => [
      atoms.map((atom) => JSON.stringify(atom)).sort(),
      bonds.map(({ order }) => order).sort(),
    ];
    some.forEach((state, i) => expect(summary(assemble(vocabulary, state))).toEqual(summary(graphOf(graphs[i]))));
  });

  test('have scaffolds that RDKit can read, and that are their own scaffolds', async () => {
    const scaffolds = [...new Set(native.scaffolds)].filter((smiles) => smiles !== '').slice(0, 1000);
    const graphs = (await answers('graph', scaffolds)).map(graphOf);
    const again = await answers(
      'smiles',
      graphs.map((graph) => smilesOf(murckoScaffold(graph))),
    );
    expect(again).toEqual(await answers('smiles', scaffolds));
  });
}

describe('random molecules of the shipped vocabulary', () =>
  checkMolecules(() => Promise.resolve(shippedVocabulary())));
describe.runIf(hasPaperFile)('random molecules of the vocabulary of 2021', () =>
  checkMolecules(() => loadVocabulary(paperFile)),
);
