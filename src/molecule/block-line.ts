import { badArgument } from '../options.ts';
import type { Block } from './block.ts';

/**
 * A block as one line of text, as an environment's parameters and so a saved model keep it: its SMILES, then integers
 * with the number of each list before it: atoms (element, charge, aromatic, hydrogens), bonds (from, to, order),
 * attachments (atom, hydrogens after each bond), joins, automorphisms. `native/molecule/block_tables.cpp` reads it.
 */
export function blockLine(block: Block): string {
  const { atoms, bonds, attachments, joins, automorphisms } = block;
  const numbers = [
    ...list(atoms, ({ element, charge, aromatic, hydrogens }) => [element, charge, Number(aromatic), hydrogens]),
    ...list(bonds, ({ from, to, order }) => [from, to, order]),
    ...list(attachments, ({ atom, hydrogens }) => [atom, ...list(hydrogens, (count) => [count])]),
    ...list(joins, (attachment) => [attachment]),
    ...list(automorphisms, (images) => [...images]),
  ];
  return `${block.smiles} ${numbers.join(' ')}`;
}

function list<T>(items: readonly T[], numbersOf: (item: T) => number[]): number[] {
  return [items.length, ...items.flatMap(numbersOf)];
}

/** The block of a line. Throws ERR_ARGUMENT naming `name` if it is not whole. */
export function parseBlockLine(name: string, line: string): Block {
  const [smiles, ...texts] = line.split(' ');
  const numbers = texts.map((text) => (/^-?\d{1,6}$/.test(text) ? Number(text) : badLine(name, line)));
  let at = 0;
  const next = () => (at < numbers.length ? numbers[at++] : badLine(name, line));
  const below = (bound: number) => {
    const value = next();
    return value >= 0 && value < bound ? value : badLine(name, line);
  };
  const listOf = <T>(read: () => T): T[] => Array.from({ length: below(numbers.length) }, read);
  const atoms = listOf(() => ({ element: below(119), charge: next(), aromatic: below(2) === 1, hydrogens: below(16) }));
  const bonds = listOf(() => ({ from: below(atoms.length), to: below(atoms.length), order: below(5) }));
  const attachments = listOf(() => ({ atom: below(atoms.length), hydrogens: listOf(() => below(16)) }));
  const joins = listOf(() => below(attachments.length));
  const automorphisms = listOf(() => attachments.map(() => below(attachments.length)));
  const whole = at === numbers.length && joins.length > 0 && automorphisms.length > 0;
  if (!whole || attachments.some(({ hydrogens }) => hydrogens.length === 0)) badLine(name, line);
  return { smiles, atoms, bonds, attachments, joins, automorphisms };
}

function badLine(name: string, line: string): never {
  return badArgument(name, 'lines of a vocabulary that loadVocabulary has made', line);
}
