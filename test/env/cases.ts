import { packNumbers } from '../../src/env/packed-numbers.ts';
import { alkanes, chains, restricted, symmetricRings } from './molecule-vocabularies.ts';

/** Numbers that are easy to tell apart, packed as a table of rewards or scores. */
const table = (count: number) => packNumbers(Array.from({ length: count }, (_, i) => ((i * 37) % 101) / 16 + 0.1));
const clipped = { rewardExponent: 3, rewardScale: 10, rewardFloor: 0.001, modeFraction: 0.25 };
const letters = Array.from('ACDEFGHIKLMNPQRSTVWY');
const symmetric = [0, 1, -0.5, 2, 1, 0, 0.25, 0, -0.5, 0.25, 0, -1, 2, 0, -1, 0];
const pairwise = [0, 1, 0.5, -1, 2, 0, 0.25, 1, 2, 0, -1, 1, 0, 3];

/** Sizes at which the laws are tested, by registered name; every registered environment must be here. */
export const cases: Readonly<Record<string, readonly object[]>> = {
  hypergrid: [
    {},
    { dimensions: 1, side: 2 },
    { dimensions: 3, side: 4, reward: 'cosine' },
    { dimensions: 5, side: 11, reward: 'sparse' },
    { dimensions: 40, side: 13, reward: 'deceptive' },
    { dimensions: 3, side: 300 },
  ],
  'hypergrid-2021': [
    {},
    { dimensions: 1, side: 2 },
    { dimensions: 4, side: 5, reward: 'cosine' },
    { dimensions: 70, side: 9 },
  ],
  'conditional-hypergrid': [{}, { dimensions: 3, side: 7, rewardR0: 0.01, rewardR1: 0.6, rewardR2: 4 }],
  'bit-sequence': [
    {},
    { length: 6, wordBits: 2, modes: ['001100'] },
    { length: 16, wordBits: 1 },
    { length: 64, wordBits: 16 },
  ],
  'bit-sequence-autoregressive': [
    {},
    { length: 6, wordBits: 2, modes: ['001100', '111111'] },
    { length: 120, wordBits: 1 },
    { length: 48, wordBits: 16 },
  ],
  'bit-sequence-prepend-append': [
    {},
    { length: 6, wordBits: 1, modes: ['001100'] },
    { length: 6, wordBits: 2, modes: ['001100'] },
    { length: 120, wordBits: 8 },
  ],
  ising: [{}, { side: 2, coupling: -0.3 }, { side: 3, coupling: 0.2 }, { side: 9, coupling: -0.1 }],
  set: [
    {},
    { items: 5, minimum: 0, maximum: 3, weights: [1, -2, 0.5, 0.25, 3] },
    { items: 64, minimum: 1, maximum: 64 },
    { items: 150, size: 9 },
  ],
  sequence: [
    {},
    { alphabet: ['CF', 'CCC', 'O'], minimumLength: 1, maximumLength: 5, style: 'append' },
    { alphabet: letters, length: 30, style: 'prepend-append' },
    { alphabet: letters, minimumLength: 10, maximumLength: 24, style: 'insert' },
    { alphabet: ['A', 'B', 'C'], length: 5, style: 'insert', table: table(243), tableReward: 'log', modeFraction: 0.1 },
  ],
  factors: [
    {},
    { cardinalities: [2, 3, 2, 5], order: 'any', unary: [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3], pairwise },
    { cardinalities: Array<number>(40).fill(3), order: 'fixed' },
    { cardinalities: [300, 1, 70, 2] },
  ],
  permutation: [
    {},
    { items: 9, order: 'any', dispersion: 0.3 },
    { items: 40, order: 'fixed', dispersion: -0.1 },
    { items: 4, order: 'any', preferences: symmetric },
  ],
  dag: [
    {},
    { nodes: 12 },
    { nodes: 5, scores: table(80), edgeScores: Array.from({ length: 25 }, (_, i) => (i - 3) / 8) },
  ],
  molecule: [
    {},
    { blocks: symmetricRings, minimumBlocks: 3, maximumBlocks: 16 },
    { blocks: alkanes, minimumBlocks: 1, maximumBlocks: 12, weights: [0.5] },
  ],
};

