import { trajectoryResidual, type TrajectoryTerms } from './trajectory-terms.ts';

/**
 * Sums over a whole batch that its loss is normalised by. A batch that is processed in parts is added part by part
 * before the loss of the first one is taken, so that the parts' losses and gradients add up to the batch's.
 */
export class BatchTotals {
  trajectories = 0;
  transitions = 0;
  maximumLength = 0;
  /** log Σ of the allowed e^logit, and log F, of the initial state; with conditions the mean over the trajectories. */
  initialLogSumExp = 0;
  initialLogStateFlow = 0;
  private initialStates = 0;
  private residuals = 0;
  /** Sum of the residuals, and number of trajectories, of each group. */
  private groupResiduals: number[] = [];
  private groupSizes: number[] = [];
  /** [maximumLength + 1] trajectories of each length. */
  private lengths = new Float64Array(64);

  clear(): void {
    this.trajectories = 0;
    this.transitions = 0;
    this.maximumLength = 0;
    this.initialLogSumExp = 0;
    this.initialLogStateFlow = 0;
    this.initialStates = 0;
    this.residuals = 0;
    this.groupResiduals = [];
    this.groupSizes = [];
    this.lengths.fill(0);
  }

  add(terms: TrajectoryTerms): void {
    for (let b = 0; b < terms.trajectories; b++) {
      const length = terms.offset[b + 1] - terms.offset[b];
      this.trajectories++;
      this.transitions += length;
      this.maximumLength = Math.max(this.maximumLength, length);
      const residual = trajectoryResidual(terms, b);
      const group = terms.group?.[b] ?? 0;
      this.residuals += residual;
      this.groupResiduals[group] = (this.groupResiduals[group] ?? 0) + residual;
      this.groupSizes[group] = (this.groupSizes[group] ?? 0) + 1;
      this.countLength(length);
    }
  }

  /** Adds the flows of a trajectory's initial state. Running means: of equal values each is that value, bit for bit. */
  addInitialFlows(logSumExp: number, logStateFlow: number): void {
    this.initialStates++;
    this.initialLogSumExp += (logSumExp - this.initialLogSumExp) / this.initialStates;
    this.initialLogStateFlow += (logStateFlow - this.initialLogStateFlow) / this.initialStates;
  }

  /** Visited states that are neither initial nor terminal, repeats counted. */
  get interiorStates(): number {
    return this.transitions - this.trajectories;
  }

  /** Mean of Σ log P_F − Σ log P_B − β·log R over the trajectories: minus VarGrad's estimate of logZ. */
  get meanResidual(): number {
    return this.residuals / this.trajectories;
  }

  /** The same over the trajectories of a group. */
  meanResidualOf(group: number): number {
    return this.groupResiduals[group] / this.groupSizes[group];
  }

  /** Writes the number of sub-trajectories of k transitions at [k], k = 1 … maximumLength. */
  subTrajectories(count: Float64Array): void {
    // Of n transitions, n − k + 1 are of length k: one more for each trajectory of at least k than of length k + 1.
    let longer = 0;
    let sum = 0;
    for (let k = this.maximumLength; k >= 1; k--) {
      longer += this.lengths[k];
      sum += longer;
      count[k] = sum;
    }
  }

  private countLength(length: number): void {
    if (length >= this.lengths.length) {
      const grown = new Float64Array(2 * length);
      grown.set(this.lengths);
      this.lengths = grown;
    }
    this.lengths[length]++;
  }
}
