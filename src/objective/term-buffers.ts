import { float64Buffer, int32Buffer } from '../sampler/growable-buffer.ts';
import type { PackedBatch } from '../sampler/packed-batch.ts';
import type { ConditionGroups } from './condition-groups.ts';
import { allowedLogSumExp } from './log-sum-exp.ts';
import type { RowOutputGradients, RowOutputs } from './row-outputs.ts';
import type { TermGradients, TrajectoryTerms } from './trajectory-terms.ts';

/**
 * The way from a model's outputs to the terms of a batch, and back from the terms' gradients to the outputs'. All in
 * double: sums of float32 terms would not agree between two orders of summation.
 */
export class TermBuffers implements TrajectoryTerms {
  trajectories = 0;
  offset: Int32Array = new Int32Array(1);
  logZ = 0;
  conditional = false;
  private readonly groups = int32Buffer();
  private readonly logPfs = float64Buffer();
  private readonly logPbs = float64Buffer();
  private readonly logFs = float64Buffer();
  private readonly logRewards = float64Buffer();
  private readonly forwardNormalizer = float64Buffer();
  private readonly backwardNormalizer = float64Buffer();

  private readonly logPfGradient = float64Buffer();
  private readonly logPbGradient = float64Buffer();
  private readonly logFGradient = float64Buffer();
  private readonly coefficient = float64Buffer();
  private readonly logitsGradient = float64Buffer();

  constructor(
    private readonly actions: number,
    private readonly backwardActions: number,
  ) {}

  get logPf(): Float64Array {
    return this.logPfs.data;
  }
  get logPb(): Float64Array {
    return this.logPbs.data;
  }
  get logF(): Float64Array {
    return this.logFs.data;
  }
  get logReward(): Float64Array {
    return this.logRewards.data;
  }

  get group(): Int32Array {
    return this.groups.data;
  }

  /** logsumexp of the allowed logits of a row. */
  logSumExp(row: number): number {
    return this.forwardNormalizer.data[row];
  }

  /** Fills the terms of a batch from its rows' outputs; without `groups` all trajectories are of one. */
  fill(batch: PackedBatch, outputs: RowOutputs, beta: number, logZ: number, groups?: ConditionGroups): void {
    const group = this.groups.reserve(batch.trajectories);
    if (groups === undefined) group.fill(0, 0, batch.trajectories);
    else groups.write(batch, group);
    this.conditional = (batch.conditions?.length ?? 0) > 0;
    this.trajectories = batch.trajectories;
    this.offset = batch.offset;
    this.logZ = logZ;
    this.normalize(batch, outputs);
    this.fillTransitions(batch, outputs);
    this.fillStates(batch, outputs, beta);
  }

  /** Room for the gradients of the batch last filled. */
  gradients(): TermGradients {
    const transitions = this.offset[this.trajectories];
    return {
      logPf: this.logPfGradient.reserve(transitions),
      logPb: this.logPbGradient.reserve(transitions),
      logF: this.logFGradient.reserve(transitions + this.trajectories),
      logZ: 0,
    };
  }

  /** Writes d loss / d outputs of every row of the batch last filled. */
  spread(batch: PackedBatch, outputs: RowOutputs, terms: TermGradients, gradients: RowOutputGradients): void {
    this.spreadForward(batch, outputs.forwardLogits, terms.logPf, gradients.forwardLogits);
    if (outputs.backwardLogits !== null && gradients.backwardLogits !== null) {
      this.spreadBackward(batch, outputs.backwardLogits, terms.logPb, gradients.backwardLogits);
    }
    if (gradients.logStateFlow !== null) this.spreadStateFlow(batch, terms.logF, gradients.logStateFlow);
  }

  private normalize(batch: PackedBatch, { forwardLogits, backwardLogits }: RowOutputs): void {
    const { actions, backwardActions } = this;
    const { rows, allowed, backwardAllowed } = batch;
    const forward = this.forwardNormalizer.reserve(rows);
    for (let row = 0; row < rows; row++) {
      forward[row] = allowedLogSumExp(forwardLogits, allowed, row * actions, actions);
    }
    if (backwardLogits === null) return;
    const backward = this.backwardNormalizer.reserve(rows);
    for (let row = 0; row < rows; row++) {
      backward[row] = allowedLogSumExp(backwardLogits, backwardAllowed, row * backwardActions, backwardActions);
    }
  }

