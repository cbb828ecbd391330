import type { MoleculeGraph } from './atom-graph.ts';
import type { BlockAtom } from './block.ts';
import { elementSymbols } from './elements.ts';

/**
 * Valences of the elements that SMILES writes without brackets: hydrogens fill up to the lowest that the bonds leave
 * room for.
 */
const valences: Readonly<Partial<Record<string, readonly number[]>>> = {
  B: [3],
  C: [4],
  N: [3],
  O: [2],
  P: [3, 5],
  S: [2, 4, 6],
  F: [1],
  Cl: [1],
  Br: [1],
  I: [1],
};

/** Aromatic elements that may stand without brackets. */
const aromatics: readonly string[] = ['C', 'N', 'O', 'P', 'S'];

/**
 * A SMILES of a connected molecule, starting with its first atom, bonds taken in their order. It is not canonical: the
 * canonical one is for RDKit to write.
 */
export function smilesOf(graph: MoleculeGraph): string {
  return graph.atoms.length === 0 ? '' : new SmilesWriter(graph).write();
}

class SmilesWriter {
  /** [atoms] Bonds of each atom. */
  private readonly bondsAt: readonly number[][];
  /** [atoms] Bonds to the atoms that follow this one in the tree of the walk. */
  private readonly branches: readonly number[][];
  /** [atoms] Bonds that close a ring here, or open one. */
  private readonly rings: readonly number[][];
  private readonly visited: boolean[];
  private readonly isRing: boolean[];
  /** [bonds] The digit of a ring that is open. */
  private readonly digit: number[];
  private readonly taken: boolean[] = [];

  constructor(private readonly graph: MoleculeGraph) {
    const { atoms, bonds } = graph;
    this.bondsAt = atoms.map(() => []);
    this.branches = atoms.map(() => []);
    this.rings = atoms.map(() => []);
    this.visited = atoms.map(() => false);
    this.isRing = bonds.map(() => false);
    this.digit = bonds.map(() => 0);
    bonds.forEach(({ from, to }, bond) => {
      this.bondsAt[from].push(bond);
      this.bondsAt[to].push(bond);
    });
  }

  write(): string {
    this.walk(0, -1);
    return this.text(0);
  }

  private walk(atom: number, via: number): void {
    this.visited[atom] = true;
    for (const bond of this.bondsAt[atom]) {
      if (bond === via || this.isRing[bond]) continue;
      const other = this.otherEnd(bond, atom);
      if (!this.visited[other]) {
        this.branches[atom].push(bond);
        this.walk(other, bond);
      } else {
        this.isRing[bond] = true;
        this.rings[atom].push(bond);
        this.rings[other].push(bond);
      }
    }
  }

  private text(atom: number): string {
    let text = this.atomText(atom) + this.ringText(atom);
    const branches = this.branches[atom];
    branches.forEach((bond, i) => {
      const branch = this.bondText(bond) + this.text(this.otherEnd(bond, atom));
      text += i + 1 < branches.length ? `(${branch})` : branch;
    });
    return text;
  }

  /** Digits of the rings at an atom: one that ends here is free again for the next atom. */
  private ringText(atom: number): string {
    let text = '';
    const ended: number[] = [];
    for (const bond of this.rings[atom]) {
      if (this.digit[bond] > 0) {
        ended.push(this.digit[bond]);
        text += digitText(this.digit[bond]);
        continue;
      }
      let digit = 1;
      while (this.taken[digit]) digit++;
      this.taken[digit] = true;
      this.digit[bond] = digit;
      text += this.bondText(bond) + digitText(digit);
    }
    for (const digit of ended) this.taken[digit] = false;
    return text;
  }

  private bondText(bond: number): string {
    const { from, to, order } = this.graph.bonds[bond];
    if (order === 2) return '=';
    if (order === 3) return '#';
    const bothAromatic = this.graph.atoms[from].aromatic && this.graph.atoms[to].aromatic;
    return order === 1 && bothAromatic ? '-' : '';
  }

  private atomText(atom: number): string {
    const { aromatic, hydrogens, charge, element } = this.graph.atoms[atom];
    const symbol = elementSymbols[element];
    const written = aromatic ? symbol.toLowerCase() : symbol;
    if (charge === 0 && this.impliedHydrogens(atom) === hydrogens) return written;
    return `[${written}${hydrogenText(hydrogens)}${chargeText(charge)}]`;
  }

  /** Hydrogens of an atom without brackets; −1 if it must have brackets. */
  private impliedHydrogens(atom: number): number {
    const { aromatic, element }: BlockAtom = this.graph.atoms[atom];
    const symbol = elementSymbols[element];
    const bonds = this.bondsAt[atom];
    if (aromatic) {
      if (!aromatics.includes(symbol)) return -1;
      return symbol === 'C' && bonds.length === 2 ? 1 : 0;
    }
    let sum = 0;
    for (const bond of bonds) sum += this.graph.bonds[bond].order;
    const valence = valences[symbol]?.find((most) => most >= sum);
    return valence === undefined ? -1 : valence - sum;
  }

  private otherEnd(bond: number, atom: number): number {
    const { from, to } = this.graph.bonds[bond];
    return from === atom ? to : from;
  }
}

function digitText(digit: number): string {
  return digit < 10 ? String(digit) : `%${digit}`;
}

function hydrogenText(hydrogens: number): string {
  return hydrogens === 0 ? '' : hydrogens === 1 ? 'H' : `H${hydrogens}`;
}

function chargeText(charge: number): string {
  const sign = charge < 0 ? '-' : '+';
  return charge === 0 ? '' : Math.abs(charge) === 1 ? sign : `${sign}${Math.abs(charge)}`;
}
