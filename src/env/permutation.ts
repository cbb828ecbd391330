import { badArgument, stringOption } from '../options.ts';
import { bitsFor, wordsFor, writeBits } from './bit-packing.ts';
import { binomial, fallingFactorial, totalCount } from './counting.ts';
import type { EnvironmentDefinition } from './definition.ts';
import type { Environment, EnvironmentParameters, Modes, ObservationSpec } from './environment.ts';
import { listOf, squareMatrixOf, type NumberArrayInput } from './number-array.ts';
import { choice, integer, number, numbers, resolveOptions } from './option.ts';
import { parametersOf } from './sizes.ts';

/** Options of `permutation`. Dispersion and centre are those of a Mallows model; without them or preferences log R = 0. */
export interface PermutationOptions {
  /** Number of items; default 4. */
  readonly items?: number;
  /** `fixed`: positions are filled from the first to the last; `any`: in any order. Default fixed. */
  readonly order?: 'any' | 'fixed';
  /** [items × items] What item i before item j adds to log R, at row i and column j; the diagonal is not read. */
  readonly preferences?: NumberArrayInput;
  /** θ of the Mallows model, log R(x) = −θ · the pairs of items that x and the centre order differently; default 1. */
  readonly dispersion?: number;
  /** [items] The centre of the Mallows model, the items by position; default 0, 1, 2, … */
  readonly center?: readonly number[];
}

/** The largest n with n·(n + 1) model inputs. */
const MOST_ITEMS = 1023;

const options = {
  items: integer({ description: 'number of items', default: 4, minimum: 1, maximum: MOST_ITEMS }),
  order: choice({ description: 'order in which positions are filled', default: 'fixed', choices: ['any', 'fixed'] }),
  preferences: numbers({
    description: 'what row item before column item adds to log R (linear ordering)',
    defaultText: 'none',
  }),
  dispersion: number({
    description: 'θ of the Mallows model, log R = −θ · pairs ordered otherwise than in the centre',
    defaultText: '1 where center is given',
    minimum: -1e100,
    maximum: 1e100,
  }),
  center: numbers({
    description: 'centre of the Mallows model, items by position',
    defaultText: '0,1,2,… where dispersion is given',
  }),
};

/** Entry of an empty position, and of an item that has none. */
const NONE = -1;

interface ResolvedPermutation {
  readonly items: number;
  readonly order: 'any' | 'fixed';
  /** [items × items] */
  readonly preferences: readonly number[] | undefined;
  readonly mallows: Mallows | undefined;
}

interface Mallows {
  readonly dispersion: number;
  /** [items] items by position */
  readonly center: readonly number[];
}

/**
 * Permutations of n items, built by placing an item at a position. A state is the item at each position, then the
 * position of each item, −1 standing for none, then the number of items placed; the trajectory ends, without a stop
 * action, when all are. In the fixed order action i places item i at the next position, and the one backward action
 * takes the last one away: the states form a tree. In any order action p·n + i places item i at position p, and
 * backward action p empties position p.
 *
 * log R(x) = Σ preferences[i, j] over the pairs with item i before item j (the linear ordering problem), or
 * −θ · d(x, centre) with d the number of pairs in the other order (Mallows 1957; Kendall's distance), or 0.
 */
class Permutation implements Environment {
  readonly name = 'permutation';
  readonly parameters: EnvironmentParameters;
  readonly stateSize: number;
  readonly actions: number;
  readonly backwardActions: number;
  readonly keyWords: number;
  readonly observation: ObservationSpec;
  readonly maximumLength: number;
  readonly terminalCount: number;
  readonly stateCount: number;
  /** The centre of a Mallows model, turned round where θ < 0; null where no permutation is known to be best. */
  readonly modes: Modes | null;
  private readonly items: number;
  private readonly fixed: boolean;
  private readonly itemBits: number;
  /** [items] place of each item in the centre of the Mallows model */
  private readonly rank: Int32Array;

  constructor(private readonly resolved: ResolvedPermutation) {
    const { items, order, preferences, mallows } = resolved;
    this.parameters = parametersOf({ items, order, preferences, ...mallows });
    this.items = items;
    this.fixed = order === 'fixed';
    this.stateSize = 2 * items + 1;
    this.actions = this.fixed ? items : items * items;
    this.backwardActions = this.fixed ? 1 : items;
    this.itemBits = bitsFor(items + 1);
    this.keyWords = wordsFor(items * this.itemBits);
    this.observation = { width: items, size: items * (items + 1) };
    this.maximumLength = items;
    this.terminalCount = totalCount([fallingFactorial(items, items)]);
    this.stateCount = totalCount(
      Array.from({ length: items + 1 }, (_, placed) => {
        const orders = fallingFactorial(items, placed);
        return this.fixed ? orders : orders * binomial(items, placed);
      }),
    );
    this.rank = new Int32Array(items);
    mallows?.center.forEach((item, place) => (this.rank[item] = place));
    this.modes = mallows === undefined || mallows.dispersion === 0 ? null : this.bestOrder(mallows);
  }

