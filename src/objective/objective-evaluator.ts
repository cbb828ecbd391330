import { GfnError } from '../error.ts';
import type { PackedBatch } from '../sampler/packed-batch.ts';
import type { BatchTotals } from './batch-totals.ts';
import { detailedBalanceLoss } from './detailed-balance.ts';
import { FlowMatchingLoss } from './flow-matching.ts';
import type { DetailedBalance, Objective, SubTrajectoryBalance, TrajectoryBalance, VarGrad } from './objective.ts';
import type { RowOutputGradients, RowOutputs } from './row-outputs.ts';
import { SubTrajectoryBalanceLoss } from './sub-trajectory-balance.ts';
import { TermBuffers } from './term-buffers.ts';
import type { TermGradients } from './trajectory-terms.ts';
import { trajectoryBalanceLoss } from './trajectory-balance.ts';
import { vargradLoss } from './vargrad.ts';

/** Whether the objective reads the model's output `log_state_flow`. */
export function needsStateFlow(objective: Objective): boolean {
  return objective.name === 'detailed-balance' || objective.name === 'sub-trajectory-balance';
}

/** Throws ERR_ARGUMENT if the objective cannot be trained on a model with these outputs. */
export function checkObjective(objective: Objective, learnedBackward: boolean, stateFlow: boolean): void {
  if (needsStateFlow(objective) && !stateFlow) {
    throw new GfnError(
      'ERR_ARGUMENT',
      `objective: ${objective.name} needs a model with the output log_state_flow, got one without it`,
    );
  }
  if (objective.name === 'flow-matching' && learnedBackward) {
    throw new GfnError(
      'ERR_ARGUMENT',
      'objective: flow-matching needs a uniform backward policy, got a model with the output backward_logits',
    );
  }
}

export interface Loss {
  readonly value: number;
  /** d loss / d logZ, 0 unless the objective has that parameter. */
  readonly gradientLogZ: number;
}

/** Any objective on any batch: `prepare` fills the terms, then `evaluate` gives the loss and the outputs' gradients. */
export class ObjectiveEvaluator {
  readonly terms: TermBuffers;
  private readonly flowMatching = new FlowMatchingLoss();
  private readonly subTrajectoryBalance = new SubTrajectoryBalanceLoss();

  constructor(
    private readonly actions: number,
    private readonly backwardActions: number,
  ) {
    this.terms = new TermBuffers(actions, backwardActions);
  }

  /** Bytes of scratch that a row takes. */
  get bytesPerRow(): number {
    return 8 * (this.actions + Math.max(this.actions, this.backwardActions) + 3);
  }

  prepare(batch: PackedBatch, outputs: RowOutputs, beta: number, logZ: number): void {
    this.terms.fill(batch, outputs, beta, logZ);
  }

  /** Loss of the batch last prepared, normalised by `totals`; writes the gradients of all its rows. */
  evaluate(
    objective: Objective,
    batch: PackedBatch,
    outputs: RowOutputs,
    totals: BatchTotals,
    gradients: RowOutputGradients,
  ): Loss {
    if (objective.name !== 'flow-matching') {
      const terms = this.terms.gradients();
      const value = this.balanceLoss(objective, totals, terms);
      this.terms.spread(batch, outputs, terms, gradients);
      return { value, gradientLogZ: terms.logZ };
    }
    if (batch.parents === null) throw new GfnError('ERR_INTERNAL', 'flow matching without lists of parents');
    gradients.logStateFlow?.fill(0, 0, batch.rows);
    const value = this.flowMatching.evaluate(
      objective,
      batch,
      batch.parents,
      outputs.forwardLogits,
      this.actions,
      this.terms.logReward,
      totals,
      gradients.forwardLogits,
    );
    return { value, gradientLogZ: 0 };
  }

  /** The objective's estimate of log Σ R^β from the batch last prepared. */
  logZ(objective: Objective, totals: BatchTotals): number {
    switch (objective.name) {
      case 'trajectory-balance':
        return this.terms.logZ;
      case 'vargrad':
        return -totals.meanResidual;
      case 'flow-matching':
        return this.terms.initialLogSumExp;
      case 'detailed-balance':
      case 'sub-trajectory-balance':
        return this.terms.logF[0];
    }
  }

  private balanceLoss(
    objective: DetailedBalance | TrajectoryBalance | VarGrad | SubTrajectoryBalance,
    totals: BatchTotals,
    gradients: TermGradients,
  ): number {
    switch (objective.name) {
      case 'trajectory-balance':
        return trajectoryBalanceLoss(objective, this.terms, totals, gradients);
      case 'vargrad':
        return vargradLoss(objective, this.terms, totals, gradients);
      case 'detailed-balance':
        return detailedBalanceLoss(objective, this.terms, totals, gradients);
      case 'sub-trajectory-balance':
        return this.subTrajectoryBalance.evaluate(objective, this.terms, totals, gradients);
    }
  }
}
