import { readFile } from 'node:fs/promises';
import { checkpointDefaults } from '../checkpoint/checkpoint-options.ts';
import type { EnvironmentParameters } from '../env/environment.ts';
import { createEnvironment, environmentDefinition, environments } from '../env/registry.ts';
import { GfnError } from '../error.ts';
import type { Environment, Objective, ResolvedTrainerOptions, TrainerOptions } from '../index.ts';
import { badArgument, choiceOption, integerOption, rejectUnknown } from '../options.ts';
import { resolveTrainerOptions } from '../trainer/trainer-options.ts';
import { parseEnvironmentOption } from './environment-option.ts';
import { createObjective, objectiveSettings } from './objective-option.ts';
import { parseSchedule } from './parse-value.ts';
import { logFormatsOption, type LogFormat } from './run-logger.ts';
import { DEFAULT_STEPS, defaultLearningRates, runSettings, trainerSettings } from './training-setting.ts';

/** A configuration as a file or flags give it: keys are known, values are not checked, defaults not filled in. */
export interface Configuration {
  /** The name and the options of the environment. */
  readonly environment?: Readonly<Record<string, unknown>>;
  /** The name and the options of the objective. */
  readonly objective?: Readonly<Record<string, unknown>>;
  /** Options of the run and of the trainer. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** A run that can be started: everything about it but the trainer's own options has been checked. */
export interface ResolvedRun {
  readonly environment: Environment;
  readonly objective: Objective;
  readonly steps: number;
  readonly reportEvery: number;
  readonly evaluateEvery: number;
  /** Samples of the evaluation at the end; undefined: the default. */
  readonly evaluationSamples: number | undefined;
  readonly checkpointEvery: number;
  readonly keepCheckpoints: number;
  /** Logs beside metrics.jsonl. */
  readonly log: readonly LogFormat[];
  readonly trainerOptions: TrainerOptions;
}

/** Terminal states up to which the exact distribution is computed again and again during training by default. */
const FREQUENT_EVALUATION = 10_000;

const LARGEST_SAMPLE = 2 ** 26;

const settingKeys = [...runSettings, ...trainerSettings].map(({ key }) => key);
const scheduleKeys = ['exploration', 'temperature', 'learningRate', 'learningRateLogZ'];

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An environment or objective in a file: its name, or an object with its name and options. */
function namedSection(path: string, key: string, value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string') return { name: value };
  if (isRecord(value)) return value;
  return badArgument(`${path}: ${key}`, 'a name or an object with name and options', value);
}

/** Reads a configuration file. Throws ERR_CONFIG if it is no JSON object, ERR_UNKNOWN_OPTION for an unknown key. */
export async function readConfiguration(path: string): Promise<Configuration> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GfnError('ERR_CONFIG', `${path}: expected a readable JSON file: ${reason}`, { cause });
  }
  if (!isRecord(content)) throw new GfnError('ERR_CONFIG', `${path}: expected a JSON object`);
  rejectUnknown(path, content, ['environment', 'objective', ...settingKeys]);
  const { environment, objective, ...settings } = content;
  return {
    environment: namedSection(path, 'environment', environment),
    objective: namedSection(path, 'objective', objective),
    settings,
  };
}

/** Flags as the command line gives them: the environment's options are still text, all others have been parsed. */
export type Flags = Readonly<Record<string, unknown>>;

/**
 * The configuration with the flags over it. Another environment or objective than the configuration's starts from its
 * own defaults. Throws ERR_UNKNOWN_OPTION for a flag that the environment or objective does not have.
 */
export function withFlags(
  configuration: Configuration,
  environmentName: string | undefined,
  flags: Flags,
): Configuration {
  const settings: Record<string, unknown> = { ...configuration.settings };
  const environment: Record<string, unknown> =
    environmentName === undefined || environmentName === configuration.environment?.name
      ? { ...configuration.environment }
      : { name: environmentName };
  const objective: Record<string, unknown> =
    flags.objective === undefined || flags.objective === configuration.objective?.name
      ? { ...configuration.objective }
      : { name: flags.objective };
  const names = environments.map((definition) => definition.name);
  const definition = environmentDefinition(choiceOption('environment', environment.name, names));
  for (const [key, value] of Object.entries(flags)) {
    if (value === undefined || key === 'objective') continue;
    if (settingKeys.includes(key)) settings[key] = value;
    else if (objectiveSettings.some((setting) => setting.key === key)) objective[key] = value;
    else environment[key] = parseEnvironmentOption(definition, key, value as string);
  }
  return { environment, objective, settings };
}