  private fillTransitions(batch: PackedBatch, { forwardLogits, backwardLogits }: RowOutputs): void {
    const { actions, backwardActions } = this;
    const { offset, stateRow, forwardAction, backwardAction, backwardCount } = batch;
    const logPf = this.logPfs.reserve(batch.transitions);
    const logPb = this.logPbs.reserve(batch.transitions);
    const forward = this.forwardNormalizer.data;
    const backward = this.backwardNormalizer.data;
    for (let b = 0; b < batch.trajectories; b++) {
      for (let t = offset[b]; t < offset[b + 1]; t++) {
        const row = stateRow[t + b];
        const child = stateRow[t + b + 1];
        const parents = backwardCount[t + b + 1];
        logPf[t] = forwardLogits[row * actions + forwardAction[t]] - forward[row];
        if (parents === 1) logPb[t] = 0;
        else if (backwardLogits === null) logPb[t] = -Math.log(parents);
        else logPb[t] = backwardLogits[child * backwardActions + backwardAction[t]] - backward[child];
      }
    }
  }

  private fillStates(batch: PackedBatch, { logStateFlow }: RowOutputs, beta: number): void {
    const { offset, stateRow } = batch;
    const logReward = this.logRewards.reserve(batch.trajectories);
    const logF = this.logFs.reserve(batch.transitions + batch.trajectories);
    for (let b = 0; b < batch.trajectories; b++) {
      logReward[b] = beta * batch.logReward[b];
      logF[offset[b + 1] + b] = logReward[b];
      for (let t = offset[b]; logStateFlow !== null && t < offset[b + 1]; t++) {
        logF[t + b] = logStateFlow[stateRow[t + b]];
      }
    }
  }

  private spreadForward(
    batch: PackedBatch,
    logits: Float32Array,
    logPfGradient: Float64Array,
    gradient: Float32Array,
  ): void {
    const { actions } = this;
    const { rows, offset, stateRow, forwardAction } = batch;
    const coefficient = this.coefficient.reserve(rows).fill(0, 0, rows);
    const sum = this.logitsGradient.reserve(rows * actions).fill(0, 0, rows * actions);
    for (let b = 0; b < batch.trajectories; b++) {
      for (let t = offset[b]; t < offset[b + 1]; t++) {
        const row = stateRow[t + b];
        sum[row * actions + forwardAction[t]] += logPfGradient[t];
        coefficient[row] += logPfGradient[t];
      }
    }
    const normalizer = this.forwardNormalizer.data;
    subtractSoftmax(rows, actions, logits, batch.allowed, normalizer, coefficient, sum, gradient);
  }

  private spreadBackward(
    batch: PackedBatch,
    logits: Float32Array,
    logPbGradient: Float64Array,
    gradient: Float32Array,
  ): void {
    const { backwardActions } = this;
    const { rows, offset, stateRow, backwardAction, backwardCount } = batch;
    const coefficient = this.coefficient.reserve(rows).fill(0, 0, rows);
    const sum = this.logitsGradient.reserve(rows * backwardActions).fill(0, 0, rows * backwardActions);
    for (let b = 0; b < batch.trajectories; b++) {
      for (let t = offset[b]; t < offset[b + 1]; t++) {
        if (backwardCount[t + b + 1] === 1) continue;
        const child = stateRow[t + b + 1];
        sum[child * backwardActions + backwardAction[t]] += logPbGradient[t];
        coefficient[child] += logPbGradient[t];
      }
    }
    const normalizer = this.backwardNormalizer.data;
    subtractSoftmax(rows, backwardActions, logits, batch.backwardAllowed, normalizer, coefficient, sum, gradient);
  }

  private spreadStateFlow(batch: PackedBatch, logFGradient: Float64Array, gradient: Float32Array): void {
    const { rows, offset, stateRow } = batch;
    const sum = this.coefficient.reserve(rows).fill(0, 0, rows);
    for (let b = 0; b < batch.trajectories; b++) {
      for (let t = offset[b]; t < offset[b + 1]; t++) sum[stateRow[t + b]] += logFGradient[t + b];
    }
    for (let row = 0; row < rows; row++) gradient[row] = sum[row];
  }
}

/** gradient[r, a] = sum[r, a] − coefficient[r] · softmax[r, a] where a is allowed, 0 elsewhere: the derivative of log-softmax. */
function subtractSoftmax(
  rows: number,
  choices: number,
  logits: Float32Array,
  allowed: Uint8Array,
  normalizer: Float64Array,
  coefficient: Float64Array,
  sum: Float64Array,
  gradient: Float32Array,
): void {
  for (let row = 0; row < rows; row++) {
    for (let at = row * choices; at < (row + 1) * choices; at++) {
      gradient[at] = allowed[at] === 0 ? 0 : sum[at] - coefficient[row] * Math.exp(logits[at] - normalizer[row]);
    }
  }
}
