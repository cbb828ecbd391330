import { badArgument, stringOption } from '../options.ts';
import { bitsFor, wordsFor, writeBits } from './bit-packing.ts';
import type { EnvironmentDefinition } from './definition.ts';
import type { Environment, EnvironmentParameters, ObservationSpec } from './environment.ts';
import { listOf, numberArray, type NumberArrayInput } from './number-array.ts';
import { choice, integer, numbers, resolveOptions, type EnvironmentOption } from './option.ts';
import type { NumberTensor } from './npy.ts';
import { pairwiseOption, PairwiseFactors, type PairwiseFactorsInput } from './pairwise-factor.ts';
import { checkSizes, countOf, largest, parametersOf } from './sizes.ts';

/** Options of `factors`. */
export interface FactorsOptions {
  /** Number of variables; default that of cardinalities, or 4. */
  readonly variables?: number;
  /** Number of values of each variable, or one number for all; default 2. */
  readonly cardinalities?: readonly number[];
  /** `any`: variables are set in any order; `fixed`: from the first to the last. Default any. */
  readonly order?: 'any' | 'fixed';
  /** What each value of each variable adds to log R: a row for each variable, or all in one list; default 0. */
  readonly unary?: NumberArrayInput;
  /** What the values of two variables add to log R; default none. */
  readonly pairwise?: PairwiseFactorsInput;
}

const MOST_VARIABLES = largest.stateSize - 1;
const DEFAULT_VARIABLES = 4;
const DEFAULT_CARDINALITY = 2;

/** Rows of different length, or one list. */
const unaryOption: EnvironmentOption<NumberTensor | undefined> = {
  ...numbers({ description: 'what each value of each variable adds to log R', defaultText: '0' }),
  check: (name, value) => {
    const ragged = Array.isArray(value) && value.every((row) => Array.isArray(row));
    return numberArray(name, ragged ? value.flat() : value);
  },
};

const options = {
  variables: integer({
    description: 'number of variables',
    default: undefined,
    defaultText: `that of cardinalities, or ${DEFAULT_VARIABLES}`,
    minimum: 1,
    maximum: MOST_VARIABLES,
  }),
  cardinalities: numbers({
    description: 'number of values of each variable, or one number for all',
    defaultText: String(DEFAULT_CARDINALITY),
  }),
  order: choice({ description: 'order in which variables are set', default: 'any', choices: ['any', 'fixed'] }),
  unary: unaryOption,
  pairwise: pairwiseOption,
};

/** Entry of a variable without value. */
const UNSET = -1;

interface ResolvedFactors {
  readonly cardinalities: readonly number[];
  readonly order: 'any' | 'fixed';
  readonly unary: readonly number[] | undefined;
  readonly pairwise: PairwiseFactors | undefined;
}

/**
 * Assignments of values to discrete variables, a discrete energy model as in Zhang et al. 2022 ("Generative Flow
 * Networks for Discrete Probabilistic Modeling") with factors of any kind: variable i takes one of its
 * `cardinalities[i]` values, in any order or from the first variable to the last. A state is the variables' values, −1
 * for one without, then the number of those set; the trajectory ends, without a stop action, when all are. The actions
 * are the values of variable 0, those of variable 1, and so on. In any order backward action i unsets variable i; in
 * the fixed order there is one backward action, and the states form a tree.
 *
 * log R(x) = Σ_i unary[i][x_i] + Σ_{(i, j)} pairwise[i, j][x_i][x_j]: factors are log-rewards, the negative of energies.
 */
class Factors implements Environment {
  readonly name = 'factors';
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
  private readonly variables: number;
  private readonly fixed: boolean;
  /** [variables] first action of each. */
  private readonly firstAction: Int32Array;
  /** [actions] */
  private readonly variableOf: Int32Array;

  constructor(private readonly resolved: ResolvedFactors) {
    const { cardinalities, order, unary, pairwise } = resolved;
    this.parameters = parametersOf({ cardinalities, order, unary, pairwise: pairwise?.flat });
    this.variables = cardinalities.length;
    this.fixed = order === 'fixed';
    this.stateSize = this.variables + 1;
    this.variableOf = Int32Array.from(cardinalities.flatMap((values, i) => Array<number>(values).fill(i)));
    this.actions = this.variableOf.length;
    this.firstAction = new Int32Array(this.variables);
    for (let i = 1; i < this.variables; i++) this.firstAction[i] = this.firstAction[i - 1] + cardinalities[i - 1];
    this.backwardActions = this.fixed ? 1 : this.variables;
    this.keyWords = wordsFor(cardinalities.reduce((bits, values) => bits + bitsFor(values + 1), 0));
    this.observation = { width: this.variables, size: this.actions + this.variables };
    this.maximumLength = this.variables;
    this.terminalCount = countOf(cardinalities.reduce((product, values) => product * values, 1));
    this.stateCount = countOf(this.fixed ? prefixCount(cardinalities) : partialCount(cardinalities));
  }

