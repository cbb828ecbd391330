import { expect, test } from 'vitest';
import { collectConditions, parseCondition, parseConditions } from '../../src/cli/condition-option.ts';

test.each<[string, unknown]>([
  ['uniform:0:1', { distribution: { kind: 'uniform', minimum: 0, maximum: 1 } }],
  ['uniform:0,1:1,2', { distribution: { kind: 'uniform', minimum: [0, 1], maximum: [1, 2] } }],
  ['log-uniform:1:8', { distribution: { kind: 'log-uniform', minimum: 1, maximum: 8 } }],
  ['list:0/0.5/1', { distribution: { kind: 'list', values: [[0], [0.5], [1]] } }],
  [
    'list:0,1/1,0',
    {
      distribution: {
        kind: 'list',
        values: [
          [0, 1],
          [1, 0],
        ],
      },
    },
  ],
  ['dirichlet:1.5', { distribution: { kind: 'dirichlet', concentration: 1.5 } }],
  ['temperature:0.5:4', { temperature: { minimum: 0.5, maximum: 4 } }],
])('%s', (text, conditions) => expect(parseConditions('--conditions', text)).toEqual(conditions));

test.each([
  '',
  'uniform',
  'uniform:0',
  'uniform:0:x',
  'list:',
  'list:1:2',
  'dirichlet:1,2',
  'temperature:1',
  'normal:0:1',
])('refused: %j', (text) => {
  const parse = (): unknown => parseConditions('--conditions', text);
  expect(parse).toThrow(/^--conditions: expected /);
  expect(parse).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
});

test('conditions as numbers, once or several times', () => {
  expect(parseCondition('--condition', '0.5')).toEqual([0.5]);
  const collect = collectConditions('--condition');
  expect(collect('0,1', collect('0.5,0.5', undefined))).toEqual([
    [0.5, 0.5],
    [0, 1],
  ]);
  expect(() => collect('x', undefined)).toThrow(/^--condition: expected numbers separated by commas/);
});
