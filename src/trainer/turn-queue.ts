/** Lets asynchronous pieces of work take turns, in the order in which they were asked for. */
export class TurnQueue {
  private tail: Promise<unknown> = Promise.resolve();

  /** Runs `work` after everything that was asked for before it; its outcome is the returned promise's. */
  run<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.tail.then(work);
    this.tail = turn.catch(() => undefined);
    return turn;
  }
}
