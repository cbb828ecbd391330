import type { BatchTotals } from './batch-totals.ts';
import type { SubTrajectoryBalance, SubTrajectoryWeighting } from './objective.ts';

/**
 * The weight of one sub-trajectory of k transitions in a trajectory of n, for every weighting of sub-trajectory
 * balance. Summed over all sub-trajectories of a batch, the weights are one.
 */
export class SubTrajectoryWeights {
  private weighting: SubTrajectoryWeighting = 'equal';
  private lambda = 1;
  private totals: BatchTotals | null = null;
  private length = 0;
  private weight = new Float64Array(0);
  private count = new Float64Array(0);

  /** Prepares for the trajectories of a batch whose totals are complete. */
  begin(objective: SubTrajectoryBalance, totals: BatchTotals): void {
    const { maximumLength } = totals;
    if (maximumLength >= this.weight.length) {
      this.weight = new Float64Array(2 * maximumLength);
      this.count = new Float64Array(2 * maximumLength);
    }
    this.weighting = objective.weighting;
    this.lambda = objective.lambda;
    this.totals = totals;
    this.length = 0;
    totals.subTrajectories(this.count);
    if (objective.weighting === 'geometric') this.fillGeometric(maximumLength);
    if (objective.weighting === 'equal') this.fillEqual(maximumLength);
  }

  /** Weights at [k], k = 1 … n; overwritten by the next call. */
  of(n: number): Float64Array {
    if (n !== this.length) this.fillForLength(n);
    this.length = n;
    return this.weight;
  }

  private fillForLength(n: number): void {
    const { weight } = this;
    const { trajectories, transitions } = this.totals!;
    switch (this.weighting) {
      case 'geometric-within': {
        this.fillPowers(n);
        let sum = 0;
        for (let k = 1; k <= n; k++) sum += (n - k + 1) * weight[k];
        for (let k = 1; k <= n; k++) weight[k] /= sum * trajectories;
        break;
      }
      case 'equal-within':
        weight.fill(2 / (n * (n + 1) * trajectories), 1, n + 1);
        break;
      case 'trajectory-balance':
        weight.fill(0, 1, n);
        weight[n] = 1 / trajectories;
        break;
      case 'detailed-balance':
        weight.fill(0, 1, n + 1);
        weight[1] = 1 / transitions;
        break;
      case 'modified-detailed-balance':
        weight.fill(0, 1, n + 1);
        weight[1] = 1 / (n * trajectories);
        break;
      case 'geometric':
      case 'equal':
        break; // the same for every n
    }
  }

  private fillGeometric(maximumLength: number): void {
    const { weight, count } = this;
    this.fillPowers(maximumLength);
    let sum = 0;
    for (let k = 1; k <= maximumLength; k++) sum += weight[k];
    for (let k = 1; k <= maximumLength; k++) weight[k] /= sum * count[k];
  }

  private fillEqual(maximumLength: number): void {
    let sum = 0;
    for (let k = 1; k <= maximumLength; k++) sum += this.count[k];
    this.weight.fill(1 / sum, 1, maximumLength + 1);
  }

  /** λ^k over the largest of them, k = 1 … n: λ^n itself overflows for long trajectories. */
  private fillPowers(n: number): void {
    const logLambda = Math.log(this.lambda);
    const largest = Math.max(logLambda, n * logLambda);
    for (let k = 1; k <= n; k++) this.weight[k] = Math.exp(k * logLambda - largest);
  }
}
