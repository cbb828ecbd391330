import { badArgument, stringOption } from '../options.ts';
import { wordsFor, writeBits } from './bit-packing.ts';
import { binomial, totalCount } from './counting.ts';
import type { EnvironmentDefinition } from './definition.ts';
import type { Environment, EnvironmentParameters, ObservationSpec } from './environment.ts';
import { checkSymmetric, listOf, squareMatrixOf, type NumberArrayInput } from './number-array.ts';
import { integer, numbers, resolveOptions } from './option.ts';
import { largest, parametersOf } from './sizes.ts';

/** Options of `set`. */
export interface SetOptions {
  /** Items to choose from; default 6. */
  readonly items?: number;
  /** Items of every set; default half of the items, rounded up. Not together with minimum or maximum. */
  readonly size?: number;
  /** Least items of a set; default 0 where maximum is given. */
  readonly minimum?: number;
  /** Most items of a set; default all where minimum is given. */
  readonly maximum?: number;
  /** [items] What each item adds to log R; default 0. */
  readonly weights?: NumberArrayInput;
  /** [items × items] What each pair of items adds to log R, symmetric with a diagonal of 0; default 0. */
  readonly interactions?: NumberArrayInput;
}

const MOST_ITEMS = largest.stateSize - 2;

const sizeOption = (description: string, defaultText: string, minimum: number) =>
  integer({ description, default: undefined, defaultText, minimum, maximum: MOST_ITEMS });

const options = {
  items: integer({ description: 'items to choose from', default: 6, minimum: 1, maximum: MOST_ITEMS }),
  size: sizeOption('items of every set', 'half of the items, rounded up', 1),
  minimum: sizeOption('least items of a set, where sizes vary', '0 where maximum is given', 0),
  maximum: sizeOption('most items of a set, where sizes vary', 'all where minimum is given', 1),
  weights: numbers({ description: 'what each item adds to log R', defaultText: '0' }),
  interactions: numbers({ description: 'what each pair of items adds to log R, a symmetric matrix', defaultText: '0' }),
};

interface ResolvedSet {
  readonly items: number;
  readonly minimum: number;
  readonly maximum: number;
  /** [items] */
  readonly weights: readonly number[] | undefined;
  /** [items × items] */
  readonly interactions: readonly number[] | undefined;
}

/**
 * Sets of `minimum` to `maximum` of n items, which are added in any order (set addition, after torchgfn's
 * `gym/set_addition.py`). A state is 1 or 0 for each item, then the number of items in the set, then 1 if the
 * trajectory has stopped. Action i adds item i. Where sizes vary, action n stops, from `minimum` items on, and is the
 * only action at `maximum`; where they do not, the trajectory ends with the last item. Backward action i takes item i
 * out, backward action n takes the stop back.
 *
 * log R(S) = Σ_{i ∈ S} weights[i] + Σ_{i < j ∈ S} interactions[i, j]: every pair once.
 */
class SetAddition implements Environment {
  readonly name = 'set';
  readonly parameters: EnvironmentParameters;
  readonly stateSize: number;
  readonly actions: number;
  readonly backwardActions: number;
  readonly keyWords: number;
  readonly observation: ObservationSpec;
  readonly maximumLength: number;
  readonly terminalCount: number;
  readonly stateCount: number;
  readonly modes = null;
  private readonly items: number;
  /** Whether sizes vary, so that there is a stop action, number `items`. */
  private readonly stops: boolean;

  constructor(private readonly resolved: ResolvedSet) {
    const { items, minimum, maximum, weights, interactions } = resolved;
    this.items = items;
    this.stops = minimum < maximum;
    const sizes = this.stops ? { minimum, maximum } : { size: maximum };
    this.parameters = parametersOf({ items, ...sizes, weights, interactions });
    this.stateSize = items + 2;
    this.actions = items + (this.stops ? 1 : 0);
    this.backwardActions = this.actions;
    this.keyWords = wordsFor(items + 1);
    this.observation = { width: items, size: 2 * items };
    this.maximumLength = maximum + (this.stops ? 1 : 0);
    const subsets = Array.from({ length: maximum + 1 }, (_, size) => binomial(items, size));
    const terminal = subsets.slice(minimum);
    this.terminalCount = totalCount(terminal);
    this.stateCount = totalCount(this.stops ? [...subsets, ...terminal] : subsets);
  }

  initial(state: Int32Array): void {
    state.fill(0, 0, this.stateSize);
  }

  allowed(state: Int32Array, action: number): boolean {
    if (this.isTerminal(state)) return false;
    const size = state[this.items];
    if (action === this.items) return size >= this.resolved.minimum;
    return state[action] === 0 && size < this.resolved.maximum;
  }

