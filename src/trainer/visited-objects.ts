import { float64Buffer, int32Buffer } from '../sampler/growable-buffer.ts';
import type { PackedBatch } from '../sampler/packed-batch.ts';
import type { Visited } from './engine.ts';

/** Gathers the terminal states of batches until they are taken. */
export class VisitedObjects {
  private count = 0;
  private readonly terminalState = int32Buffer();
  private readonly logReward = float64Buffer();

  constructor(private readonly stateSize: number) {}

  /** Adds trajectory b of a batch. */
  add({ terminalState, logReward }: PackedBatch, b: number): void {
    const { stateSize } = this;
    this.addObjects(terminalState.subarray(b * stateSize, (b + 1) * stateSize), logReward.subarray(b, b + 1));
  }

  /** `terminalState`: [N × stateSize], `logReward`: [N]. */
  addObjects(terminalState: Int32Array, logReward: Float64Array): void {
    const { stateSize, count } = this;
    const total = count + logReward.length;
    this.terminalState.reserve(total * stateSize).set(terminalState, count * stateSize);
    this.logReward.reserve(total).set(logReward, count);
    this.count = total;
  }

  get size(): number {
    return this.count;
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
