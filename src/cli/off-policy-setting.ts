import { GfnError } from '../error.ts';
import { badArgument } from '../options.ts';
import { transformParameters } from '../reward/transform.ts';
import { parseInteger, parseNumber, parseText } from './parse-value.ts';
import { isRecord } from './record.ts';
import type { Setting } from './setting.ts';

/** What a batch holds beside the trajectories that the policy draws: the library's options, `section.option`. */
export const offPolicySettings: readonly Setting[] = [
  {
    key: 'replay.trajectories',
    flag: '--replay <integer>',
    description: 'trajectories of a step back from objects of a replay buffer, beside the batch',
    defaultText: 'no replay buffer',
    parse: parseInteger,
  },
  {
    key: 'replay.capacity',
    flag: '--replay-capacity <integer>',
    description: 'objects that the replay buffer holds',
    defaultText: '1000',
    parse: parseInteger,
  },
  {
    key: 'replay.keep',
    flag: '--replay-keep <name>',
    description: 'which objects stay when there are more: newest, best (highest reward)',
    defaultText: 'newest',
    parse: parseText,
  },
  {
    key: 'replay.draw',
    flag: '--replay-draw <name>',
    description: 'how objects are drawn: uniform, reward (in proportion to it)',
    defaultText: 'uniform',
    parse: parseText,
  },
  {
    key: 'replay.unique',
    flag: '--replay-unique',
    description: 'do not add an object that the buffer holds',
    defaultText: 'false',
  },
  {
    key: 'replay.warmUp',
    flag: '--replay-warm-up <integer>',
    description: 'objects that the buffer holds before any is drawn',
    defaultText: '1',
    parse: parseInteger,
  },
  {
    key: 'replay.noise',
    flag: '--replay-noise <number>',
    description: 'standard deviation of what is added to R when the best are ranked',
    defaultText: '0',
    parse: parseNumber,
  },
  {
    key: 'replay.drop',
    flag: '--replay-drop <number>',
    description: 'part of the capacity that makes room for one that is better than the worst of the best',
    defaultText: '0: the worst one alone',
    parse: parseNumber,
  },
  {
    key: 'dataset.file',
    flag: '--dataset <file>',
    description:
      'objects that training goes back from, one a line, as sample prints them with or without --jsonl, with their conditions',
    defaultText: 'no dataset',
    parse: parseText,
  },
  {
    key: 'dataset.trajectories',
    flag: '--dataset-trajectories <integer>',
    description: 'trajectories of a step back from the dataset, beside the batch, which may be 0 then',
    defaultText: 'none: needed with --dataset',
    parse: parseInteger,
  },
  {
    key: 'localSearch.trajectories',
    flag: '--local-search <integer>',
    description: 'trajectories of a step that local search improves, beside the batch',
    defaultText: 'no local search',
    parse: parseInteger,
  },
  {
    key: 'localSearch.rounds',
    flag: '--local-search-rounds <integer>',
    description: 'rounds of local search',
    defaultText: '1',
    parse: parseInteger,
  },
  {
    key: 'localSearch.backRatio',
    flag: '--local-search-back-ratio <number>',
    description: "largest part of a trajectory's transitions that a round undoes",
    defaultText: '0.5',
    parse: parseNumber,
  },
  {
    key: 'localSearch.acceptance',
    flag: '--local-search-acceptance <name>',
    description: 'metropolis, barker, greedy',
    defaultText: 'metropolis',
    parse: parseText,
  },
];

/** Of conditions, beside how they are drawn. */
export const conditionSettings: readonly Setting[] = [
  {
    key: 'conditions.trajectoriesPerCondition',
    flag: '--trajectories-per-condition <integer>',
    description: 'trajectories of a batch, one after the other, that share a condition',
    defaultText: '1; 8 with VarGrad',
    parse: parseInteger,
  },
];

