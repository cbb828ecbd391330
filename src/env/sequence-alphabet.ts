import { badArgument } from '../options.ts';
import type { EnvironmentOption } from './option.ts';

const EXPECTED = 'different symbols without blanks, commas or quotes';

/** The symbols of sequences: a list, or the characters of a string. */
export const alphabetOption: EnvironmentOption<readonly string[] | undefined> = {
  type: 'symbols',
  description: 'the symbols, like ACGT or CF,CCC',
  default: undefined,
  defaultText: 'ACGT',
  allowed: `a string or a list of ${EXPECTED}`,
  check: (name, value) => {
    const given: unknown = typeof value === 'string' ? Array.from(value) : value;
    const symbols: unknown[] = Array.isArray(given) ? given : [];
    if (
      symbols.length === 0 ||
      new Set(symbols).size < symbols.length ||
      !symbols.every((symbol) => typeof symbol === 'string' && /^[^\s,"]+$/.test(symbol))
    ) {
      badArgument(name, EXPECTED, value);
    }
    return symbols as string[];
  },
};
