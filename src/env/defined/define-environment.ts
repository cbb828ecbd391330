import { isDeepStrictEqual } from 'node:util';
import { LARGEST_CONDITION } from '../../condition/condition.ts';
import { conditionDistributionOption } from '../../condition/condition-distribution.ts';
import { GfnError } from '../../error.ts';
import {
  badArgument,
  booleanOption,
  integerOption,
  numberOption,
  rejectUnknown,
  shown,
  stringOption,
} from '../../options.ts';
import { CONDITION_INPUT } from '../conditioned-environment.ts';
import type { ConditionRange, ConditionSpec, ObservationSpec } from '../environment.ts';
import { observationInputs } from '../observation-input.ts';
import { environments } from '../registry.ts';
import { checkSizes } from '../sizes.ts';
import { DefinedEnvironment } from './defined-environment.ts';
import type { EnvironmentDescription } from './environment-description.ts';
import { checkLaws } from './environment-laws.ts';
import { observationOption } from './observation.ts';

export interface DefineEnvironmentOptions {
  /**
   * Find all states before the first batch, so that training never waits for JavaScript; ERR_TOO_LARGE when they take
   * more than `tableBytes`. Default false: states are kept in native memory as they are found.
   */
  readonly compile?: boolean;
  /** Native memory for states that are kept from batch to batch, default 2 GB; 0 keeps none. */
  readonly tableBytes?: number;
}

const requiredFunctions = [
  'initial',
  'allowed',
  'apply',
  'isTerminal',
  'backwardAllowed',
  'undo',
  'key',
  'observe',
  'logReward',
] as const;
const optionalFunctions = ['format', 'parse', 'backwardOf', 'forwardOf'] as const;
const members = [
  ...requiredFunctions,
  ...optionalFunctions,
  'name',
  'parameters',
  'actions',
  'backwardActions',
  'maximumLength',
  'observation',
  'condition',
  'modes',
];

const DEFAULT_TABLE_BYTES = 2e9;

/**
 * An environment of the user's own, for `Trainer.create` and `FlowModel.load`: trained with the native model, loss and
 * optimiser. Its states and their edges are kept in a native table as they are found; what is not there yet is asked
 * of these functions in batches, between native calls. Results are the same whatever is kept.
 *
 * Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_TOO_LARGE for a bad description, and ERR_ENVIRONMENT or ERR_REWARD
 * when random trajectories show that it breaks one of its laws.
 */
export function defineEnvironment<State>(
  description: EnvironmentDescription<State>,
  options: DefineEnvironmentOptions = {},
): DefinedEnvironment<State> {
  rejectUnknown('defineEnvironment', description, members);
  rejectUnknown('defineEnvironment', options, ['compile', 'tableBytes']);
  const observation = observationOption('observation', description.observation);
  const checked = checkedDescription(description, observation);
  const condition = conditionSpec(description.condition);
  if (condition !== null && observationInputs(observation).some(({ name }) => name === CONDITION_INPUT)) {
    badArgument('observation', `no part named ${CONDITION_INPUT} beside a condition`, description.observation);
  }
  const hosting = {
    compile: booleanOption('compile', options.compile ?? false),
    tableBytes: numberOption('tableBytes', options.tableBytes ?? DEFAULT_TABLE_BYTES, 0, 2 ** 50),
  };
  checkLaws(checked, observation, condition);
  return new DefinedEnvironment(checked, observation, hosting, condition);
}

function conditionSpec(given: unknown): ConditionSpec | null {
  if (given === undefined) return null;
  if (typeof given !== 'object' || given === null) return badArgument('condition', 'an object like { size: 2 }', given);
  rejectUnknown('condition', given, ['size', 'distribution', 'range']);
  const { size, distribution, range } = given as { size?: unknown; distribution?: unknown; range?: unknown };
  const form = {
    size: integerOption('condition.size', size, 1, LARGEST_CONDITION),
    ...(range === undefined ? {} : { range: conditionRange(range) }),
  };
  return {
    ...form,
    distribution:
      distribution === undefined ? null : conditionDistributionOption('condition.distribution', distribution, form),
  };
}

function conditionRange(given: unknown): ConditionRange {
  if (typeof given !== 'object' || given === null) {
    return badArgument('condition.range', 'an object like { minimum: 0, maximum: 1 }', given);
  }
  rejectUnknown('condition.range', given, ['minimum', 'maximum']);
  const { minimum, maximum } = given as { minimum?: unknown; maximum?: unknown };
  const least = numberOption('condition.range.minimum', minimum);
  return { minimum: least, maximum: numberOption('condition.range.maximum', maximum, least) };
}

/** The description with all members checked and its functions' errors turned into ERR_ENVIRONMENT. */
function checkedDescription<State>(
  given: EnvironmentDescription<State>,
  { size }: ObservationSpec,
): EnvironmentDescription<State> {
  const name = stringOption('name', given.name);
  if (name === '' || environments.some((known) => known.name === name)) {
    badArgument('name', 'a name that no environment of this package has', name);
  }
  const actions = integerOption('actions', given.actions, 1, 2 ** 20);
  const backwardActions = integerOption('backwardActions', given.backwardActions ?? actions, 1, 2 ** 20);
  const maximumLength = integerOption('maximumLength', given.maximumLength, 1, 2 ** 20);
  const sizes = { stateSize: 1 + maximumLength, actions, backwardActions, observationSize: size };
  checkSizes(name, sizes, { actions, backwardActions, maximumLength, observation: size });
  parametersOption(given.parameters);
  modesOption(given.modes);
  const functions = given as unknown as Readonly<Record<string, unknown>>;
  const guarded: Record<string, unknown> = {};
  for (const key of [...requiredFunctions, ...optionalFunctions]) {
    const call = functions[key];
    if (call === undefined && (optionalFunctions as readonly string[]).includes(key)) continue;
    if (typeof call !== 'function') badArgument(key, 'a function', call);
    guarded[key] = guardedCall(name, key, given, call as (...values: unknown[]) => unknown);
  }
  return { ...given, ...guarded, name, actions, backwardActions, maximumLength };
}

/** Saved with models and checkpoints, as JSON. */
function parametersOption(parameters: unknown): void {
  if (parameters === undefined) return;
  rejectUnknown('parameters', parameters, Object.keys(parameters ?? {}));
  if (!isDeepStrictEqual(copiedByJson(parameters), parameters)) {
    badArgument('parameters', 'an object of what JSON can hold', parameters);
  }
}

function copiedByJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    return undefined; // bigints, cycles
  }
}

function modesOption(modes: unknown): void {
  if (modes === undefined) return;
  rejectUnknown('modes', modes, ['count', 'definition', 'of']);
  const { count, definition, of } = modes as { count?: unknown; definition?: unknown; of?: unknown };
  integerOption('modes.count', count, 0, Number.MAX_SAFE_INTEGER);
  stringOption('modes.definition', definition);
  if (typeof of !== 'function') badArgument('modes.of', 'a function', of);
}

function guardedCall(
  name: string,
  key: string,
  owner: object,
  call: (...values: unknown[]) => unknown,
): (...values: unknown[]) => unknown {
  return (...values) => {
    try {
      return call.apply(owner, values);
    } catch (error) {
      const message = error instanceof Error ? error.message : shown(error);
      throw new GfnError('ERR_ENVIRONMENT', `${key} of ${name} threw: ${message}`, { cause: error });
    }
  };
}
