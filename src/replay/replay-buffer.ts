import { Purpose, RandomStream } from '../sampler/philox.ts';
import type { ReplayOptions } from '../trainer/off-policy.ts';

/** Terminal states and their rewards at β = 1. */
export class ReplayBuffer {
  private readonly states: Int32Array[] = [];
  private readonly logRewards: number[] = [];
  /** By which the best are told: log R, or R and its noise. */
  private readonly ranks: number[] = [];
  /** How many objects had come before each. */
  private readonly ages: number[] = [];
  private readonly known = new Set<string>();
  /** Objects that have come, but for those that were there already. */
  private added = 0;
  /** Draw 0 of it is for drawing objects, 1 and 2 are for the noise of the object of an age. */
  private readonly random: RandomStream;

  constructor(
    readonly options: Required<ReplayOptions>,
    seed = 0,
  ) {
    this.random = new RandomStream(seed, Purpose.replay);
  }

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
    const age = this.added++;
    const number = this.place(this.rankOf(logReward, age), age);
    if (number < 0) return;
    if (number < this.size) this.known.delete(this.states[number].join());
    this.put(number, state.slice(), logReward, age);
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
    logReward.forEach((value, i) =>
      this.put(i, terminalState.slice(i * stateSize, (i + 1) * stateSize), value, age[i]),
    );
    this.added = age[logReward.length];
  }

  private cumulativeRewards(): Float64Array {
    const largest = this.logRewards.reduce((most, logReward) => Math.max(most, logReward), -Infinity);
    const cumulative = new Float64Array(this.size);
    let sum = 0;
    for (let i = 0; i < this.size; i++) cumulative[i] = sum += Math.exp(this.logRewards[i] - largest);
    return cumulative;
  }

  private put(number: number, state: Int32Array, logReward: number, age: number): void {
    this.states[number] = state;
    this.logRewards[number] = logReward;
    this.ranks[number] = this.rankOf(logReward, age);
    this.ages[number] = age;
    this.known.add(state.join());
  }

  /** The noise of an object is always the same: by Box and Muller (1958). */
  private rankOf(logReward: number, age: number): number {
    const { noise } = this.options;
    if (noise === 0) return logReward;
    const radius = Math.sqrt(-2 * Math.log(1 - this.random.uniform(age, 1)));
    return Math.exp(logReward) + noise * radius * Math.cos(2 * Math.PI * this.random.uniform(age, 2));
  }

  /** Where an object goes; −1 when it is no better than all that are there. */
  private place(rank: number, age: number): number {
    const { capacity, keep, drop } = this.options;
    if (this.size < capacity) return this.size;
    if (keep === 'newest') return age % capacity;
    let worst = 0;
    for (let i = 1; i < this.size; i++) if (this.isWorse(i, worst)) worst = i;
    if (rank <= this.ranks[worst]) return -1;
    if (drop === 0) return worst;
    this.dropWorst(Math.max(1, Math.floor(drop * capacity)));
    return this.size;
  }

  /** Of equal ones the older is worse. */
  private isWorse(a: number, b: number): boolean {
    return (this.ranks[a] - this.ranks[b] || this.ages[a] - this.ages[b]) < 0;
  }

  /** Removes the worst `count` objects; the others keep their order. */
  private dropWorst(count: number): void {
    const order = Array.from({ length: this.size }, (_, i) => i).sort((a, b) => (this.isWorse(a, b) ? -1 : 1));
    const kept = order.slice(count).sort((a, b) => a - b);
    for (const number of order.slice(0, count)) this.known.delete(this.states[number].join());
    for (const list of [this.states, this.logRewards, this.ranks, this.ages] as unknown[][]) {
      const values = kept.map((number) => list[number]);
      list.splice(0, list.length, ...values);
    }
  }
}
