import { loadVocabulary } from '../../src/molecule/vocabulary.ts';

/** Lines of the vocabulary of some blocks. */
async function linesOf(blocks: readonly object[]): Promise<readonly string[]> {
  return (await loadVocabulary({ blocks })).lines;
}

/** Blocks with symmetries that show only once two of their atoms are used; and one that closes a stem. */
export const symmetricRings = await linesOf([
  { smiles: 'c1ccccc1', atoms: [0, 1, 2, 3, 4, 5] },
  { smiles: 'C1CNCCN1', atoms: [2, 5] },
  { smiles: 'F', atoms: [0] },
]);

/** Atoms that take several bonds, in blocks that join by one of theirs only, as two of the vocabulary of 2021. */
export const chains = await linesOf([
  { smiles: 'CO', atoms: [1, 0, 0, 0], joins: [1] },
  { smiles: 'CN', atoms: [0, 1, 1], joins: [0] },
]);

/** Trees of carbon: their numbers are those of alkanes. */
export const alkanes = await linesOf([{ smiles: 'C', atoms: [0, 0, 0, 0] }]);

/** One molecule with two sets of attachment atoms, of which one joins by an atom that the other has too. */
export const restricted = await linesOf([
  { smiles: 'C1CCNCC1', atoms: [0, 3] },
  { smiles: 'C1CCNCC1', atoms: [1, 0, 3], joins: [1] },
  { smiles: 'c1ccncc1', atoms: [0, 1, 2, 4, 5] },
  { smiles: 'Cl', atoms: [0] },
]);
