import { GfnError } from '../../error.ts';
import { badArgument, integerOption, rejectUnknown, shown } from '../../options.ts';
import type { ObservationInput, ObservationSpec } from '../environment.ts';
import { observationInputs, sizeOf, widthOf } from '../observation-input.ts';
import type { Observed } from './environment-description.ts';

/** The declared inputs, checked. Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION. */
export function observationOption(name: string, value: unknown): ObservationSpec {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) {
    return badArgument(name, '{ width, size } or parts by name like { items: { width: 3, size: 9 } }', value);
  }
  if ('width' in value && typeof value.width === 'number') {
    const { width, size } = indicesOption(name, value);
    return { width, size };
  }
  const inputs = Object.entries<unknown>({ ...value }).map(([part, given]): ObservationInput => {
    const at = `${name}.${part}`;
    if (typeof given !== 'object' || given === null) return badArgument(at, '{ width, size } or { values }', given);
    if (!('values' in given)) return { name: part, ...indicesOption(at, given) };
    rejectUnknown(at, given, ['values']);
    return { name: part, values: integerOption(`${at}.values`, given.values, 1, 2 ** 20) };
  });
  const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);
  return { width: sum(inputs.map(widthOf)), size: sum(inputs.map(sizeOf)), inputs };
}

function indicesOption(name: string, given: object): { width: number; size: number } {
  rejectUnknown(name, given, ['width', 'size']);
  const { width, size } = given as { width?: unknown; size?: unknown };
  return {
    width: integerOption(`${name}.width`, width, 1, 2 ** 20),
    size: integerOption(`${name}.size`, size, 1, 2 ** 31 - 1),
  };
}

/** Writes what is seen of a state from `offset` on. Throws ERR_ENVIRONMENT unless it is as declared. */
export function writeObserved(
  environment: string,
  spec: ObservationSpec,
  observed: Observed,
  integers: Int32Array,
  offset: number,
): void {
  let position = offset;
  for (const input of observationInputs(spec)) {
    const given: unknown =
      spec.inputs === undefined ? observed : (observed as Record<string, unknown> | null | undefined)?.[input.name];
    const width = widthOf(input);
    requireFit(environment, spec, input, given);
    if ('values' in input) new Float32Array(integers.buffer, integers.byteOffset + 4 * position, width).set(given);
    else integers.set(given, position);
    position += width;
  }
}

function requireFit(
  environment: string,
  spec: ObservationSpec,
  input: ObservationInput,
  given: unknown,
): asserts given is readonly number[] {
  const allowed = (value: unknown): boolean =>
    'values' in input
      ? typeof value === 'number' && Number.isFinite(Math.fround(value))
      : Number.isInteger(value) && (value as number) >= 0 && (value as number) < input.size;
  if (Array.isArray(given) && given.length === widthOf(input) && given.every(allowed)) return;
  const what = 'values' in input ? 'finite float32 numbers' : `integers from 0 to ${input.size - 1}`;
  const part = spec.inputs === undefined ? '' : ` for ${input.name}`;
  throw new GfnError(
    'ERR_ENVIRONMENT',
    `observe: expected ${widthOf(input)} ${what}${part} from ${environment}, got ${shown(given)}`,
  );
}
