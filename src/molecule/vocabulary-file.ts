import { readFile } from 'node:fs/promises';
import { GfnError } from '../error.ts';
import { shown } from '../options.ts';

/** A block as a vocabulary file gives it. */
export interface BlockSource {
  /** What messages call it: its name, or its place in the file. */
  readonly label: string;
  readonly smiles: string;
  /** Atoms that take junction bonds, by their place in the SMILES; an atom as often as it takes one. */
  readonly atoms: readonly number[];
  /** Those of `atoms` by which the block may join a molecule. */
  readonly joins: readonly number[];
}

/** What a vocabulary may be given as: the path of a JSON file, or its content. */
export type VocabularyInput = string | object;

const LAYOUTS = 'an object with blocks: [{ smiles, atoms, joins?, name? }], or with block_smi and block_r';

/**
 * The blocks of a vocabulary file. Two layouts are known: `blocks`, a list of objects with `smiles`, `atoms` and,
 * unless it is by all of these, `joins`; and that of Bengio et al. 2021, `block_smi` and `block_r`, where the first atom
 * is the one by which the block joins. Throws ERR_VOCABULARY naming file and block.
 */
export async function readVocabulary(name: string, input: VocabularyInput): Promise<BlockSource[]> {
  if (typeof input !== 'string') return blockSources(name, input);
  let content: unknown;
  try {
    content = JSON.parse(await readFile(input, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GfnError('ERR_VOCABULARY', `${name}: ${input}: expected a readable JSON file: ${reason}`, { cause });
  }
  return blockSources(`${name}: ${input}`, content);
}

function blockSources(subject: string, content: unknown): BlockSource[] {
  if (typeof content !== 'object' || content === null) return badVocabulary(subject, LAYOUTS, content);
  const sources =
    'blocks' in content
      ? listedBlocks(subject, content.blocks)
      : 'block_smi' in content && 'block_r' in content
        ? keyedBlocks(subject, content.block_smi, content.block_r)
        : badVocabulary(subject, LAYOUTS, content);
  if (sources.length === 0) badVocabulary(subject, 'at least one block', content);
  return sources;
}

function listedBlocks(subject: string, blocks: unknown): BlockSource[] {
  if (!Array.isArray(blocks)) return badVocabulary(`${subject}: blocks`, 'a list', blocks);
  return blocks.map((block: unknown, i) => {
    const place = `${subject}: block ${i}`;
    if (typeof block !== 'object' || block === null) {
      return badVocabulary(place, 'an object with smiles and atoms', block);
    }
    const { smiles, atoms, joins, name } = block as Readonly<Record<string, unknown>>;
    const label = typeof name === 'string' ? `${place} (${name})` : place;
    return source(label, smiles, atoms, joins ?? atoms);
  });
}

/** Lists of 2021 are objects whose keys are 0, 1, 2, …; arrays are taken too. */
function keyedBlocks(subject: string, smiles: unknown, atoms: unknown): BlockSource[] {
  const texts = valuesByKey(`${subject}: block_smi`, smiles);
  const lists = valuesByKey(`${subject}: block_r`, atoms);
  if (texts.length !== lists.length) {
    badVocabulary(`${subject}: block_r`, `${texts.length} lists of atoms, one for each block`, lists.length);
  }
  return texts.map((text, i) => {
    const list = lists[i];
    return source(`${subject}: block ${i}`, text, list, Array.isArray(list) ? list.slice(0, 1) : list);
  });
}

function valuesByKey(subject: string, value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return badVocabulary(subject, 'an object or a list', value);
  const entries = Object.entries(value);
  return entries.map(([key, entry], i) => {
    if (key !== String(i)) badVocabulary(subject, `the keys 0 to ${entries.length - 1} in order`, key);
    return entry as unknown;
  });
}

function source(label: string, smiles: unknown, atoms: unknown, joins: unknown): BlockSource {
  if (typeof smiles !== 'string' || smiles.trim() === '') return badVocabulary(label, 'a SMILES', smiles);
  const atomList = atomNumbers(`${label}: atoms`, atoms);
  const joinList = atomNumbers(`${label}: joins`, joins);
  if (atomList.length === 0) badVocabulary(label, `${shown(smiles)} to have at least one attachment atom`, atoms);
  const foreign = joinList.find((atom) => !atomList.includes(atom));
  if (joinList.length === 0 || foreign !== undefined) {
    badVocabulary(`${label}: joins`, `some of the attachment atoms ${shown(atomList)}`, joins);
  }
  return { label, smiles: smiles.trim(), atoms: atomList, joins: joinList };
}

function atomNumbers(subject: string, value: unknown): number[] {
  const list: unknown[] = Array.isArray(value) ? value : badVocabulary(subject, 'a list of atom numbers', value);
  return list.map((atom) =>
    typeof atom === 'number' && Number.isInteger(atom) && atom >= 0
      ? atom
      : badVocabulary(subject, 'atom numbers from 0 on', atom),
  );
}

/** Throws ERR_VOCABULARY: `subject: expected …, got …`. */
export function badVocabulary(subject: string, expected: string, value: unknown): never {
  throw new GfnError('ERR_VOCABULARY', `${subject}: expected ${expected}, got ${shown(value)}`);
}
