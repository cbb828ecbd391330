import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work after which other work of the process gets a turn. */
const TURN = 3;

/** The time that some work has had the thread: long work gives it back every few milliseconds. */
export class ThreadTurn {
  private began = performance.now();

  get isOver(): boolean {
    return performance.now() - this.began > TURN;
  }

  /** Lets other work of the process run, where this turn is over. */
  async share(): Promise<void> {
    if (!this.isOver) return;
    await setImmediate();
    this.began = performance.now();
  }
}
