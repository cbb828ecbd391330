import { GfnError } from '../error.ts';
import type { EnvironmentParameters, ParameterValue } from './environment.ts';

/** Largest sizes of an environment: bounds on the model's width and on the arrays that a batch takes. */
export const largest = {
  stateSize: 4096,
  actions: 2 ** 20,
  backwardActions: 2 ** 20,
  observationSize: 2 ** 20,
} as const;

const described: Record<keyof typeof largest, string> = {
  stateSize: 'integers in a state',
  actions: 'actions',
  backwardActions: 'backward actions',
  observationSize: 'model inputs',
};

/** Throws ERR_TOO_LARGE if a size is above the largest; `given` names the options that it comes from. */
export function checkSizes(
  subject: string,
  sizes: Readonly<Record<keyof typeof largest, number>>,
  given: Readonly<Record<string, ParameterValue>>,
): void {
  for (const key of Object.keys(largest) as (keyof typeof largest)[]) {
    if (sizes[key] <= largest[key]) continue;
    const options = Object.entries(given).map(([name, value]) => `${name} ${String(value)}`);
    throw new GfnError(
      'ERR_TOO_LARGE',
      `${subject}: ${options.join(', ')} makes ${sizes[key]} ${described[key]}, at most ${largest[key]} are supported`,
    );
  }
}

/** A count as the `Environment` contract wants it: Infinity above 2^53. */
export function countOf(count: number): number {
  return count > 2 ** 53 ? Infinity : count;
}

/** The resolved options as parameters, without those that are undefined. */
export function parametersOf(values: Readonly<Record<string, ParameterValue | undefined>>): EnvironmentParameters {
  const parameters: Record<string, ParameterValue> = {};
  for (const [name, value] of Object.entries(values)) if (value !== undefined) parameters[name] = value;
  return parameters;
}
