import { stateText } from '../condition/condition.ts';
import { GfnError } from '../error.ts';
import { BatchTotals } from '../objective/batch-totals.ts';
import { ConditionGroups } from '../objective/condition-groups.ts';
import type { ObjectiveEvaluator } from '../objective/objective-evaluator.ts';
import type { Objective } from '../objective/objective.ts';
import type { ActionSource } from '../sampler/action-source.ts';
import type { ForwardSampler } from '../sampler/forward-sampler.ts';
import type { ParentListBuilder } from '../sampler/parent-list-builder.ts';
import { RowLimitError } from '../sampler/row-limit.ts';
import type { InterpretedModel } from './interpreted-model.ts';

/** What is trained on. */
export interface LossOptions {
  readonly objective: Objective;
  readonly beta: number;
  /** The parameter of trajectory balance. */
  readonly logZ: number;
}

/** Loss of a batch and what else is known of it. */
export interface BatchReport {
  readonly loss: number;
  readonly gradientLogZ: number;
  /** The objective's estimate of log Σ R^β. */
  readonly logZ: number;
  readonly meanLogReward: number;
  readonly meanLength: number;
  /** Rows that the model evaluated. */
  readonly rows: number;
}

/**
 * Loss and parameter gradient of a batch. A batch with more distinct states than there is memory for is cut into
 * parts of consecutive trajectories, each half as large as the one that did not fit. The parts are sampled twice:
 * for the sums that normalise the loss, then for their share of loss and gradient. Sampling repeats itself exactly,
 * since a draw depends on nothing but its trajectory and step.
 */
export class BatchGradient {
  private readonly totals = new BatchTotals();
  private readonly groups = new ConditionGroups();
  private readonly ends: number[] = [];
  private readonly rewards: Float64Array[] = [];

  constructor(
    private readonly model: InterpretedModel,
    private readonly sampler: ForwardSampler,
    private readonly parents: ParentListBuilder,
    private readonly evaluator: ObjectiveEvaluator,
  ) {}

  /**
   * Samples `trajectories` trajectories, number `firstTrajectory` on, and writes d loss / d parameters to `gradient`.
   * `score` gives a part's batch its rewards, `onPart` sees batch and terms. Throws ERR_REWARD for a reward that the
   * objective cannot use.
   */
  async compute(
    options: LossOptions,
    source: ActionSource,
    firstTrajectory: number,
    trajectories: number,
    gradient: Float32Array,
    score: (firstTrajectory: number) => void | Promise<void>,
    onPart: (firstTrajectory: number) => void,
  ): Promise<BatchReport> {
    this.totals.clear();
    this.groups.clear();
    this.ends.length = 0;
    this.rewards.length = 0;
    let rows = 0;
    let logRewards = 0;
    for (let first = 0, size = trajectories; first < trajectories;) {
      size = this.samplePart(options, source, firstTrajectory, first, Math.min(size, trajectories - first));
      await score(first);
      logRewards += this.sumLogRewards(options.objective);
      this.rewards.push(this.sampler.batch.logReward.slice(0, size));
      this.evaluator.prepare(this.sampler.batch, this.model, options.beta, options.logZ, this.groups);
      this.evaluator.addTo(this.totals, this.sampler.batch);
      rows += this.sampler.batch.rows;
      onPart(first);
      first += size;
      this.ends.push(first);
    }
    gradient.fill(0);
    let loss = 0;
    let gradientLogZ = 0;
    for (let part = 0, first = 0; part < this.ends.length; first = this.ends[part], part++) {
      if (this.ends.length > 1) {
        this.samplePart(options, source, firstTrajectory, first, this.ends[part] - first);
        this.sampler.batch.logReward.set(this.rewards[part]);
        this.evaluator.prepare(this.sampler.batch, this.model, options.beta, options.logZ, this.groups);
      }
      const partLoss = this.backward(options.objective, gradient);
      loss += partLoss.value;
      gradientLogZ += partLoss.gradientLogZ;
    }
    return {
      loss,
      gradientLogZ,
      logZ: this.evaluator.logZ(options.objective, this.totals),
      meanLogReward: logRewards / trajectories,
      meanLength: this.totals.transitions / trajectories,
      rows,
    };
  }

  /** Samples trajectories [first, first + size), or fewer if they do not fit; returns how many. */
  private samplePart(
    options: LossOptions,
    source: ActionSource,
    firstTrajectory: number,
    first: number,
    size: number,
  ): number {
    const { batch } = this.sampler;
    source.firstTrajectory = firstTrajectory + first;
    this.model.keepActivations = true;
    try {
      this.sampler.sample(size, source);
      if (options.objective.name === 'flow-matching') {
        this.parents.build(batch, batch.state);
        batch.parents = this.parents;
      }
    } catch (error) {
      if (size === 1 || !(error instanceof RowLimitError)) throw error;
      return this.samplePart(options, source, firstTrajectory, first, Math.ceil(size / 2));
    } finally {
      this.model.keepActivations = false;
    }
    return size;
  }

  private backward(objective: Objective, gradient: Float32Array): { value: number; gradientLogZ: number } {
    const { batch } = this.sampler;
    const gradients = this.model.outputGradients(batch.rows);
    const loss = this.evaluator.evaluate(objective, batch, this.model, this.totals, gradients);
    this.model.backward(batch.rows, gradient);
    return loss;
  }

  private sumLogRewards(objective: Objective): number {
    const { batch } = this.sampler;
    const zeroAllowed = objective.name === 'flow-matching' && objective.flowEpsilon > 0;
    let sum = 0;
    for (let b = 0; b < batch.trajectories; b++) {
      const logReward = batch.logReward[b];
      if (Number.isNaN(logReward) || logReward === Infinity || (logReward === -Infinity && !zeroAllowed)) {
        this.refuseReward(batch.state[b], logReward, objective);
      }
      sum += logReward;
    }
    return sum;
  }

  private refuseReward(x: Int32Array, logReward: number, objective: Objective): never {
    const { environment } = this.sampler;
    const hint =
      logReward === -Infinity ? ' (R = 0 needs flow-matching with flowEpsilon > 0, or a reward with a floor)' : '';
    throw new GfnError(
      'ERR_REWARD',
      `reward: expected a finite log R(x) for ${objective.name}, got ${logReward} for ${stateText(environment, x)} of ${environment.name}${hint}`,
    );
  }
}
