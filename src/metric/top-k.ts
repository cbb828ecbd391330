import type { Environment } from '../env/environment.ts';
import { integerOption } from '../options.ts';
import { stateKey } from './state-key.ts';

interface Entry {
  readonly key: string;
  readonly logReward: number;
  readonly state: Int32Array;
}

/** The best distinct objects seen, by reward at β = 1: published figures are the mean rewards of the top 10, 100, 1000. */
export class TopK {
  /** At most `capacity` entries, best first. */
  private readonly best: Entry[] = [];
  private readonly held = new Set<string>();
  private readonly keyOf: (state: Int32Array) => string;

  constructor(
    private readonly environment: Environment,
    private readonly capacity = 1000,
  ) {
    integerOption('capacity', capacity, 1, 2 ** 20);
    this.keyOf = stateKey(environment);
  }

  /** Adds objects: [n × stateSize] terminal states and their n log-rewards. */
  add(terminalStates: Int32Array, logReward: Float64Array): void {
    const { stateSize } = this.environment;
    for (let i = 0; i < logReward.length; i++) {
      this.insert(terminalStates.subarray(i * stateSize, (i + 1) * stateSize), logReward[i]);
    }
  }

  /** Mean reward of the k best distinct objects; null while there are fewer. ERR_ARGUMENT if k is above capacity. */
  meanReward(k: number): number | null {
    integerOption('k', k, 1, this.capacity);
    if (this.best.length < k) return null;
    return this.best.slice(0, k).reduce((sum, entry) => sum + Math.exp(entry.logReward), 0) / k;
  }

  /** The k best distinct objects, or all if there are fewer, best first. */
  objects(k: number): { state: Int32Array; logReward: number }[] {
    return this.best.slice(0, k).map(({ state, logReward }) => ({ state: state.slice(), logReward }));
  }

  private insert(state: Int32Array, logReward: number): void {
    const full = this.best.length === this.capacity;
    if (full && logReward <= this.best[this.capacity - 1].logReward) return;
    const key = this.keyOf(state);
    if (this.held.has(key)) return;
    if (full) this.held.delete(this.best.pop()!.key);
    let low = 0; // first entry with a smaller reward: of equal rewards the older object comes first
    let high = this.best.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.best[middle].logReward < logReward) high = middle;
      else low = middle + 1;
    }
    this.best.splice(low, 0, { key, logReward, state: state.slice() });
    this.held.add(key);
  }
}
