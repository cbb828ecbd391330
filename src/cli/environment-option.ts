import { resolve } from 'node:path';
import type { EnvironmentDefinition } from '../env/definition.ts';
import { environmentDefinition, environments } from '../env/registry.ts';
import { GfnError } from '../error.ts';
import { choiceOption, flagName, nearestName } from '../options.ts';
import { isModulePath } from './environment-module.ts';
import type { EnvironmentSection } from './environment-section.ts';
import { parseInteger, parseNumber, parseNumbers, parseText } from './parse-value.ts';
import type { Setting } from './setting.ts';

type OptionType = EnvironmentDefinition['options'][string]['type'];

const placeholders: Readonly<Record<OptionType, string>> = {
  integer: '<integer>',
  number: '<number>',
  choice: '<name>',
  strings: '<texts>',
  symbols: '<symbols>',
  numbers: '<numbers|file>',
  file: '<file>',
};

const parsers: Readonly<Record<OptionType, (name: string, text: string) => unknown>> = {
  integer: parseInteger,
  number: parseNumber,
  choice: parseText,
  strings: (_, text) => text.split(','),
  symbols: (_, text) => (text.includes(',') ? text.split(',') : text),
  numbers: parseNumbers,
  file: parseText,
};

/** The options of an environment as flags. */
export function environmentSettings(definition: EnvironmentDefinition): readonly Setting[] {
  return Object.entries(definition.options).map(([key, option]) => ({
    key,
    flag: `${flagName(key)} ${placeholders[option.type]}`,
    description: option.type === 'choice' ? `${option.description}: ${option.allowed}` : option.description,
    defaultText: option.defaultText,
    parse: parsers[option.type],
  }));
}

/** The flags of all environments, each once: which of them a run takes depends on its environment. */
export const environmentFlags: ReadonlyMap<string, string> = new Map(
  environments.flatMap((definition) => environmentSettings(definition).map(({ key, flag }) => [key, flag])),
);

/** The value of an environment's flag; throws ERR_UNKNOWN_OPTION if that environment has no such option. */
function parseEnvironmentOption(definition: EnvironmentDefinition, key: string, text: string): unknown {
  const settings = environmentSettings(definition);
  const setting = settings.find((candidate) => candidate.key === key);
  if (setting?.parse !== undefined) return setting.parse(flagName(key), text);
  const nearest = nearestName(
    key,
    settings.map((candidate) => candidate.key),
  );
  const hint = nearest === null ? '.' : `; did you mean ${flagName(nearest)}?`;
  const flags = settings.map((candidate) => flagName(candidate.key)).join(', ');
  throw new GfnError(
    'ERR_UNKNOWN_OPTION',
    `${flagName(key)} is not an option of ${definition.name}${hint} Allowed: ${flags}`,
  );
}

/** The environment that an argument names, with the options of the configuration if it is of the same one. */
export function selectedEnvironment(
  configured: EnvironmentSection | undefined,
  argument: string | undefined,
): EnvironmentSection {
  if (argument === undefined) return configured ?? {};
  if (!isModulePath(argument)) return argument === configured?.name ? configured : { name: argument };
  const module = resolve(argument);
  return module === configured?.module ? configured : { module };
}

/** An environment with its flags over its options; throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION for those of another one. */
export function withEnvironmentFlags(
  section: EnvironmentSection,
  flags: Readonly<Record<string, unknown>>,
): EnvironmentSection {
  if (section.module !== undefined) return withModuleOptions(section, flags);
  const names = environments.map(({ name }) => name);
  const definition = environmentDefinition(choiceOption('environment', section.name, names));
  const options = Object.entries(flags).map(([key, value]): [string, unknown] => [
    key,
    parseEnvironmentOption(definition, key, value as string),
  ]);
  return { ...section, ...Object.fromEntries(options) };
}

function withModuleOptions(
  section: EnvironmentSection,
  { environmentOptions, ...others }: Readonly<Record<string, unknown>>,
): EnvironmentSection {
  const other = Object.keys(others).at(0);
  if (other !== undefined) {
    throw new GfnError(
      'ERR_UNKNOWN_OPTION',
      `${flagName(other)} is not an option of a module; its function takes what --environment-options gives`,
    );
  }
  return environmentOptions === undefined ? section : { ...section, options: environmentOptions };
}
