import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeAtomically } from '../checkpoint/atomic-file.ts';
import { conditionNumbers } from '../condition/condition.ts';
import { temperatureCondition } from '../condition/training-conditions.ts';
import { described } from '../env/described.ts';
import type { Environment, EnvironmentParameters } from '../env/environment.ts';
import { createEnvironment, environments } from '../env/registry.ts';
import { TemperedEnvironment, type TemperatureCondition } from '../env/tempered-environment.ts';
import { GfnError } from '../error.ts';
import { objectiveOption } from '../objective/define-objective.ts';
import type { Objective } from '../objective/objective.ts';
import type { Model } from '../onnx/graph.ts';
import { rewardDescriptionOption, type RewardDescription } from '../reward/reward-description.ts';

/** What a saved flow model says of itself, as metadata of its ONNX file. */
export interface FlowModelDescription {
  readonly environment: Environment;
  readonly objective: Objective | null;
  readonly beta: number;
  readonly logZ: number;
  /** Conditions that it is evaluated at unless told otherwise; null of a model without conditions. */
  readonly conditions: readonly (readonly number[])[] | null;
  /** null: the environment's own. */
  readonly reward: RewardDescription | null;
}

const KEY = 'gflownet.';

/** The model with its parameters as initializers and its description as metadata: what a file holds. */
export function withDescription(model: Model, description: FlowModelDescription): Model {
  const { environment, objective, beta, logZ, conditions, reward } = description;
  return {
    ...model,
    metadata: {
      ...model.metadata,
      [`${KEY}environment`]: JSON.stringify({ name: environment.name, parameters: environment.parameters }),
      [`${KEY}objective`]: JSON.stringify(objective),
      [`${KEY}beta`]: String(beta),
      [`${KEY}logZ`]: String(logZ),
      ...(conditions === null ? {} : { [`${KEY}conditions`]: JSON.stringify(conditions) }),
      ...(environment instanceof TemperedEnvironment
        ? { [`${KEY}temperature`]: JSON.stringify(environment.temperature) }
        : {}),
      ...(reward === null ? {} : { [`${KEY}reward`]: JSON.stringify(reward) }),
    },
  };
}

/** Writes the model to a file in place of an older one at once. ERR_OUTPUT if that fails. */
export async function writeModel(path: string, model: Model): Promise<void> {
  const { encodeModel } = await import('../onnx/protobuf.ts');
  try {
    await writeAtomically(path, encodeModel(model));
  } catch (error) {
    throw new GfnError(
      'ERR_OUTPUT',
      `path: ${path} cannot be written in ${dirname(path)}: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

/** Reads a model. Throws ERR_MODEL_FILE when the file is missing or no ONNX model. */
export async function readModel(path: string): Promise<Model> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new GfnError('ERR_MODEL_FILE', `path: ${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const { decodeModel } = await import('../onnx/protobuf.ts');
  try {
    return decodeModel(bytes);
  } catch (error) {
    if (!(error instanceof GfnError)) throw error;
    throw new GfnError(error.code, `path: ${path}: ${error.message}`, { cause: error });
  }
}

/** An environment as a file names it: one of this package, or of its user's own, which only its user has. */
type NamedEnvironment = Environment | Pick<Environment, 'name' | 'parameters'>;

/**
 * The description in a model's metadata. `environment` is used where the file names none, or one of its user's own.
 * Throws ERR_MODEL_ENVIRONMENT when there is none, or when it differs from the one that the file names.
 */
export function describedBy(path: string, model: Model, environment: Environment | undefined): FlowModelDescription {
  const metadata: Readonly<Partial<Record<string, string>>> = model.metadata;
  const environmentText = metadata[`${KEY}environment`];
  const named = environmentText === undefined ? undefined : namedEnvironment(path, environmentText);
  const base = environment ?? knownEnvironment(path, named);
  if (environment !== undefined && named !== undefined && identity(environment) !== identity(named)) {
    throw new GfnError(
      'ERR_MODEL_ENVIRONMENT',
      `environment: expected that of ${path}, ${described(named)}; got ${described(environment)}`,
    );
  }
  const temperatureText = metadata[`${KEY}temperature`];
  const chosen =
    temperatureText === undefined || base instanceof TemperedEnvironment
      ? base
      : new TemperedEnvironment(base, temperatureOf(path, temperatureText));
  const rewardText = metadata[`${KEY}reward`] ?? 'null';
  const objectiveText = metadata[`${KEY}objective`] ?? 'null';
  return {
    environment: chosen,
    objective:
      objectiveText === 'null'
        ? null
        : parsed(path, 'objective', () => objectiveOption('objective', JSON.parse(objectiveText))),
    beta: numberIn(path, 'beta', metadata[`${KEY}beta`] ?? '1'),
    logZ: numberIn(path, 'logZ', metadata[`${KEY}logZ`] ?? '0'),
    conditions: conditionsOf(path, metadata[`${KEY}conditions`], chosen),
    reward: parsed(path, 'reward', () => rewardDescriptionOption('reward', JSON.parse(rewardText))),
  };
}

function temperatureOf(path: string, text: string): TemperatureCondition {
  return parsed(path, 'temperature', () => temperatureCondition('temperature', JSON.parse(text)));
}

function conditionsOf(
  path: string,
  text: string | undefined,
  environment: Environment,
): FlowModelDescription['conditions'] {
  const { condition: form } = environment;
  if (form === undefined) return null;
  return parsed(path, 'conditions', () => {
    const value: unknown = JSON.parse(text ?? '[]');
    if (!Array.isArray(value)) throw new TypeError(`expected a list, got ${String(text)}`);
    return value.map((condition: unknown, i) => Array.from(conditionNumbers(`conditions[${i}]`, condition, form)));
  });
}

function identity({ name, parameters }: NamedEnvironment): string {
  return `${name} ${JSON.stringify(parameters)}`;
}

function namedEnvironment(path: string, text: string): NamedEnvironment {
  return parsed(path, 'environment', () => {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('name' in value) || !('parameters' in value)) {
      throw new TypeError(`expected a name and parameters, got ${text}`);
    }
    const name = String(value.name);
    const parameters = value.parameters as EnvironmentParameters;
    const isKnown = environments.some((definition) => definition.name === name);
    return isKnown ? createEnvironment(name, parameters) : { name, parameters };
  });
}

/** The environment that a file names, if it is one of this package. */
function knownEnvironment(path: string, named: NamedEnvironment | undefined): Environment {
  if (named === undefined) {
    throw new GfnError('ERR_MODEL_ENVIRONMENT', `path: ${path} names no environment; expected the option environment`);
  }
  if ('apply' in named) return named;
  const names = environments.map(({ name }) => name);
  throw new GfnError(
    'ERR_MODEL_ENVIRONMENT',
    `path: ${path} is of the environment ${described(named)}, which is none of this package (${names.join(', ')}) ` +
      "but its user's own; expected it in the option environment (on the command line: --environment <module>)",
  );
}

function numberIn(path: string, name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new GfnError('ERR_MODEL_ENVIRONMENT', `path: ${path}: its ${name} is ${text}, expected a finite number`);
}

function parsed<T>(path: string, name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new GfnError(
      'ERR_MODEL_ENVIRONMENT',
      `path: ${path}: its ${name} cannot be used: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}
