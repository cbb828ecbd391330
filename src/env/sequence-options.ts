import { GfnError } from '../error.ts';
import { badArgument } from '../options.ts';
import type { EnvironmentParameters } from './environment.ts';
import { integer, number, optionalChoice, resolveOptions, type OptionValues } from './option.ts';
import { packNumbers } from './packed-numbers.ts';
import { alphabetOption } from './sequence-alphabet.ts';
import { sequenceGrowth, sequenceStyles, type SequenceStyle } from './sequence-growth.ts';
import {
  plainSequence,
  sequencePresetNames,
  sequencePresets,
  type SequenceDefaults,
  type SequencePresetName,
} from './sequence-preset.ts';
import { SequenceSpace } from './sequence-space.ts';
import { orderedValues, sequenceTableOption, type SequenceTableInput } from './sequence-table.ts';
import { checkSizes, largest, parametersOf } from './sizes.ts';
import { tableRewardKinds, type TableReward } from './table-reward.ts';

/** Options of `sequence`. */
export interface SequenceOptions {
  /** Published settings, which other options given override; they need a table. */
  readonly preset?: SequencePresetName;
  /** The symbols, a string being its characters; default ACGT. */
  readonly alphabet?: string | readonly string[];
  /** Symbols of every sequence; default 4. Not together with minimumLength or maximumLength. */
  readonly length?: number;
  /** Least symbols of a sequence; default 1 where maximumLength is given. */
  readonly minimumLength?: number;
  /** Most symbols of a sequence. */
  readonly maximumLength?: number;
  /** Where a symbol may be added; default append. */
  readonly style?: SequenceStyle;
  /** A value for every sequence. Without one log R = 0. */
  readonly table?: SequenceTableInput;
  /** How log R follows from the table's values (`TableReward`); default plain, R = value. */
  readonly tableReward?: TableReward['kind'];
  /** With tableReward clip-before or clip-after; default 1. */
  readonly rewardExponent?: number;
  /** With tableReward clip-before or clip-after: the largest reward; default 1. */
  readonly rewardScale?: number;
  /** With tableReward clip-before the least value, with clip-after the least reward; default 0.001. */
  readonly rewardFloor?: number;
  /** Share of the table's best sequences that count as modes; default 0.005. */
  readonly modeFraction?: number;
}

/** Most sequences of a table. */
const LARGEST_TABLE = 2 ** 22;
const MOST_SYMBOLS = largest.stateSize - 2;

const lengthOption = (description: string, defaultText: string, minimum: number) =>
  integer({ description, default: undefined, defaultText, minimum, maximum: MOST_SYMBOLS });

const rewardOption = (description: string, defaultText: string, minimum: number, maximum: number) =>
  number({ description: `with tableReward clip-before or clip-after: ${description}`, defaultText, minimum, maximum });

export const sequenceOptions = {
  preset: optionalChoice({
    description: 'published settings, which need a table',
    defaultText: 'none',
    choices: sequencePresetNames,
  }),
  alphabet: alphabetOption,
  length: lengthOption('symbols of every sequence', String(plainSequence.length), 1),
  minimumLength: lengthOption('least symbols, where lengths vary', '1 where maximumLength is given', 0),
  maximumLength: lengthOption('most symbols, where lengths vary', 'none', 1),
  style: optionalChoice({
    description: 'where a symbol may be added',
    defaultText: plainSequence.style,
    choices: sequenceStyles,
  }),
  table: sequenceTableOption,
  tableReward: optionalChoice({
    description: 'how log R follows from the table',
    defaultText: 'plain, R = value',
    choices: tableRewardKinds,
  }),
  rewardExponent: rewardOption('power of the value', '1', 0, 1000),
  rewardScale: rewardOption('the largest reward', '1', 1e-100, 1e100),
  rewardFloor: rewardOption('the least value or reward', '0.001', 0, 1e100),
  modeFraction: number({
    description: "share of the table's best sequences that count as modes",
    defaultText: '0.005',
    minimum: 0,
    maximum: 1,
  }),
};

type SequenceValues = OptionValues<typeof sequenceOptions>;

/** Options that say something of a table's values. */
const tableOptions = ['tableReward', 'rewardExponent', 'rewardScale', 'rewardFloor', 'modeFraction'] as const;