/** An ONNX file as reward, and options of it or of the reward that a module exports, over whose own they go. */
export const rewardSettings: readonly Setting[] = [
  {
    key: 'reward.onnx',
    flag: '--reward <file.onnx>',
    description: "ONNX file that scores the objects in place of the environment's reward",
    defaultText: "the module's, else the environment's",
    parse: parseText,
  },
  {
    key: 'reward.scale',
    flag: '--score-scale <name>',
    description: "what the file's output is: plain, log",
    defaultText: 'plain',
    parse: parseText,
  },
  {
    key: 'reward.output',
    flag: '--score-output <name>',
    description: "the file's output that scores",
    defaultText: 'the only one',
    parse: parseText,
  },
  {
    key: 'reward.transform',
    flag: '--score-transform <transform>',
    description:
      'R from a plain score y: identity, absolute, power:EXPONENT, exponential:SCALE:RATE, shift:BY, product:FACTOR, ' +
      'sigmoid:SLOPE:MIDPOINT',
    defaultText: "the module's, else identity",
    parse: parseTransform,
  },
  {
    key: 'reward.floor',
    flag: '--score-floor <number>',
    description: 'least R',
    defaultText: "the module's, else 0",
    parse: parseNumber,
  },
  {
    key: 'reward.cache',
    flag: '--score-cache <integer>',
    description: 'objects whose scores are remembered',
    defaultText: "the module's, else 0",
    parse: parseInteger,
  },
  {
    key: 'reward.timeLimit',
    flag: '--score-time-limit <number>',
    description: "seconds that a call of a module's reward may take",
    defaultText: "the module's, else none",
    parse: parseNumber,
  },
];

/** The sections of a configuration that these settings belong to. */
export const sectionNames = ['replay', 'dataset', 'localSearch', 'reward'] as const;

/** What a section is nothing without. */
const required: readonly (readonly [section: string, options: readonly string[]])[] = [
  ['replay', ['trajectories']],
  ['dataset', ['file', 'trajectories']],
  ['localSearch', ['trajectories']],
];

const sectionSettings = [...offPolicySettings, ...conditionSettings, ...rewardSettings];

/** The settings with a flag of one of these sections over them; null for another flag. */
export function withSectionFlag(
  settings: Readonly<Record<string, unknown>>,
  key: string,
  value: unknown,
): Readonly<Record<string, unknown>> | null {
  if (!sectionSettings.some((setting) => setting.key === key)) return null;
  const [section, option] = key.split('.');
  const { [section]: old } = settings;
  if (key === 'reward.onnx') return { ...settings, reward: { onnx: value } }; // with options of its own
  const { objects, ...rest } = isRecord(old) ? old : {};
  // A file takes the place of the objects of a configuration.
  const kept = objects === undefined || option === 'file' ? rest : { ...rest, objects };
  return { ...settings, [section]: { ...kept, [option]: value } };
}

/** Throws ERR_ARGUMENT for a flag that says how, without the one that says how many or what. */
export function requireMainFlags(settings: Readonly<Record<string, unknown>>): void {
  for (const [section, options] of required) {
    const given = settings[section];
    if (!isRecord(given)) continue;
    const hasObjects = given.objects !== undefined;
    const missing = options.filter((option) => given[option] === undefined && !(option === 'file' && hasObjects));
    if (missing.length === 0) continue;
    const present = flagOf(`${section}.${Object.keys(given)[0]}`);
    const needed = missing.map((option) => flagOf(`${section}.${option}`)).join(' and ');
    throw new GfnError('ERR_ARGUMENT', `${present}: expected with ${needed}, got it alone`);
  }
}

function flagOf(key: string): string {
  return sectionSettings.find((setting) => setting.key === key)?.flag ?? key;
}

/** A transform: its name and its parameters, separated by colons. */
function parseTransform(name: string, text: string): unknown {
  const forms: [string, readonly string[]][] = Object.entries(transformParameters);
  const [kind, ...values] = text.split(':');
  const parameters = forms.find(([known]) => known === kind)?.[1];
  if (parameters?.length !== values.length) {
    const written = forms.map(([known, own]) => [known, ...own.map((each) => each.toUpperCase())].join(':'));
    badArgument(name, written.join(', '), text);
  }
  return {
    kind,
    ...Object.fromEntries(parameters.map((parameter, i) => [parameter, parseNumber(name, values[i])])),
  };
}
