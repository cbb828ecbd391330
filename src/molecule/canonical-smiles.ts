import { askRdKit } from './rdkit.ts';

/**
 * RDKit's canonical SMILES of each molecule, in a thread of its own; null for a text that it cannot read. Rejects with
 * ERR_RDKIT without RDKit.
 */
export async function canonicalSmiles(smiles: readonly string[]): Promise<(string | null)[]> {
  const answers = await askRdKit('smiles', smiles);
  return answers.map((answer) => ('answer' in answer ? answer.answer : null));
}
