import type { RandomStream } from '../sampler/philox.ts';
import type { ReplayOptions } from '../trainer/off-policy.ts';

/** Terminal states and their rewards at β = 1. */
export class ReplayBuffer {
  private readonly states: Int32Array[] = [];
  private readonly logRewards: number[] = [];
  /** When each object was added, by number of additions. */
  private readonly ages: number[] = [];
  private readonly known = new Set<string>();
  private added = 0;

  constructor(readonly options: Required<ReplayOptions>) {}

  get size(): number {
    return this.states.length;
  }

  state(number: number): Int32Array {
    return this.states[number];
  }

  logReward(number: number): number {
    return this.logRewards[number];
  }

  add(state: Int32Array, logReward: number): void {
    const text = state.join();
    if (this.options.unique && this.known.has(text)) return;
    const number = this.place(logReward);
    if (number < 0) return;
    if (number < this.size) this.known.delete(this.states[number].join());
    this.known.add(text);
    this.states[number] = state.slice();
    this.logRewards[number] = logReward;
    this.ages[number] = this.added++;
  }

  /**
   * Numbers of `count` objects, drawn with replacement; none before the warm-up. Draw i uses the stream's number
   * (firstDraw + i, 0).
   */
  draw(count: number, random: RandomStream, firstDraw: number): number[] {
    const { size, options } = this;
    if (size < options.warmUp) return [];
    const cumulative = options.draw === 'reward' ? this.cumulativeRewards() : null;
    return Array.from({ length: count }, (_, i) => {
      const u = random.uniform(firstDraw + i, 0);
      if (cumulative === null) return Math.min(Math.floor(u * size), size - 1);
      const target = u * cumulative[size - 1];
      const found = cumulative.findIndex((sum) => sum > target);
      return found < 0 ? size - 1 : found;
    });
  }

  /** Copies: [size × stateSize], [size], and [size + 1] when each was added and how many have been. */
  contents(): { terminalState: Int32Array; logReward: Float64Array; age: Float64Array } {
    const stateSize = this.states[0]?.length ?? 0;
    const terminalState = new Int32Array(this.size * stateSize);
    this.states.forEach((state, i) => terminalState.set(state, i * stateSize));
    return {
      terminalState,
      logReward: Float64Array.from(this.logRewards),
      age: Float64Array.from([...this.ages, this.added]),
    };
  }

  /** Takes the contents of another buffer with the same options. */
  restore(terminalState: Int32Array, logReward: Float64Array, age: Float64Array): void {
    const stateSize = terminalState.length / Math.max(logReward.length, 1);
    logReward.forEach((value, i) => {
      this.states[i] = terminalState.slice(i * stateSize, (i + 1) * stateSize);
      this.logRewards[i] = value;
      this.ages[i] = age[i];
      this.known.add(this.states[i].join());
    });
    this.added = age[logReward.length];
  }

  private cumulativeRewards(): Float64Array {
    const largest = this.logRewards.reduce((most, logReward) => Math.max(most, logReward), -Infinity);
    const cumulative = new Float64Array(this.size);
    let sum = 0;
    for (let i = 0; i < this.size; i++) cumulative[i] = sum += Math.exp(this.logRewards[i] - largest);
    return cumulative;
  }

  /** Where the next object goes; −1 when it is worse than all that are there. */
  private place(logReward: number): number {
    const { capacity, keep } = this.options;
    if (this.size < capacity) return this.size;
    if (keep === 'newest') return this.added % capacity;
    let worst = 0;
    for (let i = 1; i < this.size; i++) {
      const order = this.logRewards[i] - this.logRewards[worst] || this.ages[i] - this.ages[worst];
      if (order < 0) worst = i;
    }
    return logReward <= this.logRewards[worst] ? -1 : worst;
  }
}
