import { distance } from 'fastest-levenshtein';
import { GfnError } from './error.ts';

/** A value as an error message shows it: short, and with strings told from numbers. */
export function shown(value: unknown): string {
  if (value === undefined) return 'undefined';
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'bigint') return `${value.toString()}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return value.toString();
  let text: unknown;
  try {
    text = JSON.stringify(value);
  } catch {
    return 'an object'; // circular
  }
  if (typeof text !== 'string') return 'an object'; // its toJSON says so
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Throws ERR_ARGUMENT: `name: expected …, got …`. */
export function badArgument(name: string, expected: string, value: unknown): never {
  throw new GfnError('ERR_ARGUMENT', `${name}: expected ${expected}, got ${shown(value)}`);
}

/** `from a to b`, `of at least a`, … for numbers; empty without bounds. */
export function rangeText(minimum: number, maximum: number): string {
  if (minimum > -Infinity && maximum < Infinity) return ` from ${minimum} to ${maximum}`;
  if (minimum > -Infinity) return ` of at least ${minimum}`;
  return maximum < Infinity ? ` of at most ${maximum}` : '';
}

/** `value` if it is an integer in [minimum, maximum]; ERR_ARGUMENT otherwise. */
export function integerOption(name: string, value: unknown, minimum: number, maximum: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < minimum || value > maximum) {
    badArgument(name, `an integer${rangeText(minimum, maximum)}`, value);
  }
  return value;
}

/** `value` if it is a finite number in [minimum, maximum]; ERR_ARGUMENT otherwise. */
export function numberOption(name: string, value: unknown, minimum = -Infinity, maximum = Infinity): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < minimum || value > maximum) {
    badArgument(name, `a finite number${rangeText(minimum, maximum)}`, value);
  }
  return value;
}

/** `value` if it is a boolean; ERR_ARGUMENT otherwise. */
export function booleanOption(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') badArgument(name, 'true or false', value);
  return value;
}

/** `value` if it is a string; ERR_ARGUMENT otherwise. */
export function stringOption(name: string, value: unknown): string {
  if (typeof value !== 'string') badArgument(name, 'a string', value);
  return value;
}

/** `value` if it is an AbortSignal or not given; ERR_ARGUMENT otherwise. */
export function signalOption(name: string, value: unknown): AbortSignal | undefined {
  if (value === undefined || value === null) return undefined;
  // By its members: a signal of a polyfill or of another realm is no instance of the global class.
  if (typeof value !== 'object' || !('aborted' in value && 'throwIfAborted' in value && 'addEventListener' in value)) {
    badArgument(name, 'an AbortSignal', value);
  }
  return value as AbortSignal;
}

/** `value` if it is one of `choices`; ERR_ARGUMENT, with the nearest of them, otherwise. */
export function choiceOption<T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === value);
  if (choice !== undefined) return choice;
  const nearest = typeof value === 'string' ? nearestName(value, choices) : null;
  const hint = nearest === null ? '' : `; did you mean "${nearest}"?`;
  throw new GfnError('ERR_ARGUMENT', `${name}: expected one of ${choices.join(', ')}, got ${shown(value)}${hint}`);
}

/** The name nearest in edit distance, or that the name given begins or is begun by, or null if none is near. */
export function nearestName(name: string, names: readonly string[]): string | null {
  const given = bare(name);
  let nearest: string | null = null;
  let least = Infinity;
  for (const candidate of names) {
    const known = bare(candidate);
    const begins = Math.min(given.length, known.length) >= 3 && (known.startsWith(given) || given.startsWith(known));
    const edits = begins ? 0 : distance(given, known);
    if (edits < least) [nearest, least] = [candidate, edits];
  }
  return nearest !== null && least <= mostEdits(bare(nearest)) ? nearest : null;
}

/** Two letters that changed places are two edits. */
function mostEdits({ length }: string): number {
  return length <= 3 ? 1 : Math.max(2, length / 3);
}

/** Without what flags begin with. */
function bare(name: string): string {
  return name.toLowerCase().replace(/^-+/, '');
}

/**
 * Throws ERR_ARGUMENT unless `options` is an object that can hold options, and ERR_UNKNOWN_OPTION if it has a key
 * outside `allowed`; `subject` is what the options are for.
 */
export function rejectUnknown(
  subject: string,
  options: unknown,
  allowed: readonly string[],
): asserts options is object {
  // Arrays, signals, dates and the like are objects too, but without any of the keys they would pass for no options.
  if (
    typeof options !== 'object' ||
    options === null ||
    Object.prototype.toString.call(options) !== '[object Object]'
  ) {
    badArgument(`${subject} options`, 'an object', options);
  }
  for (const key of Object.keys(options)) {
    if (allowed.includes(key)) continue;
    const nearest = nearestName(key, allowed);
    const hint = nearest === null ? '' : `did you mean "${nearest}"? `;
    throw new GfnError(
      'ERR_UNKNOWN_OPTION',
      `${subject}: unknown option "${key}"; ${hint}Allowed: ${allowed.length > 0 ? allowed.join(', ') : 'none'}`,
    );
  }
}

/** The command-line flag of an option: `rewardR0` → `--reward-r0`. */
export function flagName(option: string): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
