import type { RegressionLoss } from './regression-loss.ts';

/**
 * Flow matching (Bengio et al. 2021, equation 12): for every visited state but the initial one
 * t = log(ε + Σ_in e^logit) − log(ε + Σ_out e^logit), with R(x)^β as the outflow of a terminal state x.
 */
export interface FlowMatching {
  readonly name: 'flow-matching';
  readonly flowEpsilon: number;
  /** Weight of the terminal residuals. */
  readonly leafCoefficient: number;
  /** `mean`: mean over visited states; `balanced`: mean over interior states + leafCoefficient · mean over terminal ones. */
  readonly weighting: 'mean' | 'balanced';
  readonly regressionLoss: RegressionLoss;
}

/** Detailed balance (Bengio et al. 2023, equation 12): mean over transitions. */
export interface DetailedBalance {
  readonly name: 'detailed-balance';
  /** Weight of the residuals of transitions into terminal states. */
  readonly leafCoefficient: number;
  readonly regressionLoss: RegressionLoss;
}

/** Trajectory balance (Malkin et al. 2022, equation 14): mean over trajectories. */
export interface TrajectoryBalance {
  readonly name: 'trajectory-balance';
  readonly regressionLoss: RegressionLoss;
}

/** Log-partition variance (Zhang et al. 2023): as trajectory balance, with logZ the batch's own estimate, held fixed. */
export interface VarGrad {
  readonly name: 'vargrad';
  readonly regressionLoss: RegressionLoss;
}

export type SubTrajectoryWeighting =
  | 'geometric-within' // λ^length over the sub-trajectories of each trajectory, normalised there, then mean over trajectories
  | 'geometric' // mean over all sub-trajectories of each length, then λ^length over lengths, normalised
  | 'equal-within' // mean over the sub-trajectories of each trajectory, then mean over trajectories
  | 'equal' // mean over all sub-trajectories of the batch
  | 'trajectory-balance' // whole trajectories only, mean over trajectories
  | 'detailed-balance' // single transitions only, mean over all of them
  | 'modified-detailed-balance'; // single transitions only, mean within each trajectory, then over trajectories

/** Sub-trajectory balance (Madan et al. 2023, equation 10). */
export interface SubTrajectoryBalance {
  readonly name: 'sub-trajectory-balance';
  readonly lambda: number;
  readonly weighting: SubTrajectoryWeighting;
  readonly regressionLoss: RegressionLoss;
}

export type Objective = FlowMatching | DetailedBalance | TrajectoryBalance | VarGrad | SubTrajectoryBalance;