  initial(state: Int32Array): void {
    state.fill(UNSET, 0, this.variables);
    state[this.variables] = 0;
  }

  allowed(state: Int32Array, action: number): boolean {
    const variable = this.variableOf[action];
    return this.fixed ? variable === state[this.variables] : state[variable] === UNSET;
  }

  apply(state: Int32Array, action: number): number {
    const variable = this.variableOf[action];
    state[variable] = action - this.firstAction[variable];
    state[this.variables]++;
    return this.fixed ? 0 : variable;
  }

  backwardAllowed(state: Int32Array, backward: number): boolean {
    return this.fixed ? state[this.variables] > 0 : state[backward] !== UNSET;
  }

  undo(state: Int32Array, backward: number): number {
    const count = --state[this.variables];
    const variable = this.fixed ? count : backward;
    const action = this.firstAction[variable] + state[variable];
    state[variable] = UNSET;
    return action;
  }

  isTerminal(state: Int32Array): boolean {
    return state[this.variables] === this.variables;
  }

  key(state: Int32Array, key: Uint32Array): void {
    key.fill(0, 0, 2 * this.keyWords);
    let position = 0;
    this.resolved.cardinalities.forEach((values, i) => {
      position = writeBits(key, position, state[i] + 1, bitsFor(values + 1));
    });
  }

  /** Each variable has an index for being unset, followed by those of its values. */
  observe(state: Int32Array, indices: Int32Array): void {
    for (let i = 0; i < this.variables; i++) indices[i] = this.firstAction[i] + i + state[i] + 1;
  }

  logReward(x: Int32Array): number {
    const { unary, pairwise } = this.resolved;
    let sum = 0;
    if (unary !== undefined) for (let i = 0; i < this.variables; i++) sum += unary[this.firstAction[i] + x[i]];
    return pairwise === undefined ? sum : sum + pairwise.sum(x);
  }

  /** The values separated by commas, `.` for a variable without. */
  format(state: Int32Array): string {
    return Array.from(state.subarray(0, this.variables), (value) => (value === UNSET ? '.' : String(value))).join(',');
  }

  parse(text: string): Int32Array {
    stringOption('text', text);
    const { cardinalities } = this.resolved;
    const parts = text.split(',');
    const known = parts.every((part, i) => /^(0|[1-9]\d*)$/.test(part) && Number(part) < cardinalities[i]);
    if (!known || parts.length !== this.variables) {
      badArgument('text', `${this.variables} values below ${cardinalities.join(', ')}`, text);
    }
    return Int32Array.from([...parts.map(Number), this.variables]);
  }
}

/** Number of assignments of the first m variables, for every m. */
function prefixCount(cardinalities: readonly number[]): number {
  let product = 1;
  let count = 1;
  for (const values of cardinalities) {
    product *= values;
    count += product;
  }
  return count;
}

/** Number of assignments of any variables. */
function partialCount(cardinalities: readonly number[]): number {
  return cardinalities.reduce((product, values) => product * (values + 1), 1);
}

/** Builds factor assignments. Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_TOO_LARGE. */
export function factors(given: FactorsOptions = {}): Environment {
  const { variables, order, unary, pairwise, ...rest } = resolveOptions('factors', options, given);
  const cardinalities = cardinalitiesOf(variables, rest.cardinalities);
  const actions = cardinalities.reduce((sum, values) => sum + values, 0);
  checkSizes(
    'factors',
    {
      stateSize: cardinalities.length + 1,
      actions,
      backwardActions: cardinalities.length,
      observationSize: actions + cardinalities.length,
    },
    { variables: cardinalities.length },
  );
  return new Factors({
    cardinalities,
    order,
    unary: unary && listOf('unary', unary, actions, 'one for each value of each variable'),
    pairwise: pairwise && new PairwiseFactors('pairwise', pairwise, cardinalities),
  });
}

function cardinalitiesOf(variables: number | undefined, given: NumberTensor | undefined): readonly number[] {
  const values = given === undefined ? [DEFAULT_CARDINALITY] : Array.from(given.values);
  if (values.length === 0 || !values.every((value) => Number.isInteger(value) && value >= 1 && value <= 2 ** 20)) {
    badArgument('cardinalities', 'integers from 1 to 2^20', values);
  }
  const count = variables ?? (given === undefined ? DEFAULT_VARIABLES : values.length);
  if (values.length !== 1 && values.length !== count) {
    badArgument('cardinalities', `one number or ${count}, one for each variable`, values);
  }
  return values.length === count ? values : Array<number>(count).fill(values[0]);
}

export const factorsDefinition: EnvironmentDefinition = {
  name: 'factors',
  summary: 'assignments of values to variables, log R(x) = Σ of unary and pairwise factors (Zhang et al. 2022)',
  options,
  create: factors,
};
