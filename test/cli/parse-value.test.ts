import { describe, expect, it } from 'vitest';
import {
  parseInteger,
  parseIntegers,
  parseNumber,
  parseRegressionLoss,
  parseSchedule,
  regressionLossText,
  scheduleText,
} from '../../src/cli/parse-value.ts';

describe('parseSchedule', () => {
  it.each([
    ['0.5', 0.5],
    ['1e-3', 1e-3],
    ['linear:1:0:100', { kind: 'linear', start: 1, end: 0, steps: 100 }],
    ['cosine:.1:.01:5', { kind: 'cosine', start: 0.1, end: 0.01, steps: 5 }],
    ['exponential:1:1e-3:20', { kind: 'exponential', start: 1, end: 1e-3, steps: 20 }],
  ])('%s', (text, schedule) => {
    expect(parseSchedule('--exploration', text)).toEqual(schedule);
    expect(parseSchedule('--exploration', scheduleText(parseSchedule('--exploration', text)))).toEqual(schedule);
  });

  it.each([
    '',
    ' ',
    'NaN',
    'fast',
    'linear',
    'linear:1:0',
    'linear:1:0:',
    'linear:1:0:5:6',
    'step:1:0:5',
    'linear:a:0:5',
  ])('rejects "%s"', (text) =>
    expect(() => parseSchedule('--exploration', text)).toThrow(/^--exploration: expected a number, linear:/),
  );
});

describe('parseRegressionLoss', () => {
  it.each([
    ['squared', { kind: 'squared' }],
    ['log-cosh', { kind: 'log-cosh' }],
    ['huber', { kind: 'huber', delta: 1 }],
    ['huber:0.5', { kind: 'huber', delta: 0.5 }],
    ['linex:-1', { kind: 'linex', alpha: -1 }],
  ])('%s', (text, loss) => {
    const parsed = parseRegressionLoss('--regression-loss', text);
    expect(parsed).toEqual(loss);
    expect(parseRegressionLoss('--regression-loss', regressionLossText(parsed))).toEqual(loss);
  });

  it.each(['', 'hubr', 'squared:1', 'huber:', 'huber:x', 'huber:1:2'])('rejects "%s"', (text) =>
    expect(() => parseRegressionLoss('--regression-loss', text)).toThrow(/^--regression-loss: expected/),
  );
});

describe('numbers', () => {
  it('are read', () => {
    expect(parseNumber('--beta', '-1.5e2')).toBe(-150);
    expect(parseInteger('--steps', '3e3')).toBe(3000);
    expect(parseIntegers('--hidden', '256,128')).toEqual([256, 128]);
    expect(parseIntegers('--hidden', 'none')).toEqual([]);
  });

  it.each(['', ' ', 'NaN', 'Infinity', '1x'])('"%s" is none', (text) =>
    expect(() => parseNumber('--beta', text)).toThrow(/^--beta: expected a finite number, got/),
  );
  it.each(['', '1.5', 'x', '1e400'])('"%s" is no integer', (text) =>
    expect(() => parseInteger('--steps', text)).toThrow(/^--steps: expected an integer, got/),
  );
  it.each(['1,', 'a', '1;2', '1.5,2'])('"%s" are no integers', (text) =>
    expect(() => parseIntegers('--hidden', text)).toThrow(/^--hidden: expected integers separated by commas/),
  );
});