  initial(state: Int32Array): void {
    state.fill(NONE, 0, 2 * this.items);
    state[2 * this.items] = 0;
  }

  allowed(state: Int32Array, action: number): boolean {
    const { items } = this;
    if (this.fixed) return state[items + action] === NONE;
    return state[Math.floor(action / items)] === NONE && state[items + (action % items)] === NONE;
  }

  apply(state: Int32Array, action: number): number {
    const { items } = this;
    const count = state[2 * items]++;
    const position = this.fixed ? count : Math.floor(action / items);
    const item = action % items;
    state[position] = item;
    state[items + item] = position;
    return this.fixed ? 0 : position;
  }

  backwardAllowed(state: Int32Array, backward: number): boolean {
    return this.fixed ? state[2 * this.items] > 0 : state[backward] !== NONE;
  }

  undo(state: Int32Array, backward: number): number {
    const { items } = this;
    const count = --state[2 * items];
    const position = this.fixed ? count : backward;
    const item = state[position];
    state[position] = NONE;
    state[items + item] = NONE;
    return this.fixed ? item : position * items + item;
  }

  isTerminal(state: Int32Array): boolean {
    return state[2 * this.items] === this.items;
  }

  key(state: Int32Array, key: Uint32Array): void {
    key.fill(0, 0, 2 * this.keyWords);
    let position = 0;
    for (let p = 0; p < this.items; p++) position = writeBits(key, position, state[p] + 1, this.itemBits);
  }

  /** Each position has an index for being empty, followed by those of the items. */
  observe(state: Int32Array, indices: Int32Array): void {
    for (let p = 0; p < this.items; p++) indices[p] = p * (this.items + 1) + state[p] + 1;
  }

  logReward(x: Int32Array): number {
    const { items } = this;
    const { preferences, mallows } = this.resolved;
    if (mallows !== undefined) {
      const discordant = this.discordantPairs(x);
      return discordant === 0 ? 0 : -mallows.dispersion * discordant;
    }
    if (preferences === undefined) return 0;
    let sum = 0;
    for (let p = 0; p < items; p++) for (let q = p + 1; q < items; q++) sum += preferences[x[p] * items + x[q]];
    return sum;
  }

  /** The items by position separated by commas, `.` for an empty one. */
  format(state: Int32Array): string {
    return Array.from(state.subarray(0, this.items), (item) => (item === NONE ? '.' : String(item))).join(',');
  }

  parse(text: string): Int32Array {
    stringOption('text', text);
    const order = text.split(',').map((part) => (/^(0|[1-9]\d*)$/.test(part) ? Number(part) : NaN));
    if (!isPermutation(order, this.items)) badArgument('text', `the items 0 to ${this.items - 1} in some order`, text);
    const x = new Int32Array(this.stateSize);
    order.forEach((item, position) => {
      x[position] = item;
      x[this.items + item] = position;
    });
    x[2 * this.items] = this.items;
    return x;
  }

  /** Kendall's distance to the centre: pairs of items in the other order. */
  private discordantPairs(x: Int32Array): number {
    let count = 0;
    for (let p = 0; p < this.items; p++) {
      for (let q = p + 1; q < this.items; q++) if (this.rank[x[p]] > this.rank[x[q]]) count++;
    }
    return count;
  }

  private bestOrder({ dispersion, center }: Mallows): Modes {
    const best = dispersion > 0 ? center : center.toReversed();
    return {
      count: 1,
      definition: dispersion > 0 ? 'the centre of the Mallows model' : 'the centre of the Mallows model turned round',
      of: (x) => (best.every((item, position) => x[position] === item) ? [0] : []),
    };
  }
}

function isPermutation(order: readonly number[], items: number): boolean {
  const inRange = order.every((item) => Number.isInteger(item) && item >= 0 && item < items);
  return inRange && order.length === items && new Set(order).size === items;
}

/** Builds permutations. Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION. */
export function permutation(given: PermutationOptions = {}): Environment {
  const { items, order, preferences, dispersion, center } = resolveOptions('permutation', options, given);
  if (preferences !== undefined) {
    if (dispersion !== undefined) badArgument('dispersion', 'nothing where preferences are given', dispersion);
    if (center !== undefined) badArgument('center', 'nothing where preferences are given', Array.from(center.values));
    const matrix = squareMatrixOf('preferences', preferences, items, 'one for each pair of items');
    return new Permutation({ items, order, preferences: matrix, mallows: undefined });
  }
  if (dispersion === undefined && center === undefined) {
    return new Permutation({ items, order, preferences: undefined, mallows: undefined });
  }
  const identity = Array.from({ length: items }, (_, i) => i);
  const centre = center === undefined ? identity : listOf('center', center, items, 'the items in some order');
  if (!isPermutation(centre, items)) badArgument('center', `the items 0 to ${items - 1} in some order`, centre);
  const mallows = { dispersion: dispersion ?? 1, center: centre };
  return new Permutation({ items, order, preferences: undefined, mallows });
}

export const permutationDefinition: EnvironmentDefinition = {
  name: 'permutation',
  summary: 'permutations built item by item; Mallows and linear-ordering rewards',
  options,
  create: permutation,
};
