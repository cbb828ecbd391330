import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { checkpointDefaults } from '../checkpoint/checkpoint-options.ts';
import { moleculeView } from '../env/molecule-view.ts';
import { GfnError } from '../error.ts';
import type { DatasetOptions, Environment, Objective, ResolvedTrainerOptions, TrainerOptions } from '../index.ts';
import { modeScoreOption } from '../molecule/seen/seen-options.ts';
import { badArgument, integerOption, rejectUnknown, stringOption } from '../options.ts';
import { resolveTrainerOptions } from '../trainer/trainer-options.ts';
import { withFileObjects } from './dataset-file.ts';
import { isModulePath } from './environment-module.ts';
import { selectedEnvironment, withEnvironmentFlags } from './environment-option.ts';
import {
  chooseEnvironment,
  recordedSection,
  type ChosenEnvironment,
  type EnvironmentSection,
} from './environment-section.ts';
import { createObjective, objectiveSettings } from './objective-option.ts';
import { namesRewardFile, ownReward, recordedOnnxReward } from './own-reward.ts';
import { requireMainFlags, sectionNames, withSectionFlag } from './off-policy-setting.ts';
import { parseSchedule } from './parse-value.ts';
import { isRecord } from './record.ts';
import { logFormatsOption, type LogFormat } from './run-logger.ts';
import { DEFAULT_STEPS, defaultLearningRates, runSettings, trainerSettings } from './training-setting.ts';

