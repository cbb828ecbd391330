import { RecordedTrajectories } from '../sampler/recorded-trajectories.ts';

/** What a training batch is made of: trajectories that the policy draws, then recorded ones. */
export class BatchPlan {
  readonly recorded = new RecordedTrajectories();
  private readonly logRewards: number[] = [];
  private readonly fresh: boolean[] = [];

  /** `firstTrajectory`: number of the first that is drawn; `conditions`: bits, [forward × their size]. */
  constructor(
    public forward: number,
    readonly firstTrajectory: number,
    private readonly conditions: Int32Array = new Int32Array(0),
  ) {}

  get trajectories(): number {
    return this.forward + this.recorded.count;
  }

  /** Bits. */
  conditionOf(trajectory: number): Int32Array {
    if (trajectory >= this.forward) return this.recorded.condition(trajectory - this.forward);
    const size = this.conditions.length / this.forward;
    return this.conditions.subarray(trajectory * size, (trajectory + 1) * size);
  }

  /** Adds a recorded trajectory; `fresh`: its object was built for this batch. */
  add(actions: Int32Array, condition: Int32Array, logReward: number, fresh: boolean): void {
    this.recorded.add(actions, condition);
    this.logRewards.push(logReward);
    this.fresh.push(fresh);
  }

  isFresh(trajectory: number): boolean {
    return trajectory < this.forward || this.fresh[trajectory - this.forward];
  }

  /** log R at β = 1; NaN where it must still be asked for. */
  knownLogReward(trajectory: number): number {
    return trajectory < this.forward ? Number.NaN : this.logRewards[trajectory - this.forward];
  }

  /** The same plan with the rewards of its first recorded trajectories. */
  scored(logReward: Float64Array): BatchPlan {
    const plan = new BatchPlan(this.forward, this.firstTrajectory, this.conditions);
    plan.addRecorded(this);
    logReward.forEach((value, i) => (plan.logRewards[i] = value));
    return plan;
  }

  /** The recorded trajectories. */
  entries(): { actions: Int32Array; condition: Int32Array; logReward: number; fresh: boolean }[] {
    return this.fresh.map((fresh, i) => ({
      actions: this.recorded.actions(i),
      condition: this.recorded.condition(i),
      logReward: this.logRewards[i],
      fresh,
    }));
  }

  /** Adds the recorded trajectories of another plan. */
  addRecorded(other: BatchPlan): void {
    for (const { actions, condition, logReward, fresh } of other.entries()) {
      this.add(actions, condition, logReward, fresh);
    }
  }
}
