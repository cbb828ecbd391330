/** Reports from an engine to whoever iterates: unbounded, in order, ended or failed by the engine. */
export class ReportQueue<T> implements AsyncIterable<T> {
  private readonly waiting: T[] = [];
  private wake: () => void = () => undefined;
  private ended = false;
  private failure: { readonly error: unknown } | undefined;

  push(report: T): void {
    this.waiting.push(report);
    this.wake();
  }

  end(): void {
    this.ended = true;
    this.wake();
  }

  fail(error: unknown): void {
    this.failure = { error };
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    while (true) {
      while (this.waiting.length > 0) yield this.waiting.shift()!;
      if (this.ended) break;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.failure !== undefined) throw this.failure.error;
  }
}
