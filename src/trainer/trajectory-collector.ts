import type { TrajectoryTerms } from '../objective/trajectory-terms.ts';
import { float64Buffer, int32Buffer } from '../sampler/growable-buffer.ts';
import type { PackedBatch } from '../sampler/packed-batch.ts';
import type { Trajectories } from './engine.ts';

/** Gathers the trajectories of several batches. */
export class TrajectoryCollector {
  private count = 0;
  private transitions = 0;
  private readonly offset = int32Buffer();
  private readonly forwardAction = int32Buffer();
  private readonly terminalState = int32Buffer();
  private readonly logReward = float64Buffer();
  private readonly logPf = float64Buffer();
  private readonly logPb = float64Buffer();

  constructor(private readonly stateSize: number) {
    this.offset.reserve(1);
  }

  add(batch: PackedBatch, terms: TrajectoryTerms): void {
    const { stateSize, count, transitions } = this;
    const { trajectories } = batch;
    const total = count + trajectories;
    this.forwardAction
      .reserve(transitions + batch.transitions)
      .set(batch.forwardAction.subarray(0, batch.transitions), transitions);
    this.terminalState
      .reserve(total * stateSize)
      .set(batch.terminalState.subarray(0, trajectories * stateSize), count * stateSize);
    this.logReward.reserve(total).set(batch.logReward.subarray(0, trajectories), count);
    const offset = this.offset.reserve(total + 1);
    const logPf = this.logPf.reserve(total);
    const logPb = this.logPb.reserve(total);
    for (let b = 0; b < trajectories; b++) {
      offset[count + b + 1] = transitions + batch.offset[b + 1];
      logPf[count + b] = sum(terms.logPf, batch.offset[b], batch.offset[b + 1]);
      logPb[count + b] = sum(terms.logPb, batch.offset[b], batch.offset[b + 1]);
    }
    this.count = total;
    this.transitions += batch.transitions;
  }

  /** Copies of exactly the collected size. */
  trajectories(): Trajectories {
    const { count } = this;
    return {
      count,
      offset: this.offset.data.slice(0, count + 1),
      forwardAction: this.forwardAction.data.slice(0, this.transitions),
      terminalState: this.terminalState.data.slice(0, count * this.stateSize),
      logReward: this.logReward.data.slice(0, count),
      logPf: this.logPf.data.slice(0, count),
      logPb: this.logPb.data.slice(0, count),
    };
  }
}

function sum(values: Float64Array, begin: number, end: number): number {
  let total = 0;
  for (let i = begin; i < end; i++) total += values[i];
  return total;
}