/** A configuration as a file or flags give it: keys are known, values are not checked, defaults not filled in. */
export interface Configuration {
  /** With the path of a module made absolute. */
  readonly environment?: EnvironmentSection;
  /** The name and the options of the objective. */
  readonly objective?: Readonly<Record<string, unknown>>;
  /** Options of the run and of the trainer. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** A run that can be started: everything about it but the trainer's own options has been checked. */
export interface ResolvedRun {
  readonly environment: Environment;
  /** The environment and the module that it is of. */
  readonly chosen: ChosenEnvironment;
  readonly objective: Objective;
  readonly steps: number;
  readonly reportEvery: number;
  readonly evaluateEvery: number;
  /** Samples of the evaluation at the end; undefined: the default. */
  readonly evaluationSamples: number | undefined;
  readonly checkpointEvery: number;
  readonly keepCheckpoints: number;
  /** Of molecules: R(x) above which one may be a mode; undefined for other environments. */
  readonly modeScore: number | undefined;
  /** Logs beside metrics.jsonl. */
  readonly log: readonly LogFormat[];
  /** Options of an ONNX reward, or over those of the module's. */
  readonly reward: Readonly<Record<string, unknown>> | undefined;
  readonly trainerOptions: TrainerOptions;
}

/** Terminal states up to which the exact distribution is computed again and again during training by default. */
const FREQUENT_EVALUATION = 10_000;

const LARGEST_SAMPLE = 2 ** 26;

const settingKeys = [...runSettings, ...trainerSettings].map(({ key }) => key);
const fileKeys = ['environment', 'objective', ...settingKeys, ...sectionNames];
const scheduleKeys = ['exploration', 'temperature', 'learningRate', 'learningRateLogZ'];

/** An environment or objective in a file: its name, or an object with its name and options. */
function namedSection(path: string, key: string, value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string') return { name: value };
  if (isRecord(value)) return value;
  return badArgument(`${path}: ${key}`, 'a name or an object with name and options', value);
}

/** The environment in a file, whose modules have paths from there. */
function environmentSection(path: string, value: unknown): EnvironmentSection | undefined {
  const section = typeof value === 'string' && isModulePath(value) ? { module: value } : value;
  const named = namedSection(path, 'environment', section);
  if (named?.module === undefined) return named;
  const module = stringOption(`${path}: environment.module`, named.module);
  return { ...named, module: resolve(dirname(path), module) };
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
  rejectUnknown(path, content, fileKeys);
  const { environment, objective, ...settings } = content;
  return {
    environment: environmentSection(path, environment),
    objective: namedSection(path, 'objective', objective),
    settings: withPathsFrom(dirname(path), settings),
  };
}

/** Paths of a dataset and a reward are from the folder of the file that names them. */
function withPathsFrom(folder: string, settings: Configuration['settings']): Configuration['settings'] {
  const resolved: Record<string, unknown> = { ...settings };
  for (const [section, option] of [
    ['dataset', 'file'],
    ['reward', 'onnx'],
  ] as const) {
    const given = settings[section];
    if (!isRecord(given) || typeof given[option] !== 'string') continue;
    resolved[section] = { ...given, [option]: resolve(folder, given[option]) };
  }
  return resolved;
}

/** Flags as the command line gives them: the environment's options are still text, all others have been parsed. */
export type Flags = Readonly<Record<string, unknown>>;

/**
 * The configuration with the flags over it; `environment` is a name or the path of a module. Another environment or
 * objective than the configuration's starts from its own defaults. Throws ERR_UNKNOWN_OPTION for a flag that the
 * environment or objective does not have, ERR_ARGUMENT for one that needs another.
 */
export function withFlags(configuration: Configuration, environment: string | undefined, flags: Flags): Configuration {
  let settings = configuration.settings;
  const objective: Record<string, unknown> =
    flags.objective === undefined || flags.objective === configuration.objective?.name
      ? { ...configuration.objective }
      : { name: flags.objective };
  const environmentFlags: Record<string, unknown> = {};
  for (const [given, value] of Object.entries(flags)) {
    if (value === undefined || given === 'objective') continue;
    const key = given === 'reward.onnx' && !namesRewardFile(value) ? 'reward' : given;
    const sectioned = withSectionFlag(settings, key, value);
    if (sectioned !== null) settings = sectioned;
    else if (settingKeys.includes(key)) settings = { ...settings, [key]: value };
    else if (objectiveSettings.some((setting) => setting.key === key)) objective[key] = value;
    else environmentFlags[key] = value;
  }
  requireMainFlags(settings);
  const section = selectedEnvironment(configuration.environment, environment);
  return { environment: withEnvironmentFlags(section, environmentFlags), objective, settings };
}

/**
 * Checks the configuration, makes its environment, unless it has been made, and fills in the defaults. Throws
 * ERR_ARGUMENT, ERR_UNKNOWN_OPTION, ERR_TOO_LARGE or ERR_MODULE.
 */
export async function resolveRun(configuration: Configuration, made?: ChosenEnvironment): Promise<ResolvedRun> {
  const { name: objectiveName, ...objectiveOptions } = configuration.objective ?? {};
  const chosen = made ?? (await chooseEnvironment(configuration.environment ?? {}));
  const { environment } = chosen;
  const objective = createObjective(objectiveName ?? 'trajectory-balance', objectiveOptions);
  const {
    steps: givenSteps,
    reportEvery,
    evaluateEvery,
    evaluationSamples,
    log,
    checkpointEvery = checkpointDefaults.every,
    keepCheckpoints = checkpointDefaults.keep,
    modeScore,
    reward,
    dataset,
    ...rest
  } = configuration.settings;
  const given: Record<string, unknown> = rest;
  const steps = integerOption('steps', givenSteps ?? DEFAULT_STEPS, 1, 2 ** 40);
  for (const key of scheduleKeys) {
    const value = given[key];
    if (typeof value === 'string') given[key] = parseSchedule(key, value);
  }
  const hasCondition =
    environment.condition !== undefined || (isRecord(given.conditions) && isRecord(given.conditions.temperature));
  const everyDefault = environment.terminalCount <= FREQUENT_EVALUATION ? Math.ceil(steps / 20) : 0;
  return {
    environment,
    chosen,
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
    modeScore: resolveModeScore(environment, modeScore),
    log: logFormatsOption('log', log ?? []),
    reward: reward === undefined ? undefined : recordOption('reward', reward),
    // The trainer checks every one of its options, whatever a file says.
    trainerOptions: {
      ...defaultLearningRates(steps),
      ...given,
      ...(dataset === undefined
        ? {}
        : { dataset: (await withFileObjects(dataset, environment, hasCondition)) as DatasetOptions }),
      ...ownReward(chosen, reward),
      environment,
      objective,
    },
  };
}

function resolveModeScore(environment: Environment, value: unknown): number | undefined {
  if (moleculeView(environment) !== null) return modeScoreOption('modeScore', value);
  if (value === undefined) return undefined;
  return badArgument('modeScore', `none for ${environment.name}, which builds no molecules`, value);
}

function recordOption(name: string, value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : badArgument(name, 'an object', value);
}

/** The content of a run's config.json: complete, so that it runs again as it was, and the same on every machine. */
export interface RecordedConfiguration {
  readonly environment: { readonly name: string } & EnvironmentSection;
  readonly objective: Objective;
  readonly [setting: string]: unknown;
}

/** `resolved` holds the trainer's options with their defaults; paths are from the run's `folder`. */
export function recordedConfiguration(
  run: ResolvedRun,
  resolved: ResolvedTrainerOptions,
  folder: string,
): RecordedConfiguration {
  const all = new Map<string, unknown>(Object.entries(resolved));
  const given = new Map<string, unknown>(Object.entries(run.trainerOptions));
  // Defaults of threads and memory are the machine's and change no result, so only given ones are recorded.
  const settings = trainerSettings.flatMap(({ key }): [string, unknown][] => {
    const value = key === 'threads' || key === 'memoryBytes' ? given.get(key) : all.get(key);
    return value === undefined || value === null ? [] : [[key, value]];
  });
  const {
    chosen,
    objective,
    steps,
    reportEvery,
    evaluateEvery,
    evaluationSamples,
    checkpointEvery,
    keepCheckpoints,
    modeScore,
    log,
    reward,
    trainerOptions: { dataset },
  } = run;
  const { replay, localSearch } = resolved;
  const recordedReward = recordedOnnxReward(resolved.reward) ?? reward;
  return {
    environment: recordedSection(chosen, folder),
    objective,
    steps,
    reportEvery,
    evaluateEvery,
    ...(evaluationSamples === undefined ? {} : { evaluationSamples }),
    checkpointEvery,
    keepCheckpoints,
    ...(modeScore === undefined ? {} : { modeScore }),
    ...(log.length > 0 ? { log } : {}),
    ...Object.fromEntries(settings),
    ...(replay === null ? {} : { replay }),
    ...(dataset === undefined ? {} : { dataset }),
    ...(localSearch === null ? {} : { localSearch }),
    ...(recordedReward === undefined ? {} : { reward: recordedReward }),
  };
}

/** What every config.json of a run has; a later version may know more settings than the one that wrote it. */
const recordedKeys = ['environment', 'objective', 'steps', 'seed'];

/**
 * Reads the config.json of a run, whose environment has been `made` if it is of a module. Throws ERR_CONFIG, which names
 * the file, if a run cannot have written it.
 */
export async function readRecordedConfiguration(
  path: string,
  made?: ChosenEnvironment,
): Promise<RecordedConfiguration> {
  try {
    const configuration = await readConfiguration(path);
    const { environment, objective, settings } = configuration;
    const present = new Map<string, unknown>(Object.entries({ environment, objective, ...settings }));
    const missing = recordedKeys.filter((key) => present.get(key) === undefined);
    if (missing.length > 0) {
      throw new GfnError('ERR_CONFIG', `expected the configuration of a run, got one without ${missing.join(', ')}`);
    }
    const run = await resolveRun(configuration, made);
    return recordedConfiguration(run, resolveTrainerOptions(run.trainerOptions), dirname(path));
  } catch (cause) {
    if (!(cause instanceof GfnError)) throw cause;
    const named = cause.message.startsWith(path);
    throw new GfnError('ERR_CONFIG', named ? cause.message : `${path}: ${cause.message}`, { cause });
  }
}
