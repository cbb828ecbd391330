/**
 * An environment of one's own: sets of items whose values interact in pairs, 2^items of them, each reached by every
 * order of its items.
 *
 *   npx gflownet train ./examples/baskets.ts --objective trajectory-balance --environment-options '{"items":8}'
 */
import { defineEnvironment } from 'gflownet';

interface Basket {
  readonly chosen: readonly boolean[];
  readonly finished: boolean;
}

interface BasketsOptions {
  readonly items?: number;
  /** Find all baskets before the first step: the same results, without a call of these functions during training. */
  readonly compile?: boolean;
}

/** What an item adds to log R, and a pair of items. */
const value = (item: number): number => Math.sin(3 * item) - 0.2;
const synergy = (a: number, b: number): number => (Math.abs(a - b) === 2 ? 1.2 : -0.3);

export default function baskets({ items = 6, compile = false }: BasketsOptions) {
  const stop = items; // the action that finishes a basket; the others put an item in
  const numbers = Array.from({ length: items }, (_, item) => item);
  const put = ({ chosen }: Basket, item: number, isIn: boolean): Basket => ({
    chosen: chosen.map((was, i) => (i === item ? isIn : was)),
    finished: false,
  });
  return defineEnvironment<Basket>(
    {
      name: 'baskets',
      parameters: { items },
      actions: items + 1,
      maximumLength: items + 1,
      observation: { width: items + 1, size: 2 * (items + 1) },
      initial: () => ({ chosen: numbers.map(() => false), finished: false }),
      isTerminal: (basket) => basket.finished,
      allowed: (basket, action) => !basket.finished && (action === stop || !basket.chosen[action]),
      apply: (basket, action) => (action === stop ? { ...basket, finished: true } : put(basket, action, true)),
      backwardAllowed: (basket, action) =>
        action === stop ? basket.finished : !basket.finished && basket.chosen[action],
      undo: (basket, action) => (action === stop ? { ...basket, finished: false } : put(basket, action, false)),
      key: (basket) => [...basket.chosen, basket.finished].map(Number),
      observe: (basket) => [...basket.chosen, basket.finished].map((isIn, i) => 2 * i + Number(isIn)),
      logReward: ({ chosen }) => {
        const inside = numbers.filter((item) => chosen[item]);
        const pairs = inside.flatMap((a) => inside.filter((b) => b < a).map((b) => synergy(a, b)));
        return [...inside.map(value), ...pairs].reduce((sum, part) => sum + part, 0);
      },
      format: ({ chosen }) => chosen.map(Number).join(''),
      parse: (text) => ({ chosen: numbers.map((item) => text[item] === '1'), finished: true }),
    },
    { compile },
  );
}
