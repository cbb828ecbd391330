import type { Evaluation } from '../index.ts';

/** A figure of an evaluation as a report shows it. */
export interface MetricDefinition {
  readonly name: string;
  readonly definition: string;
  /** The value as text; an em dash where it cannot be computed. */
  readonly value: (evaluation: Evaluation) => string;
}

/** A figure to six significant digits, or a dash. */
export function figureText(value: number | null): string {
  if (value === null) return '—';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : Number.isNaN(value) ? 'NaN' : '−∞';
  return String(Number(value.toPrecision(6))).replace('-', '−');
}

type NumericMetric = {
  [K in keyof Evaluation]-?: Evaluation[K] extends number | null ? K : never;
}[keyof Evaluation];

function metric(name: NumericMetric, definition: string): MetricDefinition {
  return { name, definition, value: (evaluation) => figureText(evaluation[name]) };
}

/** Every metric with its definition, in the order of the report. */
export const metricDefinitions: readonly MetricDefinition[] = [
  metric('logZ', 'the objective’s own estimate of log Σ R(x)^β'),
  metric('logZSamples', 'fresh trajectories that logZ is a mean over, where it is one'),
  metric('exactLogZ', 'log Σ R(x)^β over all terminal states'),
  metric('l1Sum', 'Σ |p_θ(x) − p(x)| with the exact terminal distribution p_θ of the learned policy'),
  metric('l1Mean', 'l1Sum divided by the number of terminal states'),
  metric('totalVariation', '½ · l1Sum'),
  metric('kullbackLeibler', 'KL(p_θ ‖ p) of the exact distributions, in nats'),
  metric('jensenShannon', 'Jensen–Shannon divergence of the exact distributions, in nats'),
  metric('empiricalL1Sum', 'Σ |p̂(x) − p(x)| with p̂ the frequencies of fresh samples'),
  metric('empiricalL1Mean', 'empiricalL1Sum divided by the number of terminal states'),
  metric('empiricalTotalVariation', '½ · empiricalL1Sum'),
  metric('empiricalKullbackLeibler', 'KL(p̂ ‖ p), in nats'),
  metric('empiricalJensenShannon', 'Jensen–Shannon divergence of p̂ and p, in nats'),
  metric('empiricalSamples', 'number of samples behind the empirical figures'),
  metric('noiseFloor', 'expected empiricalL1Sum of a perfect sampler with as many samples'),
  metric('elbo', 'mean of β·log R + log P_B − log P_F over trajectories of the policy: a lower bound of log Z'),
  metric('eubo', 'mean of the same over x drawn from p and backward trajectories: an upper bound of log Z'),
  {
    name: 'pearson',
    definition: 'Pearson correlation of the estimated log p̂(x) with log R(x) over the objects named below',
    value: (evaluation) => figureText(evaluation.pearson),
  },
  {
    name: 'spearman',
    definition: 'Spearman rank correlation of the same',
    value: (evaluation) => figureText(evaluation.spearman),
  },
  {
    name: 'correlationObjects',
    definition: 'objects that the correlations are computed on',
    value: (evaluation) => evaluation.correlationObjects,
  },
  {
    name: 'modesFound',
    definition: 'modes among the samples, of all modes',
    value: ({ modesFound, modeCount }) =>
      modesFound === null || modeCount === null ? '—' : `${modesFound} of ${modeCount}`,
  },
  {
    name: 'modeDefinition',
    definition: 'what counts as finding a mode',
    value: (evaluation) => evaluation.modeDefinition ?? '—',
  },
  {
    name: 'topK',
    definition: 'mean reward R of the k best distinct samples, for each k',
    value: ({ topK }) =>
      topK.length === 0 ? '—' : topK.map(({ k, mean }) => `k=${k}: ${figureText(mean)}`).join(', '),
  },
];
