import type { BatchTotals } from './batch-totals.ts';
import type { SubTrajectoryBalance } from './objective.ts';
import { regressionDerivative, regressionValue } from './regression-loss.ts';
import { SubTrajectoryWeights } from './sub-trajectory-weights.ts';
import { clearGradients, type TermGradients, type TrajectoryTerms } from './trajectory-terms.ts';

/**
 * Sub-trajectory balance: Madan et al. 2023, equation 10. With U_i = log F(s_i) − Σ_{t<i} (log P_F − log P_B), the
 * residual from s_i to s_j is U_i − U_j.
 */
export class SubTrajectoryBalanceLoss {
  private readonly weights = new SubTrajectoryWeights();
  private potential = new Float64Array(0);
  private potentialGradient = new Float64Array(0);

  evaluate(
    objective: SubTrajectoryBalance,
    terms: TrajectoryTerms,
    totals: BatchTotals,
    gradients: TermGradients,
  ): number {
    if (totals.maximumLength >= this.potential.length) {
      this.potential = new Float64Array(2 * totals.maximumLength);
      this.potentialGradient = new Float64Array(2 * totals.maximumLength);
    }
    this.weights.begin(objective, totals);
    clearGradients(terms, gradients);
    let loss = 0;
    for (let b = 0; b < terms.trajectories; b++) {
      this.fillPotential(terms, b);
      loss += this.trajectoryLoss(objective, terms.offset[b + 1] - terms.offset[b]);
      this.spreadGradient(terms, b, gradients);
    }
    return loss;
  }

  private fillPotential({ offset, logPf, logPb, logF }: TrajectoryTerms, b: number): void {
    let sum = 0;
    for (let t = offset[b], i = 0; t <= offset[b + 1]; t++, i++) {
      this.potential[i] = logF[t + b] - sum;
      if (t < offset[b + 1]) sum += logPf[t] - logPb[t];
    }
  }

  /** Loss of a trajectory of n transitions; its derivatives with respect to U are left in `potentialGradient`. */
  private trajectoryLoss({ regressionLoss }: SubTrajectoryBalance, n: number): number {
    const { potential, potentialGradient } = this;
    const weight = this.weights.of(n);
    potentialGradient.fill(0, 0, n + 1);
    let loss = 0;
    for (let k = 1; k <= n; k++) {
      if (weight[k] === 0) continue;
      for (let i = 0; i + k <= n; i++) {
        const residual = potential[i] - potential[i + k];
        const derivative = weight[k] * regressionDerivative(regressionLoss, residual);
        loss += weight[k] * regressionValue(regressionLoss, residual);
        potentialGradient[i] += derivative;
        potentialGradient[i + k] -= derivative;
      }
    }
    return loss;
  }

  /** d U_i / d log P_F of transition t is −1 for every i after t. */
  private spreadGradient({ offset }: TrajectoryTerms, b: number, gradients: TermGradients): void {
    const first = offset[b];
    const last = offset[b + 1];
    let after = 0;
    for (let t = last; t >= first; t--) {
      if (t < last) {
        gradients.logPf[t] = -after;
        gradients.logPb[t] = after;
      }
      gradients.logF[t + b] = this.potentialGradient[t - first];
      after += this.potentialGradient[t - first];
    }
  }
}
