/** Trajectories by their forward actions and conditions, in the order in which they were added. */
export class RecordedTrajectories {
  private readonly recorded: Int32Array[] = [];
  private readonly conditions: Int32Array[] = [];

  get count(): number {
    return this.recorded.length;
  }

  /** `condition`: bits. */
  add(actions: Int32Array, condition: Int32Array): void {
    this.recorded.push(actions);
    this.conditions.push(condition);
  }

  actions(trajectory: number): Int32Array {
    return this.recorded[trajectory];
  }

  condition(trajectory: number): Int32Array {
    return this.conditions[trajectory];
  }
}
