import { expect, test } from 'vitest';
import {
  booleanOption,
  choiceOption,
  flagName,
  integerOption,
  nearestName,
  numberOption,
  rejectUnknown,
  shown,
  stringOption,
} from '../src/options.ts';

test('values that are allowed come back', () => {
  expect(integerOption('batch', 16, 1, 32)).toBe(16);
  expect(numberOption('rate', 0.5, 0, 1)).toBe(0.5);
  expect(numberOption('rate', -1e300)).toBe(-1e300);
  expect(booleanOption('flag', false)).toBe(false);
  expect(stringOption('name', '')).toBe('');
  expect(choiceOption('colour', 'red', ['red', 'blue'])).toBe('red');
});

test.each<[() => unknown, string]>([
  [() => integerOption('batch', 0, 1, 32), 'batch: expected an integer from 1 to 32, got 0'],
  [
    () => integerOption('batch', 2 ** 60, 1, Infinity),
    'batch: expected an integer of at least 1, got 1152921504606847000',
  ],
  [() => integerOption('batch', 3n, 1, 32), 'batch: expected an integer from 1 to 32, got 3n'],
  [() => numberOption('rate', NaN, 0), 'rate: expected a finite number of at least 0, got NaN'],
  [() => numberOption('rate', '1'), 'rate: expected a finite number, got "1"'],
  [() => numberOption('rate', 2, -Infinity, 1), 'rate: expected a finite number of at most 1, got 2'],
  [() => booleanOption('flag', 1), 'flag: expected true or false, got 1'],
  [() => stringOption('name', undefined), 'name: expected a string, got undefined'],
  [
    () => choiceOption('colour', 'rad', ['red', 'blue']),
    'colour: expected one of red, blue, got "rad"; did you mean "red"?',
  ],
  [() => choiceOption('colour', 7, ['red', 'blue']), 'colour: expected one of red, blue, got 7'],
])('%#: values that are not allowed', (run, message) => {
  expect(run).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT', message }));
});

test('unknown options', () => {
  expect(() => rejectUnknown('trainer', { batchSize: 1 }, ['batchSize'])).not.toThrow();
  expect(() => rejectUnknown('trainer', { batchsize: 1 }, ['batchSize', 'seed'])).toThrow(
    expect.objectContaining({
      code: 'ERR_UNKNOWN_OPTION',
      message: 'trainer: unknown option "batchsize"; did you mean "batchSize"? Allowed: batchSize, seed',
    }),
  );
  expect(nearestName('--word', ['--length', '--word-bits'])).toBe('--word-bits');
  expect(nearestName('--batchsize', ['--seed', '--batch'])).toBe('--batch');
  expect(nearestName('--replay-capacty', ['--replay', '--replay-capacity'])).toBe('--replay-capacity');
  expect(nearestName('trian', ['train', 'sample'])).toBe('train');
  expect(nearestName('--lr', ['--log', '--seed'])).toBeNull();
  expect(nearestName('foo', ['log', 'seed'])).toBeNull();
  expect(nearestName('zzzzzz', ['batchSize', 'seed'])).toBeNull();
});

test('how values are shown', () => {
  const circular: { self?: unknown } = {};
  circular.self = circular;
  expect(shown(circular)).toBe('an object');
  expect(shown('x'.repeat(100))).toHaveLength(60);
  expect(shown(() => 1)).toBe('a function');
  expect(shown(-0)).toBe('-0');
});

test('flags', () => {
  expect(['rewardR0', 'side', 'learningRateLogZ'].map(flagName)).toEqual([
    '--reward-r0',
    '--side',
    '--learning-rate-log-z',
  ]);
});
