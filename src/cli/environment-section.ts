import { relative, resolve, sep } from 'node:path';
import { canonicalJson, type JsonValue } from '../checkpoint/json.ts';
import type { Environment } from '../env/environment.ts';
import { createEnvironment, prepareOptions } from '../env/registry.ts';
import { GfnError } from '../error.ts';
import { rejectUnknown, stringOption } from '../options.ts';
import { loadEnvironmentModule, type EnvironmentModule } from './environment-module.ts';

/**
 * The environment of a configuration: the name and the options of one of this package, or `module`, the path of one of
 * the user's own, with `options` for its function. Recorded ones also have `sha256` and `signature` of the module.
 */
export type EnvironmentSection = Readonly<Record<string, unknown>>;

/** The environment that a section stands for; `module` is null for one of this package. */
export interface ChosenEnvironment {
  readonly environment: Environment;
  readonly module: EnvironmentModule | null;
}

/**
 * Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION, ERR_TOO_LARGE or ERR_VOCABULARY, and what `loadEnvironmentModule` throws.
 */
export async function chooseEnvironment(section: EnvironmentSection): Promise<ChosenEnvironment> {
  if (section.module === undefined) {
    const { name, ...parameters } = section;
    const options = await prepareOptions(String(name), parameters);
    return { environment: createEnvironment(String(name), options), module: null };
  }
  rejectUnknown('environment', section, ['name', 'module', 'sha256', 'options', 'signature']);
  const module = await loadEnvironmentModule(stringOption('environment.module', section.module), section.options);
  return { environment: module.environment, module };
}

export interface RecordedEnvironmentOptions {
  /** Of whom the section is, for messages: a config.json. */
  readonly path: string;
  /** The module where it is not at the recorded place. */
  readonly module: string | undefined;
  /** Thrown if the module is of another environment now. */
  readonly code: 'ERR_CHECKPOINT' | 'ERR_MODEL_ENVIRONMENT';
  readonly onWarning: (message: string) => void;
}

/**
 * The environment of a run that has been recorded. Warns when its module is not as it was; throws `code` when it makes
 * another environment than it did, and what `chooseEnvironment` throws.
 */
export async function recordedEnvironment(
  section: EnvironmentSection,
  { path, module, code, onWarning }: RecordedEnvironmentOptions,
): Promise<ChosenEnvironment> {
  if (module !== undefined && section.module === undefined) {
    throw new GfnError(
      'ERR_ARGUMENT',
      `--environment: expected none, since ${path} names ${String(section.name)}, which is no module; got ${module}`,
    );
  }
  const chosen = await chosenAt(section, path, module);
  if (chosen.module === null) return chosen;
  const expected = canonicalJson((section.signature ?? null) as JsonValue);
  const got = canonicalJson(signatureOf(chosen.environment));
  if (expected !== got) {
    const of = chosen.module.path;
    throw new GfnError(code, `${of} makes another environment than that of ${path}: expected ${expected}, got ${got}`);
  }
  if (chosen.module.sha256 !== section.sha256) {
    onWarning(`${chosen.module.path} has changed since the run of ${path} began; its name and sizes are the same`);
  }
  return chosen;
}

async function chosenAt(
  section: EnvironmentSection,
  path: string,
  module: string | undefined,
): Promise<ChosenEnvironment> {
  try {
    return await chooseEnvironment(module === undefined ? section : { ...section, module: resolve(module) });
  } catch (cause) {
    if (!(cause instanceof GfnError) || cause.code !== 'ERR_MODULE' || module !== undefined) throw cause;
    const of = `the environment ${String(section.name)} of ${path}`;
    throw new GfnError('ERR_MODULE', `${of}: ${cause.message}; give the module's place with --environment <module>`, {
      cause,
    });
  }
}

/** The section of a run in `folder`: the module by its path from there, so that both can be moved together. */
export function recordedSection(
  { environment, module }: ChosenEnvironment,
  folder: string,
): EnvironmentSection & { readonly name: string } {
  if (module === null) return { name: environment.name, ...environment.parameters };
  const { path, sha256, options } = module;
  return {
    name: environment.name,
    module: relative(folder, path).split(sep).join('/'),
    sha256,
    ...(options === null ? {} : { options }),
    signature: signatureOf(environment),
  };
}

/** What a model and a checkpoint depend on, apart from the functions. */
function signatureOf({
  name,
  parameters,
  actions,
  backwardActions,
  maximumLength,
  observation,
}: Environment): JsonValue {
  const signature = { name, parameters, actions, backwardActions, maximumLength, observation };
  return JSON.parse(JSON.stringify(signature)) as JsonValue;
}
