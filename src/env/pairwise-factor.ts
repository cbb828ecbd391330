import { badArgument } from '../options.ts';
import { numberArray, type NumberArrayInput } from './number-array.ts';
import { readNumberFile } from './number-file.ts';
import type { NumberTensor } from './npy.ts';
import type { EnvironmentOption } from './option.ts';

/** What the values of two different variables i and j add to log R: `values` has a row for each value of i. */
export interface PairwiseFactor {
  readonly variables: readonly [i: number, j: number];
  readonly values: NumberArrayInput;
}

/** Factors; or the numbers i, j and the values row by row, factor after factor; or the path of a .json, .npy or .csv file. */
export type PairwiseFactorsInput = readonly PairwiseFactor[] | readonly number[] | Float64Array | string;

/** Factors as they were read: their values have not been compared with the variables yet. */
type GivenFactors =
  | {
      readonly form: 'factors';
      readonly factors: readonly { readonly pair: readonly unknown[]; readonly values: NumberTensor }[];
    }
  | { readonly form: 'flat'; readonly values: Float64Array };

export const pairwiseOption: EnvironmentOption<GivenFactors | undefined> = {
  type: 'numbers',
  description: 'what pairs of variables add to log R, as JSON [{"variables":[0,1],"values":[[0,1],[1,0]]}, …]',
  default: undefined,
  defaultText: 'none',
  allowed: 'a list of factors with variables and values, or the same as numbers i, j, values, …',
  check: readFactors,
};

function readFactors(name: string, value: unknown): GivenFactors {
  if (typeof value === 'string' && /\.json$/i.test(value)) {
    const file = readNumberFile(name, value);
    return readFactors(name, file.form === 'json' ? file.content : undefined);
  }
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  if (typeof list[0] !== 'object') return { form: 'flat', values: numberArray(name, value).values };
  const factors = list.map((factor, f) => {
    const at = `${name}[${f}]`;
    if (typeof factor !== 'object' || factor === null || !('variables' in factor) || !('values' in factor)) {
      badArgument(at, 'a factor with variables and values', factor);
    }
    const { variables, values } = factor;
    if (!Array.isArray(variables) || variables.length !== 2) badArgument(`${at}.variables`, 'two variables', variables);
    return { pair: variables, values: numberArray(`${at}.values`, values) };
  });
  return { form: 'factors', factors };
}

/** Pairwise factors over variables with these numbers of values. */
export class PairwiseFactors {
  /** i, j and the values row by row, factor after factor. */
  readonly flat: readonly number[];
  /** [factors] where the values of a factor start in `flat`, after its variables. */
  private readonly starts: Int32Array;

  /** Throws ERR_ARGUMENT if a factor does not fit the variables. */
  constructor(
    name: string,
    given: GivenFactors,
    private readonly cardinalities: readonly number[],
  ) {
    this.flat = given.form === 'flat' ? Array.from(given.values) : this.flatten(name, given.factors);
    const starts: number[] = [];
    for (let at = 0; at < this.flat.length;) {
      const [i, j] = this.checkedPair(`${name}[${starts.length}].variables`, this.flat.slice(at, at + 2));
      starts.push(at + 2);
      at += 2 + cardinalities[i] * cardinalities[j];
      if (at > this.flat.length) {
        const expected = `${cardinalities[i] * cardinalities[j]} values of variables ${i} and ${j}`;
        badArgument(`${name}[${starts.length - 1}]`, expected, this.flat.length - starts[starts.length - 1]);
      }
    }
    this.starts = Int32Array.from(starts);
  }

  /** The sum of all factors at an assignment. */
  sum(x: Int32Array): number {
    const { flat, cardinalities } = this;
    let sum = 0;
    for (const start of this.starts) {
      const i = flat[start - 2];
      const j = flat[start - 1];
      sum += flat[start + x[i] * cardinalities[j] + x[j]];
    }
    return sum;
  }

  private flatten(
    name: string,
    factors: readonly { readonly pair: readonly unknown[]; readonly values: NumberTensor }[],
  ): number[] {
    return factors.flatMap(({ pair, values: { shape, values } }, f) => {
      const [i, j] = this.checkedPair(`${name}[${f}].variables`, pair);
      const [rows, columns] = [this.cardinalities[i], this.cardinalities[j]];
      if (values.length !== rows * columns || (shape.length === 2 && shape[0] !== rows)) {
        badArgument(`${name}[${f}].values`, `${rows} × ${columns} numbers`, shape);
      }
      return [i, j, ...values];
    });
  }

  private checkedPair(name: string, pair: readonly unknown[]): [number, number] {
    const { length } = this.cardinalities;
    const isVariable = (v: unknown): v is number => Number.isInteger(v) && Number(v) >= 0 && Number(v) < length;
    const [i, j] = pair;
    if (!isVariable(i) || !isVariable(j) || i === j) {
      badArgument(name, `two different variables from 0 to ${length - 1}`, pair);
    }
    return [i, j];
  }
}
