import { GfnError } from '../error.ts';
import { evaluateModel, type EvaluateOptions, type Evaluation } from '../model/evaluation.ts';
import { DEFAULT_MAXIMUM_STATES, FlowModel } from '../model/flow-model.ts';
import { l1Sum } from '../metric/distribution-distance.ts';
import { targetDistribution } from '../metric/log-partition.ts';
import { differentiate } from '../onnx/differentiate.ts';
import { multilayerPerceptron } from '../onnx/multilayer-perceptron.ts';
import { booleanOption, integerOption, rejectUnknown, signalOption } from '../options.ts';
import type { Engine, StepReport } from './engine.ts';
import { makeEngine } from './make-engine.ts';
import { ReportQueue } from './report-queue.ts';
import {
  resolveTrainerOptions,
  trainingOptions,
  type ResolvedTrainerOptions,
  type TrainerOptions,
} from './trainer-options.ts';

export interface TrainOptions {
  /** Optimiser updates to do now. */
  readonly steps: number;
  /** Ends training after the step under way; the iteration then ends, it does not throw. */
  readonly signal?: AbortSignal;
  /** Steps between two reports, default 1. The last step is always reported. */
  readonly reportEvery?: number;
  /** Steps between two exact distributions for `l1Sum`, default 0: none. They must be reported steps. */
  readonly evaluateEvery?: number;
  /** Report the objects visited, in `visited`; default false. */
  readonly keepVisited?: boolean;
}

/** A report of training. */
export interface Progress extends StepReport {
  /** Exact Σ|p_θ(x) − p(x)| after this step, where it was asked for. */
  readonly l1Sum: number | null;
  /** Seconds spent in training steps by this call of `train` so far. */
  readonly secondsTraining: number;
}

/** Trains a flow model. */
export class Trainer {
  readonly device = 'cpu';
  /** The model being trained: it samples and saves as it is after the last finished step. */
  readonly model: FlowModel;
  private paused: { readonly ended: Promise<void>; readonly end: () => void } | undefined;
  private training = false;

  private constructor(
    readonly options: ResolvedTrainerOptions,
    private readonly engine: Engine,
    model: FlowModel,
  ) {
    this.model = model;
  }

  /** Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION for bad options, ERR_NATIVE or ERR_RUNTIME without a native path. */
  static create(options: TrainerOptions): Promise<Trainer> {
    return Promise.resolve().then(() => {
      const resolved = resolveTrainerOptions(options);
      const { environment, objective, beta } = resolved;
      const flows = objective.name === 'detailed-balance' || objective.name === 'sub-trajectory-balance';
      const model = multilayerPerceptron({
        observation: environment.observation,
        actions: environment.actions,
        backwardActions: resolved.learnBackward ? environment.backwardActions : null,
        stateFlow: flows,
        hidden: resolved.hidden,
        activation: resolved.activation,
        seed: resolved.seed,
      });
      const differentiated = differentiate(model);
      const engine = makeEngine(resolved.backend, {
        environment,
        model: differentiated,
        parameters: differentiated.initialParameters,
        logZ: 0,
        threads: resolved.threads,
        memoryBytes: resolved.memoryBytes,
      });
      return new Trainer(
        resolved,
        engine,
        new FlowModel(engine, model, differentiated, { environment, objective, beta }),
      );
    });
  }

  /** Steps done so far. */
  get step(): number {
    return this.engine.step;
  }

  /** Reward evaluations so far, repeats counted. */
  get visits(): number {
    return this.engine.visits;
  }

  /**
   * Trains on a thread of its own and yields reports as they come; leaving the loop ends training after the step
   * under way. An error leaves the parameters of the last good step. ERR_BUSY while another `train` runs.
   */
  async *train(options: TrainOptions): AsyncGenerator<Progress, void, undefined> {
    rejectUnknown('train', options, ['steps', 'signal', 'reportEvery', 'evaluateEvery', 'keepVisited']);
    const steps = integerOption('steps', options.steps, 1, 2 ** 40);
    const reportEvery = integerOption('reportEvery', options.reportEvery ?? 1, 1, 2 ** 40);
    const evaluateEvery = integerOption('evaluateEvery', options.evaluateEvery ?? 0, 0, 2 ** 40);
    const keepVisited = booleanOption('keepVisited', options.keepVisited ?? false);
    const signal = signalOption('signal', options.signal);
    if (this.training) throw new GfnError('ERR_BUSY', 'train: training is already under way');
    this.training = true;
    const stop = (): void => this.engine.stop();
    signal?.addEventListener('abort', stop);
    let work = Promise.resolve();
    let secondsTraining = 0;
    try {
      const end = this.engine.step + steps;
      while (this.engine.step < end && signal?.aborted !== true) {
        while (this.paused !== undefined) await this.paused.ended;
        const now = this.engine.step;
        const next = evaluateEvery > 0 ? Math.min(end, (Math.floor(now / evaluateEvery) + 1) * evaluateEvery) : end;
        const started = performance.now();
        const reports = new ReportQueue<StepReport & { readonly seconds: number }>();
        const secondsBefore = secondsTraining;
        const onReport = (report: StepReport): void => {
          secondsTraining = secondsBefore + (performance.now() - started) / 1000;
          reports.push({ ...report, seconds: secondsTraining });
        };
        work = this.engine.train(trainingOptions(this.options), next - now, reportEvery, onReport, keepVisited);
        work.then(
          () => reports.end(),
          (error: unknown) => reports.fail(error),
        );
        for await (const { seconds, ...report } of reports) {
          const exact = evaluateEvery > 0 && report.step % evaluateEvery === 0;
          yield { ...report, l1Sum: exact ? await this.exactL1Sum() : null, secondsTraining: seconds };
        }
      }
    } finally {
      this.engine.stop();
      await work.catch(() => undefined); // reported through the queue
      signal?.removeEventListener('abort', stop);
      this.training = false;
    }
  }

  /** Holds training after the step under way, until `resume`. */
  pause(): void {
    if (this.paused !== undefined) return;
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.paused = { ended, end };
    this.engine.stop();
  }

  resume(): void {
    this.paused?.end();
    this.paused = undefined;
  }

  async evaluate(options: EvaluateOptions = {}): Promise<Evaluation> {
    return evaluateModel(this.engine, this.model, options);
  }

  /** Ends training and frees native memory. Later calls throw ERR_DISPOSED. */
  dispose(): void {
    this.resume();
    this.engine.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private async exactL1Sum(): Promise<number> {
    const exact = await this.engine.exactDistribution(DEFAULT_MAXIMUM_STATES);
    return l1Sum(exact.probability, targetDistribution(exact.logReward, this.options.beta));
  }
}
