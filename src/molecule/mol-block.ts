/** Lines of a V2000 mol block before its atoms: three of text, then the counts. */
const HEADER = 4;

/** A V2000 mol block with so many methyl groups bound to an atom. */
export function capped(molblock: string, atom: number, groups: number): string {
  const lines = molblock.split('\n');
  const counts = lines[HEADER - 1];
  const atoms = Number(counts.slice(0, 3));
  const bonds = Number(counts.slice(3, 6));
  const caps = Array.from({ length: groups }, (_, i) => i);
  const atomLines = caps.map(() => '    0.0000    0.0000    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0');
  const bondLines = caps.map((i) => `${column(atom + 1)}${column(atoms + 1 + i)}  1  0`);
  return [
    ...lines.slice(0, HEADER - 1),
    `${column(atoms + groups)}${column(bonds + groups)}${counts.slice(6)}`,
    ...lines.slice(HEADER, HEADER + atoms),
    ...atomLines,
    ...lines.slice(HEADER + atoms, HEADER + atoms + bonds),
    ...bondLines,
    ...lines.slice(HEADER + atoms + bonds),
  ].join('\n');
}

function column(value: number): string {
  return String(value).padStart(3);
}
