import type { EnvironmentDescription } from '../../../src/index.ts';

/** Which of six items are in a set, as an immutable string of 0 and 1, and whether it is finished. */
export interface Items {
  readonly chosen: string;
  readonly finished: boolean;
}

export const ITEMS = 6;
const STOP = ITEMS;
const weight = (i: number): number => 0.3 * i - 0.7;
const interaction = (i: number, j: number): number => ((i * 7 + j * 3) % 5) / 2 - 1;

/** Sets of items with pairwise interactions: add items in any order, then stop. */
export const pairs = {
  name: 'pairs',
  actions: ITEMS + 1,
  maximumLength: ITEMS + 1,
  observation: { width: ITEMS + 1, size: 2 * ITEMS + 2 },
  initial: () => ({ chosen: '0'.repeat(ITEMS), finished: false }),
  allowed: ({ chosen, finished }, action) => !finished && (action === STOP || chosen[action] === '0'),
  apply: ({ chosen }, action) => (action === STOP ? { chosen, finished: true } : withItem(chosen, action, '1')),
  isTerminal: ({ finished }) => finished,
  backwardAllowed: ({ chosen, finished }, backward) =>
    backward === STOP ? finished : !finished && chosen[backward] === '1',
  undo: ({ chosen }, backward) => (backward === STOP ? { chosen, finished: false } : withItem(chosen, backward, '0')),
  key: ({ chosen, finished }) => `${chosen}${finished ? '!' : ''}`,
  observe: ({ chosen, finished }) =>
    Array.from(chosen + (finished ? '1' : '0'), (bit, position) => 2 * position + Number(bit)),
  logReward: ({ chosen }) => {
    let sum = 0;
    for (let i = 0; i < ITEMS; i++) {
      if (chosen[i] === '0') continue;
      sum += weight(i);
      for (let j = 0; j < i; j++) if (chosen[j] === '1') sum += interaction(i, j);
    }
    return sum;
  },
} as const satisfies EnvironmentDescription<Items>;

function withItem(chosen: string, item: number, bit: string): Items {
  return { chosen: chosen.slice(0, item) + bit + chosen.slice(item + 1), finished: false };
}
