/** Trajectories by their forward actions, in the order in which they were added. */
export class RecordedTrajectories {
  private readonly recorded: Int32Array[] = [];

  get count(): number {
    return this.recorded.length;
  }

  add(actions: Int32Array): void {
    this.recorded.push(actions);
  }

  actions(trajectory: number): Int32Array {
    return this.recorded[trajectory];
  }
}
