import { badArgument } from '../options.ts';
import { LARGEST_MOLECULE, blockTables } from '../molecule/block-tables.ts';
import { shippedVocabulary, Vocabulary, vocabularyOfLines } from '../molecule/vocabulary.ts';
import { badVocabulary } from '../molecule/vocabulary-file.ts';
import { listOf, type NumberArrayInput } from './number-array.ts';
import { integer, numbers, resolveOptions, type EnvironmentOption } from './option.ts';

/** Options of `molecule`. */
export interface MoleculeOptions {
  /** What `loadVocabulary` has read, or its lines; default the vocabulary of the package. */
  readonly blocks?: Vocabulary | readonly string[];
  /** Least blocks of a molecule; default 2. */
  readonly minimumBlocks?: number;
  /** Most blocks of a molecule, up to 16; default 8. */
  readonly maximumBlocks?: number;
  /** What each block of the vocabulary adds to log R; default 0. */
  readonly weights?: NumberArrayInput;
}

const blocksOption: EnvironmentOption<Vocabulary | undefined> = {
  type: 'file',
  description: 'vocabulary, a JSON file of blocks',
  default: undefined,
  defaultText: 'the vocabulary of the package',
  allowed: 'what loadVocabulary has read, or its lines',
  check: checkBlocks,
};

function checkBlocks(name: string, value: unknown): Vocabulary {
  if (value instanceof Vocabulary) return value;
  if (typeof value === 'string') badArgument(name, 'a vocabulary: await loadVocabulary(file)', value);
  const lines: unknown[] = Array.isArray(value) ? value : [];
  if (lines.length === 0 || !lines.every((line) => typeof line === 'string')) {
    badArgument(name, blocksOption.allowed, value);
  }
  return vocabularyOfLines(name, lines);
}

export const moleculeOptions = {
  blocks: blocksOption,
  minimumBlocks: integer({
    description: 'least blocks of a molecule',
    default: 2,
    minimum: 1,
    maximum: LARGEST_MOLECULE,
  }),
  maximumBlocks: integer({
    description: 'most blocks of a molecule',
    default: 8,
    minimum: 1,
    maximum: LARGEST_MOLECULE,
  }),
  weights: numbers({ description: 'what each block of the vocabulary adds to log R', defaultText: '0' }),
};

/** Checked options of `molecule`. */
export interface ResolvedMolecule {
  readonly vocabulary: Vocabulary;
  readonly minimumBlocks: number;
  readonly maximumBlocks: number;
  /** [blocks] */
  readonly weights: readonly number[] | undefined;
}

/** Checks options and fills in defaults. Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_VOCABULARY. */
export function resolveMolecule(given: MoleculeOptions): ResolvedMolecule {
  const { blocks, minimumBlocks, maximumBlocks, weights } = resolveOptions('molecule', moleculeOptions, given);
  if (minimumBlocks > maximumBlocks)
    badArgument('minimumBlocks', `at most maximumBlocks, ${maximumBlocks}`, minimumBlocks);
  const vocabulary = blocks ?? shippedVocabulary();
  checkReach(vocabulary, minimumBlocks);
  return {
    vocabulary,
    minimumBlocks,
    maximumBlocks,
    weights: weights && listOf('weights', weights, vocabulary.blocks.length, 'one for each block'),
  };
}

/** Where no block takes two bonds, molecules have two blocks at most; otherwise they can always grow. */
function checkReach(vocabulary: Vocabulary, minimumBlocks: number): void {
  if (minimumBlocks <= 2 || blockTables(vocabulary).uses.some((uses) => uses > 1)) return;
  badVocabulary('blocks', `a block that takes two bonds, for molecules of ${minimumBlocks} blocks`, vocabulary.lines);
}