/** A table with its values in the order of the space. */
export interface RewardTable {
  readonly values: Float64Array;
  readonly reward: TableReward;
  readonly modeFraction: number;
}

/** Checked options of `sequence`: everything that its constructor needs. */
export interface ResolvedSequence {
  readonly space: SequenceSpace;
  readonly style: SequenceStyle;
  readonly table: RewardTable | null;
  readonly parameters: EnvironmentParameters;
}

/** Checks options and fills in defaults. Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_TOO_LARGE. */
export function resolveSequence(given: SequenceOptions): ResolvedSequence {
  const values = resolveOptions('sequence', sequenceOptions, given);
  const defaults = values.preset === undefined ? plainSequence : sequencePresets[values.preset];
  const alphabet = values.alphabet ?? defaults.alphabet;
  const style = values.style ?? defaults.style;
  const { minimum, maximum } = lengthRange(values, defaults);
  const lengths: Record<string, number> =
    minimum < maximum ? { minimumLength: minimum, maximumLength: maximum } : { length: maximum };
  const growth = sequenceGrowth(style, alphabet.length, maximum);
  checkSizes(
    'sequence',
    {
      stateSize: maximum + 2,
      actions: growth.actions + 1,
      backwardActions: growth.backwardActions + 1,
      observationSize: maximum * (alphabet.length + 1),
    },
    { symbols: alphabet.length, ...lengths },
  );
  const space = new SequenceSpace(alphabet, minimum, maximum);
  const table = rewardTable(values, defaults, space);
  const parameters = parametersOf({ alphabet, ...lengths, style, ...tableParameters(table) });
  return { space, style, table, parameters };
}

function lengthRange(
  { length, minimumLength, maximumLength }: SequenceValues,
  defaults: SequenceDefaults,
): { readonly minimum: number; readonly maximum: number } {
  if (minimumLength === undefined && maximumLength === undefined) {
    const fixed = length ?? defaults.length;
    return { minimum: fixed, maximum: fixed };
  }
  if (length !== undefined) badArgument('length', 'nothing where minimumLength or maximumLength is given', length);
  if (maximumLength === undefined) badArgument('maximumLength', 'an integer where minimumLength is given', undefined);
  const minimum = minimumLength ?? 1;
  if (minimum > maximumLength) badArgument('minimumLength', `at most maximumLength, ${maximumLength}`, minimum);
  return { minimum, maximum: maximumLength };
}

function rewardTable(values: SequenceValues, defaults: SequenceDefaults, space: SequenceSpace): RewardTable | null {
  const { preset, table, tableReward, rewardExponent, rewardScale, rewardFloor, modeFraction } = values;
  if (table === undefined) {
    if (preset !== undefined) badArgument('table', `a value for every sequence with preset ${preset}`, undefined);
    for (const name of tableOptions) {
      if (values[name] !== undefined) badArgument(name, 'nothing without a table', values[name]);
    }
    return null;
  }
  if (space.count > LARGEST_TABLE) {
    throw new GfnError('ERR_TOO_LARGE', `table: ${space.count} sequences, at most ${LARGEST_TABLE} fit a table`);
  }
  const kind = tableReward ?? defaults.reward.kind;
  const clips = { rewardExponent, rewardScale, rewardFloor };
  for (const [name, value] of Object.entries(clips)) {
    if (value === undefined || kind === 'clip-before' || kind === 'clip-after') continue;
    badArgument(name, 'nothing but with tableReward clip-before or clip-after', value);
  }
  return {
    values: orderedValues('table', table, space),
    reward: {
      kind,
      exponent: rewardExponent ?? defaults.reward.exponent,
      scale: rewardScale ?? defaults.reward.scale,
      floor: rewardFloor ?? defaults.reward.floor,
    },
    modeFraction: modeFraction ?? defaults.modeFraction,
  };
}

/** The table as parameters: its values are packed, so that a saved model needs no other file. */
function tableParameters(table: RewardTable | null): EnvironmentParameters {
  if (table === null) return {};
  const { kind, exponent, scale, floor } = table.reward;
  const clips = kind === 'clip-before' || kind === 'clip-after';
  return {
    table: packNumbers(table.values),
    tableReward: kind,
    ...(clips ? { rewardExponent: exponent, rewardScale: scale, rewardFloor: floor } : {}),
    modeFraction: table.modeFraction,
  };
}
