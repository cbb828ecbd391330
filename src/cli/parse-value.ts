import { badArgument } from '../options.ts';
import type { RegressionLoss } from '../objective/regression-loss.ts';
import type { Schedule } from '../trainer/schedule.ts';

/** What is given, as it is. */
export const parseText = (_: string, text: string): string => text;

/** A number written on the command line. `name` is the flag, for the message. */
export function parseNumber(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) badArgument(name, 'a finite number', text);
  return value;
}

export function parseInteger(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value)) badArgument(name, 'an integer', text);
  return value;
}

/** Integers separated by commas; `none` or an empty text for no integers. */
export function parseIntegers(name: string, text: string): number[] {
  if (text === '' || text === 'none') return [];
  return text.split(',').map((part) => {
    if (!/^\s*[+-]?\d+\s*$/.test(part)) badArgument(name, 'integers separated by commas, like 256,256', text);
    return parseInteger(name, part);
  });
}

/** Numbers as JSON or separated by commas; any other text is the path of a file. */
export function parseNumbers(name: string, text: string): unknown {
  if (!text.trimStart().startsWith('[')) {
    const values = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
    return values.every(Number.isFinite) ? values : text;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return badArgument(name, 'JSON like [[0,1],[1,0]], numbers separated by commas, or a file', text);
  }
}

export function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return badArgument(name, 'JSON like {"items":8}', text);
  }
}

const scheduleForm = 'a number, linear:START:END:STEPS, cosine:START:END:STEPS or exponential:START:END:STEPS';

/** A schedule: a number, or kind, start, end and steps separated by colons. */
export function parseSchedule(name: string, text: string): Schedule {
  const [kind, ...rest] = text.split(':');
  if (rest.length === 0) {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value)) badArgument(name, scheduleForm, text);
    return value;
  }
  const [start, end, steps] = rest.map((part) => (part.trim() === '' ? NaN : Number(part)));
  const known = kind === 'linear' || kind === 'cosine' || kind === 'exponential';
  if (!known || rest.length !== 3 || ![start, end, steps].every(Number.isFinite)) {
    badArgument(name, scheduleForm, text);
  }
  return { kind, start, end, steps };
}

const lossForm = 'squared, half-squared, absolute, log-cosh, shifted-cosh, huber:DELTA or linex:ALPHA';

/** A regression loss: its name, with the parameter of those that have one after a colon (1 if left out). */
export function parseRegressionLoss(name: string, text: string): RegressionLoss {
  const parts = text.split(':');
  if (parts.length > 2) badArgument(name, lossForm, text);
  const [kind] = parts;
  const value = parts.length === 1 ? 1 : parseNumber(name, parts[1]);
  switch (kind) {
    case 'huber':
      return { kind, delta: value };
    case 'linex':
      return { kind, alpha: value };
    case 'squared':
    case 'half-squared':
    case 'absolute':
    case 'log-cosh':
    case 'shifted-cosh':
      if (parts.length === 1) return { kind };
  }
  return badArgument(name, lossForm, text);
}

/** A regression loss as `parseRegressionLoss` reads it. */
export function regressionLossText(loss: RegressionLoss): string {
  if (loss.kind === 'huber') return `huber:${loss.delta}`;
  return loss.kind === 'linex' ? `linex:${loss.alpha}` : loss.kind;
}

/** A schedule as `parseSchedule` reads it. */
export function scheduleText(schedule: Schedule): string {
  if (typeof schedule === 'number') return String(schedule);
  return `${schedule.kind}:${schedule.start}:${schedule.end}:${schedule.steps}`;
}
