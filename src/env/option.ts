import { badArgument, choiceOption, integerOption, numberOption, rangeText, rejectUnknown } from '../options.ts';
import { numberArray } from './number-array.ts';
import type { NumberTensor } from './npy.ts';

/**
 * One option of an environment: what the command line needs for its flag and what checks a value. Without `default`,
 * the value stays undefined unless given; `defaultText` then says in words what the environment does.
 */
export interface EnvironmentOption<T> {
  readonly type: 'integer' | 'number' | 'choice' | 'strings' | 'symbols' | 'numbers' | 'file';
  readonly description: string;
  readonly default: T;
  readonly defaultText: string;
  /** The values that are allowed, in words. */
  readonly allowed: string;
  /** The allowed words of a `choice`. */
  readonly choices?: readonly string[];
  /** Returns the value if it is allowed; throws ERR_ARGUMENT naming the option otherwise. */
  check(name: string, value: unknown): NonNullable<T>;
}

interface Numeric<D> {
  readonly description: string;
  readonly default: D;
  readonly defaultText?: string;
  readonly minimum: number;
  readonly maximum: number;
}

/** An integer in [minimum, maximum]. */
export function integer<D extends number | undefined>(
  option: Numeric<D>,
): EnvironmentOption<D extends number ? number : number | undefined>;
export function integer(option: Numeric<number | undefined>): EnvironmentOption<number | undefined> {
  return {
    type: 'integer',
    description: option.description,
    default: option.default,
    defaultText: option.defaultText ?? String(option.default),
    allowed: `an integer${rangeText(option.minimum, option.maximum)}`,
    check: (name, value) => integerOption(name, value, option.minimum, option.maximum),
  };
}

/** A finite number in [minimum, maximum] whose default the environment works out. */
export function number(option: Omit<Numeric<undefined>, 'default'>): EnvironmentOption<number | undefined> {
  return {
    type: 'number',
    description: option.description,
    default: undefined,
    defaultText: option.defaultText ?? 'none',
    allowed: `a number${rangeText(option.minimum, option.maximum)}`,
    check: (name, value) => numberOption(name, value, option.minimum, option.maximum),
  };
}

/** One of a few words. */
export function choice<T extends string>(option: {
  readonly description: string;
  readonly default: NoInfer<T>;
  readonly choices: readonly T[];
}): EnvironmentOption<T> {
  return {
    type: 'choice',
    description: option.description,
    default: option.default,
    defaultText: option.default,
    allowed: option.choices.join(', '),
    choices: option.choices,
    check: (name, value) => choiceOption<T>(name, value, option.choices),
  };
}

/** A list of strings, not empty, whose default the environment works out. */
export function strings(option: {
  readonly description: string;
  readonly defaultText: string;
  readonly allowed: string;
}): EnvironmentOption<readonly string[] | undefined> {
  return {
    type: 'strings',
    default: undefined,
    ...option,
    check: (name, value) => {
      const list: unknown[] = Array.isArray(value) ? value : [];
      if (list.length === 0 || !list.every((entry) => typeof entry === 'string')) {
        badArgument(name, option.allowed, value);
      }
      return list;
    },
  };
}

/** One of a few words whose default the environment works out. */
export function optionalChoice<T extends string>(option: {
  readonly description: string;
  readonly defaultText: string;
  readonly choices: readonly T[];
}): EnvironmentOption<T | undefined> {
  return { ...choice({ ...option, default: option.choices[0] }), default: undefined, defaultText: option.defaultText };
}

/** Numbers in any form that `numberArray` takes. */
export function numbers(option: {
  readonly description: string;
  readonly defaultText: string;
}): EnvironmentOption<NumberTensor | undefined> {
  return {
    type: 'numbers',
    default: undefined,
    allowed: 'numbers: a list, a list of rows, or a .json, .npy or .csv file',
    ...option,
    check: numberArray,
  };
}

/** The options of an environment by name. */
export type EnvironmentOptions = Readonly<Record<string, EnvironmentOption<unknown>>>;

export type OptionValues<O extends EnvironmentOptions> = {
  readonly [K in keyof O]: O[K] extends EnvironmentOption<infer T> ? T : never;
};

/**
 * Checks the options given for `subject` and fills in the defaults. An option that is undefined counts as not given.
 * Throws ERR_UNKNOWN_OPTION or ERR_ARGUMENT.
 */
export function resolveOptions<O extends EnvironmentOptions>(subject: string, options: O, given: unknown) {
  rejectUnknown(subject, given, Object.keys(options));
  const values = new Map<string, unknown>(Object.entries(given));
  const resolve = ([name, option]: [string, EnvironmentOption<unknown>]): [string, unknown] => {
    const value = values.get(name);
    return [name, value === undefined ? option.default : option.check(name, value)];
  };
  return Object.fromEntries(Object.entries(options).map(resolve)) as OptionValues<O>;
}
