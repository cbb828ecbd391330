import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { GfnError } from '../error.ts';
import { packageFolders } from '../package-folder.ts';
import type { Block } from './block.ts';
import { blockLine, parseBlockLine } from './block-line.ts';
import { compileBlocks } from './compile-blocks.ts';
import { readVocabulary, type VocabularyInput } from './vocabulary-file.ts';

/** The blocks that molecules are built of, with what RDKit found out about them. Made by `loadVocabulary`. */
export class Vocabulary {
  readonly blocks: readonly Block[];

  constructor(blocks: readonly Block[]) {
    this.blocks = blocks;
  }

  /** One line of text for each block: the parameter `blocks` of the environment `molecule`. */
  get lines(): readonly string[] {
    return this.blocks.map(blockLine);
  }
}

/**
 * Reads a vocabulary (a JSON file, or its content) and lets RDKit work out graph, hydrogens and symmetry of each block,
 * in a thread of its own. Rejects with ERR_VOCABULARY, naming the block, for an invalid SMILES, a block without
 * attachment atoms or an atom that cannot take as many bonds as it is named; with ERR_TOO_LARGE; with ERR_RDKIT without
 * RDKit.
 */
export async function loadVocabulary(input: VocabularyInput): Promise<Vocabulary> {
  return new Vocabulary(await compileBlocks(await readVocabulary('vocabulary', input)));
}

/** The vocabulary of the environment's parameter `blocks`. Throws ERR_ARGUMENT naming `name`. */
export function vocabularyOfLines(name: string, lines: readonly string[]): Vocabulary {
  return new Vocabulary(lines.map((line) => parseBlockLine(name, line)));
}

let shipped: Vocabulary | undefined;

/** The vocabulary that the package ships, `data/blocks.json`. Throws ERR_VOCABULARY if the file is missing. */
export function shippedVocabulary(): Vocabulary {
  if (shipped === undefined) {
    const path = shippedPath();
    const { compiled } = JSON.parse(readFileSync(path, 'utf8')) as { readonly compiled: readonly string[] };
    shipped = vocabularyOfLines(path, compiled);
  }
  return shipped;
}

/** Where the vocabulary that the package ships lies. */
function shippedPath(): string {
  const candidates = packageFolders().map((folder) => join(folder, 'data', 'blocks.json'));
  const path = candidates.find((candidate) => existsSync(candidate));
  if (path !== undefined) return path;
  throw new GfnError(
    'ERR_VOCABULARY',
    `the vocabulary of this package is missing; expected ${candidates[0]}, or blocks of your own`,
  );
}
