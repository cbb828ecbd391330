/** An atom of a block as it stands alone. */
export interface BlockAtom {
  /** Atomic number. */
  readonly element: number;
  readonly charge: number;
  readonly aromatic: boolean;
  readonly hydrogens: number;
}

/** Orders of bonds: 1, 2, 3, and 4 for aromatic. */
export const AROMATIC_BOND = 4;

export interface BlockBond {
  readonly from: number;
  readonly to: number;
  readonly order: number;
}

/** An atom that takes junction bonds. */
export interface Attachment {
  readonly atom: number;
  /** Hydrogens that the atom has left after 1, 2, … junction bonds: as many numbers as it takes bonds. */
  readonly hydrogens: readonly number[];
}

/**
 * A block of the vocabulary: a molecule, the atoms that take junction bonds, and what RDKit found out about them when
 * the vocabulary was read. Attachments are numbered in the order of their first mention.
 */
export interface Block {
  readonly smiles: string;
  readonly atoms: readonly BlockAtom[];
  readonly bonds: readonly BlockBond[];
  readonly attachments: readonly Attachment[];
  /** Attachments by which the block may join a molecule, one of each orbit of the automorphisms. */
  readonly joins: readonly number[];
  /** The block's automorphisms as permutations of its attachments, the identity first. */
  readonly automorphisms: readonly (readonly number[])[];
}