/** Cases with few enough states to visit every one. */
export const smallCases: Readonly<Record<string, readonly object[]>> = {
  hypergrid: [
    { dimensions: 1, side: 2 },
    { dimensions: 2, side: 8 },
    { dimensions: 3, side: 5 },
  ],
  'hypergrid-2021': [
    { dimensions: 1, side: 2 },
    { dimensions: 2, side: 8 },
    { dimensions: 3, side: 5 },
  ],
  'conditional-hypergrid': [{ dimensions: 2, side: 5 }],
  'bit-sequence': [
    { length: 6, wordBits: 2, modes: ['001100'] },
    { length: 8, wordBits: 4 },
    { length: 5, wordBits: 1, modes: ['00110'] },
  ],
  'bit-sequence-autoregressive': [
    { length: 6, wordBits: 2, modes: ['001100'] },
    { length: 8, wordBits: 1 },
  ],
  'bit-sequence-prepend-append': [
    { length: 6, wordBits: 2, modes: ['001100'] },
    { length: 6, wordBits: 1, modes: ['001100'] },
    { length: 8, wordBits: 2 },
  ],
  ising: [{ side: 2 }, { side: 2, coupling: -0.3 }],
  set: [
    { items: 1, size: 1 },
    { items: 5, size: 2, weights: [1, -2, 0.5, 0.25, 3] },
    { items: 4, minimum: 0, maximum: 4, interactions: symmetric },
    { items: 4, minimum: 1, maximum: 2, weights: [1, 2, 3, 4], interactions: symmetric },
  ],
  sequence: [
    { alphabet: ['a'], minimumLength: 0, maximumLength: 3, style: 'insert' },
    { alphabet: ['a', 'b'], length: 4, style: 'prepend-append' },
    { alphabet: ['a', 'b', 'c'], minimumLength: 0, maximumLength: 3, style: 'append' },
    { alphabet: ['a', 'b', 'c'], minimumLength: 1, maximumLength: 4, style: 'prepend-append' },
    { alphabet: ['a', 'b', 'c'], minimumLength: 0, maximumLength: 4, style: 'insert' },
    { alphabet: ['a', 'b'], length: 5, style: 'insert', table: table(32), tableReward: 'clip-after', ...clipped },
    { alphabet: ['a', 'b'], length: 3, style: 'append', table: table(8), tableReward: 'clip-before', ...clipped },
    {
      alphabet: ['a', 'bc'],
      minimumLength: 1,
      maximumLength: 2,
      style: 'append',
      table: table(6),
      tableReward: 'plain',
    },
  ],
  factors: [
    { cardinalities: [2, 3, 2], order: 'any', unary: [1, 2, 3, 4, 5, 6, 7] },
    { cardinalities: [2, 3, 2, 2], order: 'any', pairwise },
    { cardinalities: [2, 3, 2, 1], order: 'fixed', pairwise },
  ],
  permutation: [
    { items: 1 },
    { items: 4, order: 'fixed', dispersion: 0.5, center: [2, 0, 3, 1] },
    { items: 4, order: 'any', dispersion: -0.5, center: [2, 0, 3, 1] },
    { items: 4, order: 'any', preferences: symmetric },
  ],
  dag: [{ nodes: 2 }, { nodes: 3, scores: table(12) }, { nodes: 4, edgeScores: symmetric }],
  molecule: [
    { blocks: symmetricRings, minimumBlocks: 2, maximumBlocks: 3, weights: [1, -2, 0.5] },
    { blocks: chains, minimumBlocks: 2, maximumBlocks: 4, weights: [1, -2] },
    { blocks: chains, minimumBlocks: 4, maximumBlocks: 4 },
    { blocks: alkanes, minimumBlocks: 1, maximumBlocks: 8 },
    { blocks: restricted, minimumBlocks: 3, maximumBlocks: 3 },
    { blocks: restricted, minimumBlocks: 1, maximumBlocks: 1 },
  ],
};
