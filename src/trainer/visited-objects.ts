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
    const { stateSize, count } = this;
    const total = count + trajectories;
    this.terminalState
      .reserve(total * stateSize)
      .set(terminalState.subarray(0, trajectories * stateSize), count * stateSize);
    this.logReward.reserve(total).set(logReward.subarray(0, trajectories), count);
    this.count = total;
  }

  /** Copies of what was gathered since the last call. */
  take(): Visited {
    const { count } = this;
    this.count = 0;
    return {
      count,
      terminalState: this.terminalState.data.slice(0, count * this.stateSize),
      logReward: this.logReward.data.slice(0, count),
    };
  }
}
