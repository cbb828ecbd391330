import type { ConditionDistribution, TrainingConditions } from '../index.ts';
import { badArgument } from '../options.ts';

const form =
  'uniform:MINIMUM:MAXIMUM, log-uniform:MINIMUM:MAXIMUM, list:NUMBERS/NUMBERS/…, dirichlet:CONCENTRATION or ' +
  'temperature:MINIMUM:MAXIMUM, numbers of a condition separated by commas';

/** The numbers of one condition, separated by commas. */
export function parseCondition(name: string, text: string): number[] {
  const numbers = numbersOf(text);
  return numbers ?? badArgument(name, 'numbers separated by commas, like 0.5 or 0.2,0.8', text);
}

/** As commander collects the values of a flag that may be given several times. */
export function collectConditions(name: string): (text: string, before: number[][] | undefined) => number[][] {
  return (text, before = []) => [...before, parseCondition(name, text)];
}

/** What training conditions are drawn from: a kind and its parameters, separated by colons. */
export function parseConditions(name: string, text: string): TrainingConditions {
  const [kind, ...parameters] = text.split(':');
  const numbers = parameters.map(numbersOf);
  const [first, second] = numbers;
  if (kind === 'list' && parameters.length === 1) {
    const values = parameters[0].split('/').map((condition) => parseCondition(name, condition));
    return { distribution: { kind, values } };
  }
  if (parameters.length === 0 || first === null || numbers.includes(null)) return badArgument(name, form, text);
  const single = numbers.every((each) => each?.length === 1);
  if (kind === 'temperature' && single && numbers.length === 2) {
    return { temperature: { minimum: first[0], maximum: second![0] } };
  }
  const distribution = distributionOf(kind, first, second, numbers.length);
  return distribution === null ? badArgument(name, form, text) : { distribution };
}

function distributionOf(
  kind: string,
  first: readonly number[],
  second: readonly number[] | null | undefined,
  count: number,
): ConditionDistribution | null {
  if (kind === 'dirichlet' && count === 1 && first.length === 1) return { kind, concentration: first[0] };
  const uniform = kind === 'uniform' || kind === 'log-uniform';
  if (!uniform || count !== 2 || second === null || second === undefined) return null;
  return { kind, minimum: oneOrAll(first), maximum: oneOrAll(second) };
}

function oneOrAll(numbers: readonly number[]): number | readonly number[] {
  return numbers.length === 1 ? numbers[0] : numbers;
}

function numbersOf(text: string): number[] | null {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  return numbers.every((number) => Number.isFinite(number)) ? numbers : null;
}
