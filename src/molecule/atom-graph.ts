import type { BlockAtom, BlockBond } from './block.ts';
import { StateField } from './block-tree.ts';
import type { Vocabulary } from './vocabulary.ts';

/** A molecule: its atoms without hydrogens, which the others count, and their bonds. */
export interface MoleculeGraph {
  readonly atoms: readonly BlockAtom[];
  readonly bonds: readonly BlockBond[];
}

/** A molecule put together from blocks: atoms block by block, in the order of the state. */
export interface AtomGraph extends MoleculeGraph {
  /** [atoms] The place of an atom's block in the state. */
  readonly block: readonly number[];
}

/**
 * The molecule of a state: the atoms and bonds of its blocks, then a single bond for each junction. Hydrogens of the
 * atoms at a junction are those that RDKit found for so many bonds when the vocabulary was read.
 */
export function assemble({ blocks }: Vocabulary, state: Int32Array): AtomGraph {
  const atoms: BlockAtom[] = [];
  const bonds: BlockBond[] = [];
  const junctions: BlockBond[] = [];
  const blockOf: number[] = [];
  const first: number[] = [];
  for (let i = 0; i < state[StateField.blocks]; i++) {
    const at = StateField.first + StateField.width * i;
    const { atoms: own, bonds: ownBonds, attachments } = blocks[state[at]];
    first.push(atoms.length);
    atoms.push(...own);
    blockOf.push(...own.map(() => i));
    bonds.push(...ownBonds.map(({ from, to, order }) => ({ from: first[i] + from, to: first[i] + to, order })));
    if (i === 0) continue;
    const parent = state[at + 1];
    const parentAtom = blocks[state[StateField.first + StateField.width * parent]].attachments[state[at + 2]].atom;
    const from = first[parent] + parentAtom;
    junctions.push({ from, to: first[i] + attachments[state[at + 3]].atom, order: 1 });
  }
  return {
    atoms: withJunctions(blocks, state, atoms, first, junctions),
    bonds: [...bonds, ...junctions],
    block: blockOf,
  };
}

/** The atoms with the hydrogens that the junctions leave them. */
function withJunctions(
  blocks: Vocabulary['blocks'],
  state: Int32Array,
  atoms: readonly BlockAtom[],
  first: readonly number[],
  junctions: readonly BlockBond[],
): BlockAtom[] {
  const uses = atoms.map(() => 0);
  for (const { from, to } of junctions) {
    uses[from]++;
    uses[to]++;
  }
  const result = [...atoms];
  first.forEach((start, i) => {
    for (const { atom, hydrogens } of blocks[state[StateField.first + StateField.width * i]].attachments) {
      const bonds = uses[start + atom];
      if (bonds > 0) result[start + atom] = { ...atoms[start + atom], hydrogens: hydrogens[bonds - 1] };
    }
  });
  return result;
}
