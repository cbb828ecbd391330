import type { BatchTotals } from './batch-totals.ts';
import type { TrajectoryBalance } from './objective.ts';
import { regressionDerivative, regressionValue } from './regression-loss.ts';
import {
  clearGradients,
  spreadResidual,
  trajectoryResidual,
  type TermGradients,
  type TrajectoryTerms,
} from './trajectory-terms.ts';

/**
 * Mean over trajectories of g(logZ + Σ log P_F − β·log R − Σ log P_B): Malkin et al. 2022, equation 14. With conditions
 * log Z(c) = logZ + log F(s0 | c).
 */
export function trajectoryBalanceLoss(
  objective: TrajectoryBalance,
  terms: TrajectoryTerms,
  totals: BatchTotals,
  gradients: TermGradients,
): number {
  const weight = 1 / totals.trajectories;
  clearGradients(terms, gradients);
  let loss = 0;
  for (let b = 0; b < terms.trajectories; b++) {
    const initial = terms.offset[b] + b;
    const logZ = terms.conditional === true ? terms.logZ + terms.logF[initial] : terms.logZ;
    const residual = logZ + trajectoryResidual(terms, b);
    const derivative = weight * regressionDerivative(objective.regressionLoss, residual);
    loss += weight * regressionValue(objective.regressionLoss, residual);
    gradients.logZ += derivative;
    if (terms.conditional === true) gradients.logF[initial] = derivative;
    spreadResidual(terms, b, derivative, gradients);
  }
  return loss;
}
