import type { BatchTotals } from './batch-totals.ts';
import type { VarGrad } from './objective.ts';
import { regressionDerivative, regressionValue } from './regression-loss.ts';
import {
  clearGradients,
  spreadResidual,
  trajectoryResidual,
  type TermGradients,
  type TrajectoryTerms,
} from './trajectory-terms.ts';

/**
 * Mean over trajectories of g(c − mean c), c = Σ log P_F − Σ log P_B − β·log R (Zhang et al. 2023). The mean, over the
 * trajectories of the same condition, stands for −logZ and is held fixed in the gradient.
 */
export function vargradLoss(
  objective: VarGrad,
  terms: TrajectoryTerms,
  totals: BatchTotals,
  gradients: TermGradients,
): number {
  const weight = 1 / totals.trajectories;
  clearGradients(terms, gradients);
  let loss = 0;
  for (let b = 0; b < terms.trajectories; b++) {
    const residual = trajectoryResidual(terms, b) - totals.meanResidualOf(terms.group?.[b] ?? 0);
    loss += weight * regressionValue(objective.regressionLoss, residual);
    spreadResidual(terms, b, weight * regressionDerivative(objective.regressionLoss, residual), gradients);
  }
  return loss;
}