/** Checks the configuration and fills in the defaults. Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_TOO_LARGE. */
export function resolveRun(configuration: Configuration): ResolvedRun {
  const { name: environmentName, ...parameters } = configuration.environment ?? {};
  const { name: objectiveName, ...objectiveOptions } = configuration.objective ?? {};
  const environment = createEnvironment(String(environmentName), parameters);
  const objective = createObjective(objectiveName ?? 'trajectory-balance', objectiveOptions);
  const {
    steps: givenSteps,
    reportEvery,
    evaluateEvery,
    evaluationSamples,
    log,
    checkpointEvery = checkpointDefaults.every,
    keepCheckpoints = checkpointDefaults.keep,
    ...rest
  } = configuration.settings;
  const given: Record<string, unknown> = rest;
  const steps = integerOption('steps', givenSteps ?? DEFAULT_STEPS, 1, 2 ** 40);
  for (const key of scheduleKeys) {
    const value = given[key];
    if (typeof value === 'string') given[key] = parseSchedule(key, value);
  }
  const everyDefault = environment.terminalCount <= FREQUENT_EVALUATION ? Math.ceil(steps / 20) : 0;
  return {
    environment,
    objective,
    steps,
    reportEvery: integerOption('reportEvery', reportEvery ?? Math.ceil(steps / 500), 1, 2 ** 40),
    evaluateEvery: integerOption('evaluateEvery', evaluateEvery ?? everyDefault, 0, 2 ** 40),
    evaluationSamples:
      evaluationSamples === undefined
        ? undefined
        : integerOption('evaluationSamples', evaluationSamples, 1, LARGEST_SAMPLE),
    checkpointEvery: integerOption('checkpointEvery', checkpointEvery, 0, 2 ** 40),
    keepCheckpoints: integerOption('keepCheckpoints', keepCheckpoints, 1, 2 ** 20),
    log: logFormatsOption('log', log ?? []),
    // The trainer checks every one of its options, whatever a file says.
    trainerOptions: { ...defaultLearningRates(steps), ...given, environment, objective },
  };
}

/** The content of a run's config.json: complete, so that it runs again as it was, and the same on every machine. */
export interface RecordedConfiguration {
  readonly environment: { readonly name: string } & EnvironmentParameters;
  readonly objective: Objective;
  readonly [setting: string]: unknown;
}

/** `resolved` holds the trainer's options with their defaults. */
export function recordedConfiguration(run: ResolvedRun, resolved: ResolvedTrainerOptions): RecordedConfiguration {
  const all = new Map<string, unknown>(Object.entries(resolved));
  const given = new Map<string, unknown>(Object.entries(run.trainerOptions));
  // Defaults of threads and memory are the machine's and change no result, so only given ones are recorded.
  const settings = trainerSettings.flatMap(({ key }): [string, unknown][] => {
    const value = key === 'threads' || key === 'memoryBytes' ? given.get(key) : all.get(key);
    return value === undefined ? [] : [[key, value]];
  });
  const {
    environment,
    objective,
    steps,
    reportEvery,
    evaluateEvery,
    evaluationSamples,
    checkpointEvery,
    keepCheckpoints,
    log,
  } = run;
  return {
    environment: { name: environment.name, ...environment.parameters },
    objective,
    steps,
    reportEvery,
    evaluateEvery,
    ...(evaluationSamples === undefined ? {} : { evaluationSamples }),
    checkpointEvery,
    keepCheckpoints,
    ...(log.length > 0 ? { log } : {}),
    ...Object.fromEntries(settings),
  };
}

/** What every config.json of a run has; a later version may know more settings than the one that wrote it. */
const recordedKeys = ['environment', 'objective', 'steps', 'seed'];

/** Reads the config.json of a run. Throws ERR_CONFIG, which names the file, if a run cannot have written it. */
export async function readRecordedConfiguration(path: string): Promise<RecordedConfiguration> {
  try {
    const configuration = await readConfiguration(path);
    const { environment, objective, settings } = configuration;
    const present = new Map<string, unknown>(Object.entries({ environment, objective, ...settings }));
    const missing = recordedKeys.filter((key) => present.get(key) === undefined);
    if (missing.length > 0) {
      throw new GfnError('ERR_CONFIG', `expected the configuration of a run, got one without ${missing.join(', ')}`);
    }
    const run = resolveRun(configuration);
    return recordedConfiguration(run, resolveTrainerOptions(run.trainerOptions));
  } catch (cause) {
    if (!(cause instanceof GfnError)) throw cause;
    const named = cause.message.startsWith(path);
    throw new GfnError('ERR_CONFIG', named ? cause.message : `${path}: ${cause.message}`, { cause });
  }
}
