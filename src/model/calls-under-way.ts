import { disposedError } from '../error.ts';

/** The calls under way on an object that can be closed: it takes no more then, and can tell when the last has settled. */
export class CallsUnderWay {
  private readonly calls = new Set<Promise<unknown>>();
  private closed = false;

  /** Throws ERR_DISPOSED once closed. */
  checkOpen(): void {
    if (this.closed) throw disposedError();
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    this.checkOpen();
    const call = work();
    this.calls.add(call);
    try {
      return await call;
    } finally {
      this.calls.delete(call);
    }
  }

  close(): void {
    this.closed = true;
  }

  /** Resolves when every call has settled, whatever its outcome. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.calls);
  }
}
