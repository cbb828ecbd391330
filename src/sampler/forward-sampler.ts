import { setCondition } from '../condition/condition.ts';
import type { Environment } from '../env/environment.ts';
import { GfnError } from '../error.ts';
import type { ActionSource } from './action-source.ts';
import { int32Buffer } from './growable-buffer.ts';
import { countBackward, type StateRows } from './state-rows.ts';
import { TrajectoryBatch } from './trajectory-batch.ts';

/**
 * Builds trajectories from the initial state on, all of a batch side by side. Every iteration asks the model once,
 * about the states that no trajectory of the batch has passed before; finished trajectories leave.
 */
export class ForwardSampler {
  readonly batch: TrajectoryBatch;
  private readonly active = int32Buffer();
  private readonly activeRow = int32Buffer();

  constructor(private readonly rows: StateRows) {
    this.batch = new TrajectoryBatch(rows);
  }

  get environment(): Environment {
    return this.rows.environment;
  }

  /** Fills `batch` (and the rows, from the first on) with trajectories whose actions come from `source`. */
  sample(trajectories: number, source: ActionSource): void {
    const { rows, batch } = this;
    const { environment } = rows;
    rows.clear();
    batch.begin(trajectories);
    const active = this.active.reserve(trajectories);
    const activeRow = this.activeRow.reserve(trajectories);
    for (let b = 0; b < trajectories; b++) {
      environment.initial(batch.state[b]);
      const condition = source.conditionOf(b);
      if (condition !== null) setCondition(environment, batch.state[b], condition);
      active[b] = b;
    }
    for (let step = 0, live = trajectories; live > 0; step++) {
      if (step === environment.maximumLength) this.refuseLength();
      for (let i = 0; i < live; i++) activeRow[i] = rows.rowOf(batch.state[active[i]]);
      rows.evaluate();
      let remaining = 0;
      for (let i = 0; i < live; i++) {
        const b = active[i];
        const action = source.action(rows, activeRow[i], b, step);
        const backward = environment.apply(batch.state[b], action);
        batch.record(b, activeRow[i], action, backward);
        if (!environment.isTerminal(batch.state[b])) active[remaining++] = b;
      }
      live = remaining;
    }
    batch.finish();
    this.finishTerminalStates();
  }

  /** Rewards of the terminal states, and rows for those whose log P_B needs the model. */
  private finishTerminalStates(): void {
    const { rows, batch } = this;
    const { environment, model } = rows;
    for (let b = 0; b < batch.trajectories; b++) {
      const state = batch.state[b];
      const backwardCount = countBackward(environment, state);
      const row = model.learnedBackward && backwardCount > 1 ? rows.rowOf(state) : -1;
      batch.setTerminal(b, row, backwardCount);
      batch.logReward[b] = environment.logReward(state);
    }
    rows.evaluate();
  }

  private refuseLength(): never {
    const { name, maximumLength } = this.rows.environment;
    throw new GfnError(
      'ERR_ENVIRONMENT',
      `maximumLength: expected every trajectory of ${name} to end within ${maximumLength} transitions, got a longer one`,
    );
  }
}
