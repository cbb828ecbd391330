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
};
