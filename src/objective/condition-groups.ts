import type { PackedBatch } from '../sampler/packed-batch.ts';

/** Numbers the conditions of a batch's trajectories in the order of their first appearance, over all of its parts. */
export class ConditionGroups {
  private readonly numbers = new Map<string, number>();

  clear(): void {
    this.numbers.clear();
  }

  /** Writes the group of each trajectory: [B]. */
  write({ trajectories, conditions }: PackedBatch, group: Int32Array): void {
    if (conditions === undefined || conditions.length === 0) {
      group.fill(0, 0, trajectories);
      return;
    }
    const size = conditions.length / trajectories;
    for (let b = 0; b < trajectories; b++) {
      const name = conditions.subarray(b * size, (b + 1) * size).join();
      let number = this.numbers.get(name);
      if (number === undefined) {
        number = this.numbers.size;
        this.numbers.set(name, number);
      }
      group[b] = number;
    }
  }
}
