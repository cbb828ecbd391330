import { trajectoryResidual, type TrajectoryTerms } from './trajectory-terms.ts';

/**
 * Sums over a whole batch that its loss is normalised by. A batch that is processed in parts is added part by part
 * before the loss of the first one is taken, so that the parts' losses and gradients add up to the batch's.
 */
export class BatchTotals {
  trajectories = 0;
  transitions = 0;
  maximumLength = 0;
  private residuals = 0;
  /** [maximumLength + 1] trajectories of each length. */
  private lengths = new Float64Array(64);

  clear(): void {
    this.trajectories = 0;
    this.transitions = 0;
    this.maximumLength = 0;
    this.residuals = 0;
    this.lengths.fill(0);
  }

  add(terms: TrajectoryTerms): void {
    for (let b = 0; b < terms.trajectories; b++) {
      const length = terms.offset[b + 1] - terms.offset[b];
      this.trajectories++;
      this.transitions += length;
      this.maximumLength = Math.max(this.maximumLength, length);
      this.residuals += trajectoryResidual(terms, b);
      this.countLength(length);
    }
  }

  /** Visited states that are neither initial nor terminal, repeats counted. */
  get interiorStates(): number {
    return this.transitions - this.trajectories;
  }

  /** Mean of Σ log P_F − Σ log P_B − β·log R over the trajectories: minus VarGrad's estimate of logZ. */
  get meanResidual(): number {
    return this.residuals / this.trajectories;
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
