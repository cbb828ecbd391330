import { float64Buffer } from '../sampler/growable-buffer.ts';
import type { PackedBatch, ParentLists } from '../sampler/packed-batch.ts';
import type { BatchTotals } from './batch-totals.ts';
import { allowedLogSumExp, logAddExp } from './log-sum-exp.ts';
import type { FlowMatching } from './objective.ts';
import { regressionDerivative, regressionValue } from './regression-loss.ts';

/**
 * Flow matching on edge flows: the forward logits are the logarithms of the flows out of a state (Bengio et al. 2021,
 * equation 12).
 */
export class FlowMatchingLoss {
  private readonly gradients = float64Buffer();

  /**
   * Loss of the batch; `gradient` ([R × actions]) receives its derivatives with respect to `logits`, every row of the
   * batch, the unvisited parents included. `logReward`: [B] β·log R.
   */
  evaluate(
    objective: FlowMatching,
    batch: PackedBatch,
    parents: ParentLists,
    logits: Float32Array,
    actions: number,
    logReward: Float64Array,
    totals: BatchTotals,
    gradient: Float32Array,
  ): number {
    const { regressionLoss, flowEpsilon } = objective;
    const logEpsilon = Math.log(flowEpsilon);
    const sum = this.gradients.reserve(batch.rows * actions).fill(0, 0, batch.rows * actions);
    const balanced = objective.weighting === 'balanced';
    const interiorWeight = 1 / (balanced ? Math.max(1, totals.interiorStates) : totals.transitions);
    const terminalWeight = objective.leafCoefficient / (balanced ? totals.trajectories : totals.transitions);
    let loss = 0;

    for (let row = 0; row < parents.visitedRows; row++) {
      if (parents.offset[row] === parents.offset[row + 1]) continue; // the initial state
      const weight = interiorWeight * parents.multiplicity[row];
      const logIn = logInflow(parents, row, logits, actions, logEpsilon);
      const logOut = logAddExp(logEpsilon, allowedLogSumExp(logits, batch.allowed, row * actions, actions));
      const derivative = weight * regressionDerivative(regressionLoss, logIn - logOut);
      loss += weight * regressionValue(regressionLoss, logIn - logOut);
      addInflowGradient(parents, row, logits, actions, logIn, derivative, sum);
      for (let at = row * actions; at < (row + 1) * actions; at++) {
        if (batch.allowed[at] !== 0) sum[at] -= derivative * Math.exp(logits[at] - logOut);
      }
    }
    for (let b = 0; b < batch.trajectories; b++) {
      const node = parents.visitedRows + b;
      const logIn = logInflow(parents, node, logits, actions, logEpsilon);
      const residual = logIn - logAddExp(logEpsilon, logReward[b]);
      const derivative = terminalWeight * regressionDerivative(regressionLoss, residual);
      loss += terminalWeight * regressionValue(regressionLoss, residual);
      addInflowGradient(parents, node, logits, actions, logIn, derivative, sum);
    }
    for (let at = 0; at < batch.rows * actions; at++) gradient[at] = sum[at];
    return loss;
  }
}

/** log(ε + Σ e^logit) over the edges into a node. */
function logInflow(
  { offset, row, action }: ParentLists,
  node: number,
  logits: Float32Array,
  actions: number,
  logEpsilon: number,
): number {
  let maximum = logEpsilon;
  for (let edge = offset[node]; edge < offset[node + 1]; edge++) {
    maximum = Math.max(maximum, logits[row[edge] * actions + action[edge]]);
  }
  let sum = Math.exp(logEpsilon - maximum);
  for (let edge = offset[node]; edge < offset[node + 1]; edge++) {
    sum += Math.exp(logits[row[edge] * actions + action[edge]] - maximum);
  }
  return maximum + Math.log(sum);
}

/** Adds `derivative` · d log inflow / d logit for the edges into a node. */
function addInflowGradient(
  { offset, row, action }: ParentLists,
  node: number,
  logits: Float32Array,
  actions: number,
  logIn: number,
  derivative: number,
  gradient: Float64Array,
): void {
  for (let edge = offset[node]; edge < offset[node + 1]; edge++) {
    const at = row[edge] * actions + action[edge];
    gradient[at] += derivative * Math.exp(logits[at] - logIn);
  }
}
