import type { BlockAtom, BlockBond } from './block.ts';

/** A molecule whose atoms carry marks that an isomorphism must keep. */
export interface MarkedGraph {
  readonly atoms: readonly BlockAtom[];
  readonly bonds: readonly BlockBond[];
  /** [atoms] 0 for an atom without a mark. */
  readonly marks: readonly number[];
}

/** Rounds in which an atom's colour takes in those of its neighbours: enough to tell apart what differs nearby. */
const ROUNDS = 4;

/**
 * The isomorphisms from one graph to the other as maps of the marked atoms: [marked atom of `from`, in ascending order]
 * to an atom of `to`. Maps that differ elsewhere only count once. Stops after `most` of them.
 */
export function isomorphisms(from: MarkedGraph, to: MarkedGraph, most: number): number[][] {
  if (from.atoms.length !== to.atoms.length || from.bonds.length !== to.bonds.length) return [];
  return new Search(from, to, most).run();
}

/** Looks for images of the marked atoms first; whether the others can follow is asked once all of these have one. */
class Search {
  private readonly fromBonds: ReadonlyMap<number, number>[];
  private readonly toBonds: ReadonlyMap<number, number>[];
  private readonly fromColours: readonly string[];
  private readonly toColours: readonly string[];
  private readonly order: readonly number[];
  private readonly marked: number;
  private readonly image: number[];
  private readonly taken: boolean[];
  private readonly found: number[][] = [];

  constructor(
    from: MarkedGraph,
    to: MarkedGraph,
    private readonly most: number,
  ) {
    this.fromBonds = neighbours(from);
    this.toBonds = neighbours(to);
    const names = new Map<string, string>();
    this.fromColours = colours(from, this.fromBonds, names);
    this.toColours = colours(to, this.toBonds, names);
    const atoms = from.atoms.map((_, atom) => atom);
    const isMarked = (atom: number) => from.marks[atom] !== 0;
    const marked = atoms.filter(isMarked);
    this.marked = marked.length;
    this.order = [...marked, ...connectedOrder(this.fromBonds, marked, atoms)];
    this.image = atoms.map(() => -1);
    this.taken = atoms.map(() => false);
  }

  run(): number[][] {
    this.place(0);
    return this.found;
  }

  /** Finds images from the i-th atom in order on; true stops the search one level up. */
  private place(i: number): boolean {
    if (i === this.order.length) {
      this.found.push(this.order.slice(0, this.marked).map((atom) => this.image[atom]));
      return true;
    }
    const atom = this.order[i];
    for (let candidate = 0; candidate < this.image.length; candidate++) {
      if (!this.fits(atom, candidate)) continue;
      this.image[atom] = candidate;
      this.taken[candidate] = true;
      const done = this.place(i + 1);
      this.taken[candidate] = false;
      this.image[atom] = -1;
      // Beyond the marked atoms one way is enough.
      if (done && (i >= this.marked || this.found.length === this.most)) return true;
    }
    return false;
  }

  private fits(atom: number, candidate: number): boolean {
    if (this.taken[candidate] || this.fromColours[atom] !== this.toColours[candidate]) return false;
    for (const [other, order] of this.fromBonds[atom]) {
      const image = this.image[other];
      if (image >= 0 && this.toBonds[candidate].get(image) !== order) return false;
    }
    return true;
  }
}

/** [atoms] from neighbour to bond order. */
function neighbours({ atoms, bonds }: MarkedGraph): Map<number, number>[] {
  const maps = atoms.map(() => new Map<number, number>());
  for (const { from, to, order } of bonds) {
    maps[from].set(to, order);
    maps[to].set(from, order);
  }
  return maps;
}

/** Colours that an isomorphism keeps; graphs that share `names` can be compared. */
function colours(
  { atoms, marks }: MarkedGraph,
  bonds: readonly ReadonlyMap<number, number>[],
  names: Map<string, string>,
): string[] {
  let colour = atoms.map(
    ({ element, charge, aromatic, hydrogens }, atom) =>
      `${element},${charge},${Number(aromatic)},${hydrogens},${marks[atom]},${bonds[atom].size}`,
  );
  for (let round = 0; round < ROUNDS; round++) {
    const around = bonds.map((map) =>
      [...map]
        .map(([other, order]) => `${order}:${colour[other]}`)
        .sort()
        .join(';'),
    );
    colour = colour.map((own, atom) => shortened(names, `${own}(${around[atom]})`));
  }
  return colour;
}

/** A short name that stands for a long one; `names` holds those given so far. */
function shortened(names: Map<string, string>, name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  const fresh = `#${names.size}`;
  names.set(name, fresh);
  return fresh;
}

/** The atoms that are not marked, each after a neighbour where there is one. */
function connectedOrder(
  bonds: readonly ReadonlyMap<number, number>[],
  marked: readonly number[],
  atoms: readonly number[],
): number[] {
  const seen = new Set(marked);
  const order: number[] = [];
  for (const start of [...marked, ...atoms]) {
    const queue = [start];
    for (const atom of queue) {
      if (!seen.has(atom)) {
        seen.add(atom);
        order.push(atom);
      }
      for (const other of bonds[atom].keys()) if (!seen.has(other) && !queue.includes(other)) queue.push(other);
    }
  }
  return order;
}
