import type { BlockAtom, BlockBond } from '../../src/molecule/block.ts';
import { StateField } from '../../src/molecule/block-tree.ts';
import { isomorphisms, type MarkedGraph } from '../../src/molecule/isomorphism.ts';
import type { Vocabulary } from '../../src/molecule/vocabulary.ts';

/** Order of a bond that no block has. */
const JUNCTION = 9;

/**
 * A block tree as a graph of atoms: each marked with its block and the bonds that it takes, junctions with an order of
 * their own. Two trees are isomorphic just where these graphs are.
 */
function graphOfTree({ blocks }: Vocabulary, state: Int32Array): MarkedGraph {
  const atoms: BlockAtom[] = [];
  const bonds: BlockBond[] = [];
  const marks: number[] = [];
  const first: number[] = [];
  for (let i = 0; i < state[StateField.blocks]; i++) {
    const [number, parent, parentAttachment, attachment] = state.subarray(StateField.first + StateField.width * i);
    const block = blocks[number];
    first.push(atoms.length);
    atoms.push(...block.atoms);
    bonds.push(...block.bonds.map(({ from, to, order }) => ({ from: first[i] + from, to: first[i] + to, order })));
    for (let atom = 0; atom < block.atoms.length; atom++) {
      const bondsTaken = block.attachments.find((each) => each.atom === atom)?.hydrogens.length ?? 0;
      marks.push(1 + 100 * number + bondsTaken);
    }
    if (i === 0) continue;
    const host = blocks[state[StateField.first + StateField.width * parent]].attachments[parentAttachment].atom;
    bonds.push({ from: first[parent] + host, to: first[i] + block.attachments[attachment].atom, order: JUNCTION });
  }
  return { atoms, bonds, marks };
}

/** The states without those that are isomorphic to one before them, found by looking for an isomorphism to each. */
export function upToIsomorphism(vocabulary: Vocabulary, states: readonly Int32Array[]): Int32Array[] {
  const kept: { state: Int32Array; graph: MarkedGraph }[] = [];
  for (const state of states) {
    const graph = graphOfTree(vocabulary, state);
    if (kept.some((other) => isomorphisms(graph, other.graph, 1).length > 0)) continue;
    kept.push({ state, graph });
  }
  return kept.map(({ state }) => state);
}
