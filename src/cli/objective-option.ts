import type { Objective } from '../index.ts';
import { objectiveOption } from '../objective/define-objective.ts';
import type { RegressionLoss } from '../objective/regression-loss.ts';
import { rejectUnknown } from '../options.ts';
import { parseNumber, parseRegressionLoss, parseText, regressionLossText } from './parse-value.ts';
import type { Setting } from './setting.ts';

export const objectiveNames = [
  'flow-matching',
  'detailed-balance',
  'trajectory-balance',
  'vargrad',
  'sub-trajectory-balance',
] as const satisfies readonly Objective['name'][];

function isRegressionLoss(value: unknown): value is RegressionLoss {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

/** The defaults of an option by objective, in words: one value if they agree. */
function defaultText(option: string): string {
  const texts = objectiveNames.flatMap((name) => {
    const values = new Map<string, unknown>(Object.entries(objectiveOption('objective', { name })));
    if (!values.has(option)) return [];
    const value = values.get(option);
    const text = isRegressionLoss(value) ? regressionLossText(value) : JSON.stringify(value).replaceAll('"', '');
    return [{ name, text }];
  });
  if (texts.every(({ text }) => text === texts[0].text)) return texts[0].text;
  return texts.map(({ name, text }) => `${name} ${text}`).join(', ');
}

/** The options of all objectives, by their names in the configuration. */
export const objectiveSettings: readonly Setting[] = [
  {
    key: 'flowEpsilon',
    flag: '--flow-epsilon <number>',
    description: 'flow matching: ε added to inflow and outflow inside the logarithms',
    defaultText: defaultText('flowEpsilon'),
    parse: parseNumber,
  },
  {
    key: 'leafCoefficient',
    flag: '--leaf-coefficient <number>',
    description: 'flow matching, detailed balance: weight of the terminal residuals',
    defaultText: defaultText('leafCoefficient'),
    parse: parseNumber,
  },
  {
    key: 'lambda',
    flag: '--lambda <number>',
    description: 'sub-trajectory balance: λ of the geometric weightings',
    defaultText: defaultText('lambda'),
    parse: parseNumber,
  },
  {
    key: 'weighting',
    flag: '--weighting <name>',
    description:
      'flow matching: mean, balanced; sub-trajectory balance: geometric-within, geometric, equal-within, equal, ' +
      'trajectory-balance, detailed-balance, modified-detailed-balance',
    defaultText: defaultText('weighting'),
    parse: parseText,
  },
  {
    key: 'regressionLoss',
    flag: '--regression-loss <name>',
    description:
      'loss of a residual: squared, half-squared, absolute, log-cosh, shifted-cosh, huber:DELTA, linex:ALPHA',
    defaultText: defaultText('regressionLoss'),
    parse: parseRegressionLoss,
  },
];

/** The objective of that name with those options. Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION. */
export function createObjective(name: unknown, options: Readonly<Record<string, unknown>>): Objective {
  const { name: known, ...defaults } = objectiveOption('objective', { name });
  rejectUnknown(`objective ${known}`, options, Object.keys(defaults));
  const { regressionLoss } = options;
  const parsed =
    typeof regressionLoss === 'string' ? parseRegressionLoss('regressionLoss', regressionLoss) : regressionLoss;
  return objectiveOption('objective', { name, ...options, regressionLoss: parsed });
}
