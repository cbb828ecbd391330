import type { Environment } from '../env/environment.ts';
import { GfnError } from '../error.ts';
import { integerOption } from '../options.ts';
import { jensenShannonDivergence, klDivergence, l1Mean, l1Sum, totalVariation } from './distribution-distance.ts';
import { stateKey } from './state-key.ts';

/** Samples that published figures are computed over. */
const DEFAULT_CAPACITY = 200_000;

/**
 * How often each object occurs among the last `capacity` terminal states: p̂ of the empirical metrics, over the
 * objects of an exact target.
 */
export class EmpiricalDistribution {
  private readonly indexOf = new Map<string, number>();
  private readonly keyOf: (state: Int32Array) => string;
  /** [capacity] object numbers, a ring: the oldest is overwritten. */
  private readonly samples: Int32Array;
  private readonly counts: Int32Array;
  private indexed = 0;
  private next = 0;
  private filled = 0;

  /** `objects`: [count × stateSize] the terminal states of the target, in the order of its probabilities. */
  constructor(
    private readonly environment: Environment,
    private readonly objects: Int32Array,
    capacity = DEFAULT_CAPACITY,
  ) {
    this.samples = new Int32Array(integerOption('capacity', capacity, 1, 2 ** 30));
    this.keyOf = stateKey(environment);
    this.counts = new Int32Array(objects.length / environment.stateSize);
  }

  /** Indexes up to `most` more of the objects, which `add` does first otherwise. Returns whether all are indexed. */
  index(most = Infinity): boolean {
    const { stateSize } = this.environment;
    const end = Math.min(this.indexed + most, this.counts.length);
    for (; this.indexed < end; this.indexed++) {
      const start = this.indexed * stateSize;
      this.indexOf.set(this.keyOf(this.objects.subarray(start, start + stateSize)), this.indexed);
    }
    return this.indexed === this.counts.length;
  }

  /** Samples held, at most `capacity`. */
  get size(): number {
    return this.filled;
  }

  /** Adds terminal states, [n × stateSize]. Throws ERR_ARGUMENT for a state that is not among the objects. */
  add(terminalStates: Int32Array): void {
    this.index();
    const { stateSize } = this.environment;
    for (let start = 0; start < terminalStates.length; start += stateSize) {
      const state = terminalStates.subarray(start, start + stateSize);
      const object = this.indexOf.get(this.keyOf(state));
      if (object === undefined) {
        const text = this.environment.format(state);
        throw new GfnError('ERR_ARGUMENT', `terminalStates: expected objects of the target, got ${text}`);
      }
      if (this.filled === this.samples.length) this.counts[this.samples[this.next]]--;
      else this.filled++;
      this.samples[this.next] = object;
      this.counts[object]++;
      this.next = (this.next + 1) % this.samples.length;
    }
  }

  /** p̂(x) of each object; null before the first sample. */
  probabilities(): Float64Array | null {
    return this.filled === 0 ? null : Float64Array.from(this.counts, (count) => count / this.filled);
  }
}

/** The metrics of `distribution-distance.ts` with p̂ the empirical distribution. */
export interface EmpiricalDistances {
  /** Samples that p̂ is made of. */
  readonly samples: number;
  readonly empiricalL1Sum: number;
  readonly empiricalL1Mean: number;
  readonly empiricalTotalVariation: number;
  readonly empiricalKlDivergence: number;
  readonly empiricalJensenShannonDivergence: number;
}

/** Distances of p̂ from the target (in the order of the objects); null before the first sample. */
export function empiricalDistances(empirical: EmpiricalDistribution, target: Float64Array): EmpiricalDistances | null {
  const probabilities = empirical.probabilities();
  if (probabilities === null) return null;
  return {
    samples: empirical.size,
    empiricalL1Sum: l1Sum(probabilities, target),
    empiricalL1Mean: l1Mean(probabilities, target),
    empiricalTotalVariation: totalVariation(probabilities, target),
    empiricalKlDivergence: klDivergence(probabilities, target),
    empiricalJensenShannonDivergence: jensenShannonDivergence(probabilities, target),
  };
}
