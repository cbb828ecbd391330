import { RecordedTrajectories } from '../sampler/recorded-trajectories.ts';

/** What a training batch is made of: trajectories that the policy draws, then recorded ones. */
export class BatchPlan {
  readonly recorded = new RecordedTrajectories();
  private readonly logRewards: number[] = [];
  private readonly fresh: boolean[] = [];

  /** `firstTrajectory`: number of the first that is drawn. */
  constructor(
    public forward: number,
    readonly firstTrajectory: number,
  ) {}

  get trajectories(): number {
    return this.forward + this.recorded.count;
  }

  /** Adds a recorded trajectory; `fresh`: its object was built for this batch. */
  add(actions: Int32Array, logReward: number, fresh: boolean): void {
    this.recorded.add(actions);
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

  setLogReward(recorded: number, logReward: number): void {
    this.logRewards[recorded] = logReward;
  }

  /** The recorded trajectories. */
  entries(): { actions: Int32Array; logReward: number; fresh: boolean }[] {
    return this.fresh.map((fresh, i) => ({ actions: this.recorded.actions(i), logReward: this.logRewards[i], fresh }));
  }

  /** Adds the recorded trajectories of another plan. */
  addRecorded(other: BatchPlan): void {
    for (const { actions, logReward, fresh } of other.entries()) this.add(actions, logReward, fresh);
  }
}
