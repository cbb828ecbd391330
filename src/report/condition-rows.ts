import type { ConditionEvaluation } from '../index.ts';
import { figureText } from './metric-definition.ts';

const figures = [
  'logZ',
  'exactLogZ',
  'l1Sum',
  'empiricalL1Sum',
  'noiseFloor',
  'elbo',
  'pearson',
  'modesFound',
] as const;

/** Figures of each condition under their names. */
export function conditionRows(conditions: readonly ConditionEvaluation[]): string[][] {
  return [
    ['condition', ...figures],
    ...conditions.map((evaluation) => [
      evaluation.condition.map(figureText).join(', '),
      ...figures.map((figure) => figureText(evaluation[figure])),
    ]),
  ];
}
