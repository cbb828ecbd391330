import { GfnError } from '../error.ts';
import type { MoleculeGraph } from './atom-graph.ts';
import { AROMATIC_BOND } from './block.ts';

interface JsonAtom {
  readonly z?: number;
  readonly impHs?: number;
  readonly chg?: number;
  readonly nRad?: number;
  readonly isotope?: number;
  readonly stereo?: string;
}

interface JsonBond {
  readonly bo?: number;
  readonly atoms: readonly [number, number];
  readonly stereo?: string;
}

interface CommonChem {
  readonly molecules: readonly {
    readonly atoms: readonly JsonAtom[];
    readonly bonds?: readonly JsonBond[];
    readonly extensions?: readonly {
      readonly name: string;
      readonly aromaticAtoms?: readonly number[];
      readonly aromaticBonds?: readonly number[];
    }[];
  }[];
}

/**
 * The graph of a block in RDKit's CommonChem JSON. Throws ERR_VOCABULARY naming `label` for what blocks cannot have:
 * several parts, stereochemistry, isotopes, radicals, dummy atoms, elements beyond xenon, and bonds other than single,
 * double, triple and aromatic ones.
 */
export function blockGraphOf(label: string, json: string): MoleculeGraph {
  const [{ atoms, bonds = [] }] = (JSON.parse(json) as CommonChem).molecules;
  refuse(label, atoms, bonds);
  return graphOf(json);
}

/** The graph in RDKit's CommonChem JSON, without stereochemistry. */
export function graphOf(json: string): MoleculeGraph {
  const [molecule] = (JSON.parse(json) as CommonChem).molecules;
  const bonds = molecule.bonds ?? [];
  const extension = molecule.extensions?.find(({ name }) => name === 'rdkitRepresentation');
  const aromaticAtoms = new Set(extension?.aromaticAtoms);
  const aromaticBonds = new Set(extension?.aromaticBonds);
  return {
    atoms: molecule.atoms.map(({ z = 6, chg = 0, impHs = 0 }, i) => ({
      element: z,
      charge: chg,
      aromatic: aromaticAtoms.has(i),
      hydrogens: impHs,
    })),
    bonds: bonds.map(({ bo = 1, atoms: [from, to] }, i) => ({
      from,
      to,
      order: aromaticBonds.has(i) ? AROMATIC_BOND : bo,
    })),
  };
}

function refuse(label: string, atoms: readonly JsonAtom[], bonds: readonly JsonBond[]): void {
  const isStereo = ({ stereo }: { readonly stereo?: string }) => stereo !== undefined && stereo !== 'unspecified';
  const found = [
    [atoms.some(isStereo) || bonds.some(isStereo), 'stereochemistry'],
    [atoms.some(({ isotope }) => isotope !== undefined && isotope !== 0), 'an isotope'],
    [atoms.some(({ nRad }) => nRad !== undefined && nRad !== 0), 'a radical'],
    [atoms.some(({ z }) => z === 0), 'a dummy atom'],
    [atoms.some(({ z = 6 }) => z > 54), 'an element beyond xenon'],
    [bonds.some(({ bo = 1 }) => ![1, 2, 3].includes(bo)), 'a bond that is not single, double, triple or aromatic'],
    [!isConnected(atoms.length, bonds), 'several parts'],
  ].find(([has]) => has);
  if (found === undefined) return;
  throw new GfnError('ERR_VOCABULARY', `${label}: expected a block of one plain molecule, got ${String(found[1])}`);
}

function isConnected(atoms: number, bonds: readonly JsonBond[]): boolean {
  const part = Array.from({ length: atoms }, (_, atom) => atom);
  for (const { atoms: ends } of bonds) {
    const [kept, gone] = [part[ends[0]], part[ends[1]]];
    for (let atom = 0; atom < atoms; atom++) if (part[atom] === gone) part[atom] = kept;
  }
  return part.every((own) => own === part[0]);
}
