/** Says that no more work is taken now; Fastify answers with the status code. */
export class FullError extends Error {
  statusCode = 503;

  constructor(message, retryAfter) {
    super(message);
    /** Seconds after which another try may succeed. */
    this.retryAfter = retryAfter;
  }
}

/** Lets `concurrency` pieces of work run at once and `capacity` more wait, first come, first served. */
export class Admission {
  running = 0;
  #waiting = [];
  #averageSeconds = 0.05;

  constructor(concurrency, capacity) {
    this.concurrency = concurrency;
    this.capacity = capacity;
  }

  get waiting() {
    return this.#waiting.length;
  }

  /** The work's outcome; FullError when it cannot even wait; the signal's reason if it is aborted while it waits. */
  async run(signal, work) {
    await this.#enter(signal);
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.#averageSeconds += 0.1 * ((performance.now() - started) / 1000 - this.#averageSeconds);
      this.#leave();
    }
  }

  async #enter(signal) {
    signal.throwIfAborted();
    if (this.running < this.concurrency) {
      this.running++;
      return;
    }
    if (this.waiting >= this.capacity) throw new FullError('too many requests wait already', this.#retryAfter());
    await new Promise((resolve, reject) => {
      const place = { resolve, signal, abort: () => this.#giveUp(place, reject) };
      signal.addEventListener('abort', place.abort, { once: true });
      this.#waiting.push(place);
    });
  }

  /** Hands the place of finished work to the first that waits. */
  #leave() {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.running--;
      return;
    }
    next.signal.removeEventListener('abort', next.abort);
    next.resolve();
  }

  #giveUp(place, reject) {
    this.#waiting.splice(this.#waiting.indexOf(place), 1);
    reject(place.signal.reason);
  }

  #retryAfter() {
    const seconds = (this.#averageSeconds * (this.waiting + this.running)) / this.concurrency;
    return Math.min(60, Math.max(1, Math.ceil(seconds)));
  }
}
