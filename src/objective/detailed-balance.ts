import type { BatchTotals } from './batch-totals.ts';
import type { DetailedBalance } from './objective.ts';
import { regressionDerivative, regressionValue } from './regression-loss.ts';
import { clearGradients, type TermGradients, type TrajectoryTerms } from './trajectory-terms.ts';

/**
 * Mean over transitions of g(log F(s) + log P_F − log F(s') − log P_B), F(x) = R(x)^β, transitions into terminal
 * states weighted by the leaf coefficient: Bengio et al. 2023, equation 12.
 */
export function detailedBalanceLoss(
  objective: DetailedBalance,
  terms: TrajectoryTerms,
  totals: BatchTotals,
  gradients: TermGradients,
): number {
  const { offset, logPf, logPb, logF } = terms;
  clearGradients(terms, gradients);
  let loss = 0;
  for (let b = 0; b < terms.trajectories; b++) {
    const last = offset[b + 1] - 1;
    for (let t = offset[b]; t <= last; t++) {
      const weight = (t === last ? objective.leafCoefficient : 1) / totals.transitions;
      const residual = logF[t + b] + logPf[t] - logF[t + b + 1] - logPb[t];
      const derivative = weight * regressionDerivative(objective.regressionLoss, residual);
      loss += weight * regressionValue(objective.regressionLoss, residual);
      gradients.logPf[t] = derivative;
      gradients.logPb[t] = -derivative;
      gradients.logF[t + b] += derivative;
      gradients.logF[t + b + 1] -= derivative;
    }
  }
  return loss;
}
