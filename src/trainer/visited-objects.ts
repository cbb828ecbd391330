import { float64Buffer, int32Buffer } from '../sampler/growable-buffer.ts';
import type { PackedBatch } from '../sampler/packed-batch.ts';
import type { Visited } from './engine.ts';
import type { ResolvedTrainerOptions } from './trainer-options.ts';

/** Bytes of objects that training may be ahead of whoever is given them. */
const BYTES_AHEAD = 2 ** 24;

/** Steps, at least one, whose objects fit `BYTES_AHEAD`. */
export function stepsHeld({ environment, batchSize, localSearch }: ResolvedTrainerOptions): number {
  const searched = localSearch === null ? 0 : localSearch.trajectories * (localSearch.rounds + 1);
  const bytes = (batchSize + searched) * (4 * environment.stateSize + 8);
  return Math.max(1, Math.floor(BYTES_AHEAD / Math.max(bytes, 1)));
}

/** Gathers the terminal states of batches until they are taken. */
export class VisitedObjects {
  private count = 0;
  private readonly terminalState = int32Buffer();
  private readonly logReward = float64Buffer();

  constructor(private readonly stateSize: number) {}

  /** Adds trajectory b of a batch. */
  add({ terminalState, logReward }: PackedBatch, b: number): void {
    const { stateSize } = this;
    const state = terminalState.subarray(b * stateSize, (b + 1) * stateSize);
    this.append({ count: 1, terminalState: state, logReward: logReward.subarray(b, b + 1) });
  }

  /** Adds the first `count` objects. */
  append({ count: added, terminalState, logReward }: Visited): void {
    const { stateSize, count } = this;
    const total = count + added;
    this.terminalState.reserve(total * stateSize).set(terminalState.subarray(0, added * stateSize), count * stateSize);
    this.logReward.reserve(total).set(logReward.subarray(0, added), count);
    this.count = total;
  }

  get size(): number {
    return this.count;
  }

  /** Copies of what was gathered since the last call. */
  take(): Visited {
    const visited = this.copy();
    this.count = 0;
    return visited;
  }

  /** Copies of what `take` would give. */
  copy(): Visited {
    const { count } = this;
    return {
      count,
      terminalState: this.terminalState.data.slice(0, count * this.stateSize),
      logReward: this.logReward.data.slice(0, count),
    };
  }
}