  apply(state: Int32Array, action: number): number {
    if (action === this.items) {
      state[this.items + 1] = 1;
    } else {
      state[action] = 1;
      state[this.items]++;
    }
    return action;
  }

  backwardAllowed(state: Int32Array, backward: number): boolean {
    const stopped = state[this.items + 1] === 1;
    return backward === this.items ? stopped : !stopped && state[backward] === 1;
  }

  undo(state: Int32Array, backward: number): number {
    if (backward === this.items) {
      state[this.items + 1] = 0;
    } else {
      state[backward] = 0;
      state[this.items]--;
    }
    return backward;
  }

  isTerminal(state: Int32Array): boolean {
    return this.stops ? state[this.items + 1] === 1 : state[this.items] === this.resolved.maximum;
  }

  key(state: Int32Array, key: Uint32Array): void {
    key.fill(0, 0, 2 * this.keyWords);
    let position = writeBits(key, 0, state[this.items + 1], 1);
    for (let i = 0; i < this.items; i++) position = writeBits(key, position, state[i], 1);
  }

  /** Index 2i + 1 if item i is in the set, else 2i. */
  observe(state: Int32Array, indices: Int32Array): void {
    for (let i = 0; i < this.items; i++) indices[i] = 2 * i + state[i];
  }

  logReward(x: Int32Array): number {
    const { items } = this;
    const { weights, interactions } = this.resolved;
    let sum = 0;
    for (let i = 0; i < items; i++) {
      if (x[i] === 0) continue;
      if (weights !== undefined) sum += weights[i];
      if (interactions === undefined) continue;
      for (let j = 0; j < i; j++) if (x[j] === 1) sum += interactions[i * items + j];
    }
    return sum;
  }

  /** The items in ascending order, like `{0,2,5}`. */
  format(state: Int32Array): string {
    const members = Array.from({ length: this.items }, (_, i) => i).filter((i) => state[i] === 1);
    return `{${members.join(',')}}`;
  }

  parse(text: string): Int32Array {
    stringOption('text', text);
    const { items } = this;
    const { minimum, maximum } = this.resolved;
    const inner = /^\{([\d,]*)\}$/.exec(text)?.[1];
    const members = inner === undefined || inner === '' ? [] : inner.split(',');
    const ascending = members.every((member, i) => i === 0 || Number(members[i - 1]) < Number(member));
    const known = members.every((member) => /^(0|[1-9]\d*)$/.test(member) && Number(member) < items);
    if (inner === undefined || !ascending || !known || members.length < minimum || members.length > maximum) {
      const count = this.stops ? `${minimum} to ${maximum}` : String(maximum);
      badArgument('text', `${count} ascending items from 0 to ${items - 1} like {0,1}`, text);
    }
    const x = new Int32Array(this.stateSize);
    for (const member of members) x[Number(member)] = 1;
    x[items] = members.length;
    if (this.stops) x[items + 1] = 1;
    return x;
  }
}

/** Builds set addition. Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION. */
export function set(given: SetOptions = {}): Environment {
  const { items, weights, interactions, ...sizes } = resolveOptions('set', options, given);
  const resolvedInteractions =
    interactions && squareMatrixOf('interactions', interactions, items, 'one for each pair of items');
  if (resolvedInteractions !== undefined) checkSymmetric('interactions', resolvedInteractions, items);
  return new SetAddition({
    items,
    ...sizeRange(items, sizes),
    weights: weights && listOf('weights', weights, items, 'one for each item'),
    interactions: resolvedInteractions,
  });
}

function sizeRange(
  items: number,
  { size, minimum, maximum }: { readonly size?: number; readonly minimum?: number; readonly maximum?: number },
): { readonly minimum: number; readonly maximum: number } {
  if (minimum === undefined && maximum === undefined) {
    const fixed = size ?? Math.ceil(items / 2);
    if (fixed > items) badArgument('size', `at most the number of items, ${items}`, fixed);
    return { minimum: fixed, maximum: fixed };
  }
  if (size !== undefined) badArgument('size', 'nothing where minimum or maximum is given', size);
  const most = maximum ?? items;
  const least = minimum ?? 0;
  if (most > items) badArgument('maximum', `at most the number of items, ${items}`, most);
  if (least > most) badArgument('minimum', `at most the maximum, ${most}`, least);
  return { minimum: least, maximum: most };
}

export const setDefinition: EnvironmentDefinition = {
  name: 'set',
  summary: 'sets of items added in any order, with item weights and pairwise interactions',
  options,
  create: set,
};
