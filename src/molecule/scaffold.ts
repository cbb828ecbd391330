import type { MoleculeGraph } from './atom-graph.ts';
import type { BlockAtom } from './block.ts';

/**
 * The Bemis–Murcko scaffold (1996): rings and what links them, with the atoms that a double bond holds to those, as
 * RDKit takes it. Hydrogens take the place of what is cut off. A molecule without rings has an empty one.
 */
export function murckoScaffold({ atoms, bonds }: MoleculeGraph): MoleculeGraph {
  const kept = ringsAndLinkers(atoms.length, bonds);
  const doubly = atoms.map(() => false);
  for (const { from, to, order } of bonds) {
    if (order !== 2) continue;
    if (kept[from]) doubly[to] = true;
    if (kept[to]) doubly[from] = true;
  }
  const stays = atoms.map((_, atom) => kept[atom] || doubly[atom]);
  const hydrogens = atoms.map((atom) => atom.hydrogens);
  for (const { from, to, order } of bonds) {
    if (stays[from] && !stays[to]) hydrogens[from] += order;
    if (stays[to] && !stays[from]) hydrogens[to] += order;
  }
  const place: number[] = [];
  const scaffold: BlockAtom[] = [];
  atoms.forEach((atom, i) => {
    place.push(scaffold.length);
    if (stays[i]) scaffold.push({ ...atom, hydrogens: hydrogens[i] });
  });
  return {
    atoms: scaffold,
    bonds: bonds
      .filter(({ from, to }) => stays[from] && stays[to])
      .map(({ from, to, order }) => ({ from: place[from], to: place[to], order })),
  };
}

/** Takes atoms with one bond or none off until there is none. */
function ringsAndLinkers(atoms: number, bonds: MoleculeGraph['bonds']): boolean[] {
  const kept = Array<boolean>(atoms).fill(true);
  const degree = Array<number>(atoms).fill(0);
  const neighbours = Array.from({ length: atoms }, (): number[] => []);
  for (const { from, to } of bonds) {
    degree[from]++;
    degree[to]++;
    neighbours[from].push(to);
    neighbours[to].push(from);
  }
  const ends = degree.flatMap((count, atom) => (count <= 1 ? [atom] : []));
  for (let atom = ends.pop(); atom !== undefined; atom = ends.pop()) {
    kept[atom] = false;
    for (const other of neighbours[atom]) {
      degree[other]--;
      if (kept[other] && degree[other] === 1) ends.push(other);
    }
  }
  return kept;
}
