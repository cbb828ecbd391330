import { readFile } from 'node:fs/promises';
import type { ColumnSource } from 'hyparquet-writer';
import { writeAtomically } from '../../checkpoint/atomic-file.ts';
import { GfnError } from '../../error.ts';

/** A molecule as training saw it first. */
export interface SeenMolecule {
  /** RDKit's canonical SMILES; without RDKit that of `smilesOf`. */
  readonly smiles: string;
  /** R(x) at β = 1 of the first tree that was this molecule. */
  readonly score: number;
  /** That tree, as the environment writes it. */
  readonly tree: string;
  /** Visits up to and with that one, from 1. */
  readonly visit: number;
  /** Whether it was a new mode then: `docs/metrics.md`. Null if nobody could tell, without RDKit. */
  readonly mode: boolean | null;
  /** Canonical SMILES of its Bemis–Murcko scaffold, if its score is that of a mode and it has rings. */
  readonly scaffold: string | null;
}

/** Columns of molecules, in the order of the file; visits are 64-bit integers there. */
function columnsOf(molecules: readonly SeenMolecule[]): ColumnSource[] {
  return [
    { name: 'smiles', type: 'STRING', nullable: false, data: molecules.map(({ smiles }) => smiles) },
    { name: 'score', type: 'DOUBLE', nullable: false, data: Float64Array.from(molecules, ({ score }) => score) },
    { name: 'tree', type: 'STRING', nullable: false, data: molecules.map(({ tree }) => tree) },
    {
      name: 'visit',
      type: 'INT64',
      nullable: false,
      data: BigInt64Array.from(molecules, ({ visit }) => BigInt(visit)),
    },
    { name: 'mode', type: 'BOOLEAN', nullable: true, data: molecules.map(({ mode }) => mode) },
    { name: 'scaffold', type: 'STRING', nullable: true, data: molecules.map(({ scaffold }) => scaffold) },
  ];
}

/** Writes molecules as one Parquet file, at once. Equal molecules make equal bytes. Throws ERR_OUTPUT. */
export async function writeMoleculeFile(path: string, molecules: readonly SeenMolecule[]): Promise<void> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const bytes = parquetWriteBuffer({ columnData: columnsOf(molecules), rowGroupSize: molecules.length });
  try {
    await writeAtomically(path, new Uint8Array(bytes));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GfnError('ERR_OUTPUT', `${path}: cannot be written: ${reason}`, { cause });
  }
}

/** Reads what `writeMoleculeFile` wrote. Throws ERR_CONFIG, which names the file. */
export async function readMoleculeFile(path: string): Promise<SeenMolecule[]> {
  const { parquetReadObjects } = await import('hyparquet');
  try {
    const rows = await parquetReadObjects({
      file: Uint8Array.from(await readFile(path)).buffer,
      columns: ['smiles', 'score', 'tree', 'visit', 'mode', 'scaffold'],
    });
    return rows.map(moleculeOf);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GfnError('ERR_CONFIG', `${path}: expected a Parquet file of molecules: ${reason}`, { cause });
  }
}

function moleculeOf(row: Readonly<Record<string, unknown>>): SeenMolecule {
  const { smiles, score, tree, visit, mode = null, scaffold = null } = row;
  const isWhole =
    typeof smiles === 'string' &&
    typeof score === 'number' &&
    typeof tree === 'string' &&
    typeof visit === 'bigint' &&
    (mode === null || typeof mode === 'boolean') &&
    (scaffold === null || typeof scaffold === 'string');
  if (!isWhole) throw new TypeError('columns smiles, score, tree, visit, mode and scaffold of their types are missing');
  return { smiles, score, tree, visit: Number(visit), mode, scaffold };
}
