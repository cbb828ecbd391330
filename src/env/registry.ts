import { choiceOption } from '../options.ts';
import { bitSequenceAutoregressiveDefinition } from './bit-sequence-autoregressive.ts';
import { bitSequencePrependAppendDefinition } from './bit-sequence-prepend-append.ts';
import { bitSequenceDefinition } from './bit-sequence.ts';
import { conditionalHypergridDefinition } from './conditional-hypergrid.ts';
import { dagDefinition } from './dag.ts';
import type { EnvironmentDefinition } from './definition.ts';
import type { Environment } from './environment.ts';
import { factorsDefinition } from './factors.ts';
import { hypergrid2021Definition } from './hypergrid-2021.ts';
import { hypergridDefinition } from './hypergrid.ts';
import { isingDefinition } from './ising.ts';
import { moleculeDefinition } from './molecule.ts';
import { permutationDefinition } from './permutation.ts';
import { sequenceDefinition } from './sequence.ts';
import { setDefinition } from './set.ts';

/** Every environment: the command line, the tests and the benchmarks iterate over this list. */
export const environments: readonly EnvironmentDefinition[] = [
  hypergridDefinition,
  hypergrid2021Definition,
  conditionalHypergridDefinition,
  bitSequenceDefinition,
  bitSequenceAutoregressiveDefinition,
  bitSequencePrependAppendDefinition,
  isingDefinition,
  setDefinition,
  sequenceDefinition,
  factorsDefinition,
  permutationDefinition,
  dagDefinition,
  moleculeDefinition,
];

/** The environment registered under a name; throws ERR_ARGUMENT, with the nearest name, if there is none. */
export function environmentDefinition(name: string): EnvironmentDefinition {
  const names = environments.map((definition) => definition.name);
  return environments[names.indexOf(choiceOption('environment', name, names))];
}

/**
 * The options with what their files hold, where reading these takes time: `createEnvironment` takes the result. Rejects
 * with what is wrong with such a file.
 */
export async function prepareOptions(name: string, options: object): Promise<object> {
  return (await environmentDefinition(name).prepare?.(options)) ?? options;
}

/**
 * The environment with that name and those options, e.g. those of an environment's `parameters`. Throws
 * ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_TOO_LARGE.
 */
export function createEnvironment(name: string, parameters: object = {}): Environment {
  return environmentDefinition(name).create(parameters);
}
