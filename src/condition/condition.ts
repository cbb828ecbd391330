import type { ConditionSpec, Environment } from '../env/environment.ts';
import { GfnError } from '../error.ts';
import { shown } from '../options.ts';

/** Most numbers of a condition. */
export const LARGEST_CONDITION = 1024;

/** Numbers of the condition of an environment's trajectories; 0 without one. */
export function conditionSizeOf({ condition }: Environment): number {
  return condition?.size ?? 0;
}

/** What a condition must be. */
export type ConditionForm = Pick<ConditionSpec, 'size' | 'range'>;

/** `value` as the float32 numbers of a condition. Throws ERR_CONDITION unless they are so many, each in its range. */
export function conditionNumbers(name: string, value: unknown, { size, range }: ConditionForm): Float32Array {
  const given = Array.isArray(value) || ArrayBuffer.isView(value) ? Array.from(value as ArrayLike<unknown>) : null;
  // −0 and 0 are one condition.
  const numbers = Float32Array.from(given ?? [], (number) => (typeof number === 'number' ? number + 0 : Number.NaN));
  // A bound need not be a float32 number.
  const [least, most] = [Math.fround(range?.minimum ?? -Infinity), Math.fround(range?.maximum ?? Infinity)];
  const fits = (number: number): boolean => Number.isFinite(number) && number >= least && number <= most;
  if (given !== null && given.length === size && numbers.every(fits)) return numbers;
  const allowed = range === undefined ? '' : ` from ${range.minimum} to ${range.maximum}`;
  const one = fits(0.5) ? 0.5 : least;
  const example = `[${new Array<number>(Math.min(size, 3)).fill(one).join(', ')}${size > 3 ? ', …' : ''}]`;
  throw new GfnError(
    'ERR_CONDITION',
    `${name}: expected ${size} finite number${size === 1 ? '' : 's'}${allowed} like ${example}, got ${shown(given ?? value)}`,
  );
}

/**
 * The condition given for trajectories of an environment, as bits; none for an environment without. Throws
 * ERR_CONDITION for one of a wrong size, for one that is missing and for one that is too many.
 */
export function conditionOption(name: string, value: unknown, environment: Environment): Int32Array {
  const { condition } = environment;
  if (condition === undefined) {
    if (value === undefined) return new Int32Array(0);
    throw new GfnError('ERR_CONDITION', `${name}: expected none for ${environment.name}, which has no condition`);
  }
  return bitsOf(conditionNumbers(name, value, condition));
}

/** The numbers as the integers of a state. */
export function bitsOf(condition: Float32Array): Int32Array {
  return new Int32Array(condition.buffer, condition.byteOffset, condition.length);
}

/** The bits of the condition of a state: a view of its end. */
export function conditionBits(environment: Environment, state: Int32Array): Int32Array {
  const { stateSize } = environment;
  return state.subarray(stateSize - conditionSizeOf(environment), stateSize);
}

/** The bits of the conditions of some states ([N × stateSize]): copies, [N × conditionSize]. */
export function conditionsOf(environment: Environment, states: Int32Array): Int32Array {
  const size = conditionSizeOf(environment);
  const { stateSize } = environment;
  const all = new Int32Array((states.length / stateSize) * size);
  for (let b = 0; size > 0 && b * stateSize < states.length; b++) {
    all.set(conditionBits(environment, states.subarray(b * stateSize, (b + 1) * stateSize)), b * size);
  }
  return all;
}

/** The condition of a state. */
export function conditionOf(environment: Environment, state: Int32Array): number[] {
  return Array.from(new Float32Array(conditionBits(environment, state).slice().buffer));
}

/** Gives all of some states ([N × stateSize]) a condition. */
export function setCondition(environment: Environment, states: Int32Array, bits: Int32Array): void {
  const { stateSize } = environment;
  for (let end = stateSize; end <= states.length; end += stateSize) states.set(bits, end - bits.length);
}

/** A state as an error message shows it: the object, and the condition if there is one. */
export function stateText(environment: Environment, state: Int32Array): string {
  const text = environment.format(state);
  return conditionSizeOf(environment) === 0
    ? text
    : `${text} under the condition ${conditionOf(environment, state).map(String).join(', ')}`;
}
