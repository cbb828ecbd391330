import { EventEmitter, once } from 'node:events';
import { Trainer, hypergrid, trajectoryBalance } from 'gflownet';

/** Reports that a job keeps at most: they are what a late watcher is shown. */
const REPORTS = 500;

/** A model in training. Emits `change` when there is something new to tell. */
export class TrainingJob extends EventEmitter {
  /** 'running', then 'finished', 'stopped' or 'failed'. */
  state = 'running';
  error = null;
  reports = [];
  #stop = new AbortController();

  constructor(number, trainer, exactLogZ, options) {
    super();
    this.setMaxListeners(0); // one for each watcher
    this.number = number;
    this.trainer = trainer;
    this.exactLogZ = exactLogZ;
    this.options = options;
    this.ended = this.#run();
  }

  /** Starts to train on a grid. Replace environment and objective with your own. */
  static async start(number, { dimensions, side, ...options }, threads) {
    const trainer = await Trainer.create({
      environment: hypergrid({ dimensions, side }),
      objective: trajectoryBalance(),
      hidden: [64, 64],
      batchSize: options.batchSize,
      seed: options.seed,
      threads,
    });
    const { logReward } = await trainer.model.exactDistribution();
    const exactLogZ = Math.log(logReward.reduce((sum, value) => sum + Math.exp(value), 0));
    return new TrainingJob(number, trainer, exactLogZ, { dimensions, side, ...options });
  }

  get status() {
    const { number, state, error, options, exactLogZ } = this;
    return { number, state, error, options, exactLogZ, progress: this.reports.at(-1) ?? null };
  }

  /** Ends training after the step under way. */
  stop() {
    this.#stop.abort();
  }

  /** The reports after a step and those to come, until training ends; `null` every `quietSeconds` without one. */
  async *watch(afterStep, quietSeconds) {
    let next = this.reports.findIndex(({ step }) => step > afterStep);
    if (next === -1) next = this.reports.length;
    while (true) {
      while (next < this.reports.length) yield this.reports[next++];
      if (this.state !== 'running') return;
      try {
        await once(this, 'change', { signal: AbortSignal.timeout(1000 * quietSeconds) });
      } catch {
        yield null;
      }
    }
  }

  async #run() {
    const { steps } = this.options;
    const { signal } = this.#stop;
    const reportEvery = Math.ceil(steps / REPORTS);
    try {
      for await (const { step, loss, logZ } of this.trainer.train({ steps, reportEvery, signal })) {
        this.reports.push({ step, loss, logZ });
        this.emit('change');
      }
      this.state = signal.aborted ? 'stopped' : 'finished';
    } catch (error) {
      this.state = 'failed';
      this.error = error.message;
    }
    this.emit('change');
  }
}
