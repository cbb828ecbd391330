import { GfnError } from '../error.ts';
import type { PackedBatch } from '../sampler/packed-batch.ts';
import type { BatchTotals } from './batch-totals.ts';
import type { ConditionGroups } from './condition-groups.ts';
import { detailedBalanceLoss } from './detailed-balance.ts';
import { FlowMatchingLoss } from './flow-matching.ts';
import type { DetailedBalance, Objective, SubTrajectoryBalance, TrajectoryBalance, VarGrad } from './objective.ts';
import type { RowOutputGradients, RowOutputs } from './row-outputs.ts';
import { SubTrajectoryBalanceLoss } from './sub-trajectory-balance.ts';
import { TermBuffers } from './term-buffers.ts';
import type { TermGradients } from './trajectory-terms.ts';
import { trajectoryBalanceLoss } from './trajectory-balance.ts';
import { vargradLoss } from './vargrad.ts';

/** Whether the objective reads the model's output `log_state_flow`: with conditions log Z(c) depends on it too. */
export function needsStateFlow({ name }: Objective, conditional: boolean): boolean {
  return (
    name === 'detailed-balance' || name === 'sub-trajectory-balance' || (conditional && name === 'trajectory-balance')
  );
}

/** Throws ERR_ARGUMENT if the objective cannot be trained on a model with these outputs. */
export function checkObjective(
  objective: Objective,
  learnedBackward: boolean,
  stateFlow: boolean,
  conditional: boolean,
): void {
  if (needsStateFlow(objective, conditional) && !stateFlow) {
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

  /** `groups` as `TermBuffers.fill` takes them. */
  prepare(batch: PackedBatch, outputs: RowOutputs, beta: number, logZ: number, groups?: ConditionGroups): void {
    this.terms.fill(batch, outputs, beta, logZ, groups);
  }

  /** Adds the batch last prepared to the sums over a whole batch. */
  addTo(totals: BatchTotals, { trajectories, offset, stateRow }: PackedBatch): void {
    totals.add(this.terms);
    for (let b = 0; b < trajectories; b++) {
      const initial = offset[b] + b;
      totals.addInitialFlows(this.terms.logSumExp(stateRow[initial]), this.terms.logF[initial]);
    }
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

  /** The objective's estimate of log Σ R^β from the sums over a batch; with conditions the mean over its trajectories. */
  logZ(objective: Objective, totals: BatchTotals): number {
    switch (objective.name) {
      case 'trajectory-balance':
        return this.terms.conditional ? this.terms.logZ + totals.initialLogStateFlow : this.terms.logZ;
      case 'vargrad':
        return -totals.meanResidual;
      case 'flow-matching':
        return totals.initialLogSumExp;
      case 'detailed-balance':
      case 'sub-trajectory-balance':
        return totals.initialLogStateFlow;
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
