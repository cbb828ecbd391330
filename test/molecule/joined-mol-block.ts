import { StateField } from '../../src/molecule/block-tree.ts';
import type { Vocabulary } from '../../src/molecule/vocabulary.ts';

interface Part {
  readonly atoms: readonly string[];
  readonly bonds: readonly (readonly [from: number, to: number, rest: string])[];
  /** Lines of properties as [keyword, atom, value]. */
  readonly properties: readonly (readonly [keyword: string, atom: number, value: number])[];
}

function column(value: number, width = 3): string {
  return String(value).padStart(width);
}

function partOf(molblock: string): Part {
  const lines = molblock.split('\n');
  const atoms = Number(lines[3].slice(0, 3));
  const bonds = Number(lines[3].slice(3, 6));
  return {
    atoms: lines.slice(4, 4 + atoms),
    bonds: lines
      .slice(4 + atoms, 4 + atoms + bonds)
      .map((line) => [Number(line.slice(0, 3)), Number(line.slice(3, 6)), withoutStereo(line.slice(6))]),
    properties: lines
      .slice(4 + atoms + bonds)
      .filter((line) => /^M {2}[A-Z]{3} +\d/.test(line))
      .flatMap((line) => {
        const numbers = line.slice(9).trim().split(/ +/).map(Number);
        return Array.from(
          { length: numbers.length / 2 },
          (_, i) => [line.slice(0, 6), numbers[2 * i], numbers[2 * i + 1]] as const,
        );
      }),
  };
}

/** A double bond that is cis or trans: where its ends lie in a drawing says nothing here. */
function withoutStereo(bond: string): string {
  return bond.replace(/^ {2}2 {2}\d/, '  2  3');
}

/**
 * The molecule of a state as a mol block: the mol blocks that RDKit has written of its blocks, one after the other, and
 * a single bond for each junction. Which hydrogens give way, and what is aromatic, is left for RDKit to find out.
 */
export function joinedMolBlock(vocabulary: Vocabulary, molblocks: readonly string[], state: Int32Array): string {
  const atoms: string[] = [];
  const bonds: string[] = [];
  const properties: string[] = [];
  const first: number[] = [];
  for (let i = 0; i < state[StateField.blocks]; i++) {
    const [block, parent, parentAttachment, attachment] = state.subarray(StateField.first + StateField.width * i);
    const part = partOf(molblocks[block]);
    const start = atoms.length;
    first.push(start);
    atoms.push(...part.atoms);
    for (const [from, to, rest] of part.bonds) bonds.push(`${column(from + start)}${column(to + start)}${rest}`);
    for (const [keyword, atom, value] of part.properties) {
      properties.push(`${keyword}  1${column(atom + start, 4)}${column(value, 4)}`);
    }
    if (i === 0) continue;
    const parentBlock = vocabulary.blocks[state[StateField.first + StateField.width * parent]];
    const from = first[parent] + parentBlock.attachments[parentAttachment].atom + 1;
    const to = start + vocabulary.blocks[block].attachments[attachment].atom + 1;
    bonds.push(`${column(from)}${column(to)}  1  0`);
  }
  const counts = `${column(atoms.length)}${column(bonds.length)}  0  0  0  0  0  0  0  0999 V2000`;
  return ['', '', '', counts, ...atoms, ...bonds, ...properties, 'M  END'].join('\n');
}
