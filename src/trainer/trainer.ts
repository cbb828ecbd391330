import { GfnError } from '../error.ts';
import { evaluateModel, type EvaluateOptions, type Evaluation } from '../model/evaluation.ts';
import { DEFAULT_MAXIMUM_STATES, FlowModel } from '../model/flow-model.ts';
import { l1Sum } from '../metric/distribution-distance.ts';
import { targetDistribution } from '../metric/log-partition.ts';
import { differentiate } from '../onnx/differentiate.ts';
import { multilayerPerceptron } from '../onnx/multilayer-perceptron.ts';
import { booleanOption, integerOption, rejectUnknown, signalOption } from '../options.ts';
import { RewardScorer } from '../reward/reward-scorer.ts';
import type { Engine, StepReport } from './engine.ts';
import { makeEngine } from './make-engine.ts';
import type { OffPolicy } from './off-policy.ts';
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
  private work = Promise.resolve();
  private closing = false;

  private constructor(
    readonly options: ResolvedTrainerOptions,
    private readonly offPolicy: OffPolicy,
    private readonly engine: Engine,
    model: FlowModel,
  ) {
    this.model = model;
  }

  /** Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION for bad options, ERR_NATIVE or ERR_RUNTIME without a native path. */
  static create(options: TrainerOptions): Promise<Trainer> {
    return Promise.resolve().then(async () => {
      const resolved = resolveTrainerOptions(options);
      const { environment, objective, beta } = resolved;
      const reward = resolved.reward === null ? undefined : new RewardScorer(environment, resolved.reward);
      const offPolicy = await offPolicyOf(resolved, reward);
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
        reward,
      });
      return new Trainer(
        resolved,
        offPolicy,
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
    if (this.closing) throw new GfnError('ERR_DISPOSED', 'the trainer has been disposed');
    if (this.training) throw new GfnError('ERR_BUSY', 'train: training is already under way');
    let wake: () => void = () => undefined;
    const stop = (): void => {
      this.engine.stop();
      wake();
    };
    signal?.addEventListener('abort', stop);
    this.training = true;
    const ended = (): boolean => signal?.aborted === true || this.closing;
    let secondsTraining = 0;
    try {
      const end = this.engine.step + steps;
      while (this.engine.step < end && !ended()) {
        if (this.paused !== undefined) {
          const aborted = new Promise<void>((resolve) => (wake = resolve));
          await Promise.race([this.paused.ended, aborted]);
          continue;
        }
        const now = this.engine.step;
        const next = evaluateEvery > 0 ? Math.min(end, (Math.floor(now / evaluateEvery) + 1) * evaluateEvery) : end;
        const started = performance.now();
        const reports = new ReportQueue<StepReport & { readonly seconds: number }>();
        const secondsBefore = secondsTraining;
        const onReport = (report: StepReport): void => {
          secondsTraining = secondsBefore + (performance.now() - started) / 1000;
          reports.push({ ...report, seconds: secondsTraining });
        };
        const work = this.engine.train(
          trainingOptions(this.options, this.offPolicy),
          next - now,
          reportEvery,
          onReport,
          keepVisited,
        );
        // A failure is reported through the queue.
        this.work = work.then(
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
      await this.work;
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

  /** Ends training after the step under way (its loop ends), lets the model's calls end, and frees native memory. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.closing = true;
    this.resume();
    this.engine.stop();
    await this.work;
    await this.model[Symbol.asyncDispose]();
  }

  private async exactL1Sum(): Promise<number> {
    const exact = await this.engine.exactDistribution(DEFAULT_MAXIMUM_STATES);
    return l1Sum(exact.probability, targetDistribution(exact.logReward, this.options.beta));
  }
}

/** With the rewards of the dataset's objects. */
async function offPolicyOf(
  { environment, replay, dataset, localSearch, rewardDelay }: ResolvedTrainerOptions,
  reward: RewardScorer | undefined,
): Promise<OffPolicy> {
  if (dataset === null) return { replay, dataset, localSearch, rewardDelay };
  const { terminalState } = dataset;
  const { stateSize } = environment;
  const logReward =
    (await reward?.score(terminalState)) ??
    Float64Array.from({ length: terminalState.length / stateSize }, (_, i) =>
      environment.logReward(terminalState.subarray(i * stateSize, (i + 1) * stateSize)),
    );
  return { replay, dataset: { ...dataset, logReward }, localSearch, rewardDelay };
}
