import { float64Buffer, int32Buffer } from '../sampler/growable-buffer.ts';
import type { PackedBatch } from '../sampler/packed-batch.ts';
import type { Visited } from './engine.ts';

/** Gathers the terminal states of batches until they are taken. */
export class VisitedObjects {
  private count = 0;
  private readonly terminalState = int32Buffer();
  private readonly logReward = float64Buffer();

  constructor(private readonly stateSize: number) {}

  add({ trajectories, terminalState, logReward }: PackedBatch): void {
    this.append({ count: trajectories, terminalState, logReward });
  }

  /** Adds the first `count` objects. */
  append({ count: added, terminalState, logReward }: Visited): void {
    const { stateSize, count } = this;
    const total = count + added;
    this.terminalState.reserve(total * stateSize).set(terminalState.subarray(0, added * stateSize), count * stateSize);
    this.logReward.reserve(total).set(logReward.subarray(0, added), count);
    this.count = total;
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
