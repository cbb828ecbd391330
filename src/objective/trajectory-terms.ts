/**
 * What the balance objectives read of a batch of B trajectories with T transitions. State t of trajectory b stands at
 * `offset[b] + b + t` of the per-state array. Arrays hold at least the stated elements.
 */
export interface TrajectoryTerms {
  readonly trajectories: number;
  /** [B + 1] first transition of each trajectory. */
  readonly offset: Int32Array;
  /** [T] of the unperturbed policy. */
  readonly logPf: Float64Array;
  /** [T] */
  readonly logPb: Float64Array;
  /** [T + B] log state flow; β·log R at terminal states. Only DB and SubTB read it. */
  readonly logF: Float64Array;
  /** [B] β·log R. */
  readonly logReward: Float64Array;
  /** The parameter of trajectory balance. */
  readonly logZ: number;
  /** [B] trajectories of the same condition have the same number; none where all have. */
  readonly group?: Int32Array;
  /** Whether log Z depends on a condition: it is then logZ + log F of the initial state. */
  readonly conditional?: boolean;
}

/** d loss / d terms, in the same places; written whole by an objective. */
export interface TermGradients {
  /** [T] */
  readonly logPf: Float64Array;
  /** [T] */
  readonly logPb: Float64Array;
  /** [T + B]; entries of terminal states are derivatives with respect to β·log R, which is no parameter. */
  readonly logF: Float64Array;
  logZ: number;
}

/** Σ log P_F − Σ log P_B − β·log R of trajectory b. */
export function trajectoryResidual(terms: TrajectoryTerms, b: number): number {
  let sum = -terms.logReward[b];
  for (let t = terms.offset[b]; t < terms.offset[b + 1]; t++) sum += terms.logPf[t] - terms.logPb[t];
  return sum;
}

/** Writes the gradient of a function of trajectory b's residual: `derivative` on log P_F, its negative on log P_B. */
export function spreadResidual(terms: TrajectoryTerms, b: number, derivative: number, gradients: TermGradients): void {
  for (let t = terms.offset[b]; t < terms.offset[b + 1]; t++) {
    gradients.logPf[t] = derivative;
    gradients.logPb[t] = -derivative;
  }
}

/** Sets the gradients that a whole batch may leave untouched to zero. */
export function clearGradients(terms: TrajectoryTerms, gradients: TermGradients): void {
  gradients.logF.fill(0, 0, terms.offset[terms.trajectories] + terms.trajectories);
  gradients.logZ = 0;
}
