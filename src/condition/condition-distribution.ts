import { conditionNumbers, type ConditionForm } from './condition.ts';
import { badArgument, choiceOption, numberOption, rejectUnknown } from '../options.ts';

/** Every number drawn from [minimum, maximum], uniformly, or with `log-uniform` uniformly in its logarithm. */
export interface UniformConditions {
  readonly kind: 'uniform' | 'log-uniform';
  /** Of each number, or of all. */
  readonly minimum: number | readonly number[];
  readonly maximum: number | readonly number[];
}

/** One of some conditions, each as likely. */
export interface ListedConditions {
  readonly kind: 'list';
  readonly values: readonly (readonly number[])[];
}

/** Weights that add up to 1, of a symmetric Dirichlet distribution: preferences over as many objectives. */
export interface DirichletConditions {
  readonly kind: 'dirichlet';
  /** α: 1 is uniform over all weights, less prefers single objectives, more equal weights. Default 1.5. */
  readonly concentration?: number;
}

/**
 * A function that draws a condition by numbers of `random`, uniform in [0, 1), and by nothing else: it is called ahead
 * of its time, and again when a run is resumed.
 */
export type DrawCondition = (random: () => number) => ArrayLike<number>;

/** How the conditions of training are drawn. */
export type ConditionDistribution = UniformConditions | ListedConditions | DirichletConditions | DrawCondition;

/** A distribution over conditions of some size, with all defaults filled in. */
export type ResolvedConditionDistribution =
  | {
      readonly kind: 'uniform' | 'log-uniform';
      readonly minimum: readonly number[];
      readonly maximum: readonly number[];
    }
  | ListedConditions
  | Required<DirichletConditions>
  | DrawCondition;

/** Checks a distribution over conditions of that form. Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_CONDITION. */
export function conditionDistributionOption(
  name: string,
  value: unknown,
  form: ConditionForm,
): ResolvedConditionDistribution {
  const { size, range } = form;
  if (typeof value === 'function') return value as DrawCondition;
  if (typeof value !== 'object' || value === null || !('kind' in value)) {
    return badArgument(name, "a function, or an object like { kind: 'uniform', minimum: 0, maximum: 1 }", value);
  }
  const given: Readonly<Record<string, unknown>> = { ...value };
  const kind = choiceOption(`${name}.kind`, given.kind, ['uniform', 'log-uniform', 'list', 'dirichlet'] as const);
  switch (kind) {
    case 'list':
      rejectUnknown(name, value, ['kind', 'values']);
      return { kind, values: listOption(`${name}.values`, given.values, form) };
    case 'dirichlet':
      rejectUnknown(name, value, ['kind', 'concentration']);
      if (size < 2) badArgument(name, 'a condition of at least 2 numbers for weights', value);
      return {
        kind,
        concentration: numberOption(`${name}.concentration`, given.concentration ?? 1.5, 1e-3, 1e6),
      };
    default: {
      rejectUnknown(name, value, ['kind', 'minimum', 'maximum']);
      const least = Math.max(kind === 'log-uniform' ? Number.MIN_VALUE : -Infinity, range?.minimum ?? -Infinity);
      const most = range?.maximum ?? Infinity;
      const minimum = boundsOption(`${name}.minimum`, given.minimum, size, () => least, most);
      const maximum = boundsOption(`${name}.maximum`, given.maximum, size, (i) => minimum[i], most);
      return { kind, minimum, maximum };
    }
  }
}

function boundsOption(
  name: string,
  value: unknown,
  size: number,
  least: (i: number) => number,
  most: number,
): readonly number[] {
  const bounds: readonly unknown[] = Array.isArray(value) ? value : new Array<unknown>(size).fill(value);
  if (bounds.length !== size) badArgument(name, `a number, or an array of ${size}`, value);
  return bounds.map((bound, i) => numberOption(Array.isArray(value) ? `${name}[${i}]` : name, bound, least(i), most));
}

function listOption(name: string, value: unknown, form: ConditionForm): readonly (readonly number[])[] {
  if (!Array.isArray(value) || value.length === 0)
    return badArgument(name, 'an array of at least one condition', value);
  return value.map((condition: unknown, i) => Array.from(conditionNumbers(`${name}[${i}]`, condition, form)));
}

/** The conditions that a model of this distribution is evaluated at unless told otherwise. */
export function typicalConditions(
  distribution: ResolvedConditionDistribution,
  size: number,
  draw: (number: number) => Float32Array,
): readonly (readonly number[])[] {
  if (typeof distribution === 'function') return Array.from({ length: 5 }, (_, i) => Array.from(draw(i)));
  switch (distribution.kind) {
    case 'list':
      return distribution.values.slice(0, 16);
    case 'dirichlet':
      return [
        new Array<number>(size).fill(1 / size),
        ...Array.from({ length: Math.min(size, 15) }, (_, i) =>
          Array.from({ length: size }, (_, k) => (k === i ? 1 : 0)),
        ),
      ];
    default: {
      const { kind, minimum, maximum } = distribution;
      return [0, 0.25, 0.5, 0.75, 1].map((part) => minimum.map((low, i) => between(kind, low, maximum[i], part)));
    }
  }
}

/** The number at a part of the way from the smallest to the largest. */
export function between(kind: 'uniform' | 'log-uniform', low: number, high: number, part: number): number {
  return kind === 'uniform' ? low + (high - low) * part : low * (high / low) ** part;
}
