import { copyAttached, type Attached, type Checkpoint } from '../checkpoint/checkpoint.ts';
import { CheckpointFolder, readLatestCheckpoint } from '../checkpoint/checkpoint-folder.ts';
import {
  keepOption,
  resolveCheckpointOptions,
  warnProcess,
  type CheckpointOptions,
  type FromCheckpointOptions,
  type RestoreOptions,
  type SaveCheckpointOptions,
} from '../checkpoint/checkpoint-options.ts';
import { PeriodicCheckpoints } from '../checkpoint/periodic-checkpoints.ts';
import { storedTrainerOptions } from '../checkpoint/stored-trainer-options.ts';
import { configurationDifference, configurationOf } from '../checkpoint/training-configuration.ts';
import { conditionOption } from '../condition/condition.ts';
import { ConditionSource } from '../condition/condition-source.ts';
import { disposedError, GfnError } from '../error.ts';
import type { EvaluateOptions, Evaluation } from '../model/evaluation.ts';
import { DEFAULT_MAXIMUM_STATES, FlowModel } from '../model/flow-model.ts';
import { unlessAborted } from '../model/unless-aborted.ts';
import { l1Sum } from '../metric/distribution-distance.ts';
import { targetDistribution } from '../metric/log-partition.ts';
import { needsStateFlow } from '../objective/objective-evaluator.ts';
import { differentiate } from '../onnx/differentiate.ts';
import { drawMultilayerPerceptron } from '../onnx/multilayer-perceptron.ts';
import { badArgument, booleanOption, integerOption, rejectUnknown, signalOption, stringOption } from '../options.ts';
import { loadReward } from '../reward/engine-reward.ts';
import { describedReward } from '../reward/reward-description.ts';
import type { Engine, StepReport, Visited } from './engine.ts';
import type { OffPolicy } from './off-policy.ts';
import { ReportQueue } from './report-queue.ts';
import {
  resolveTrainerOptions,
  trainingOptions,
  type ResolvedTrainerOptions,
  type TrainerOptions,
} from './trainer-options.ts';
import { requiredSection, type TrainingState } from './training-state.ts';
import { stepsHeld, VisitedObjects } from './visited-objects.ts';

export interface TrainOptions {
  /** Optimiser updates to do now. */
  readonly steps: number;
  /**
   * Ends training after the step under way, or at once if that waits for a reward function: the step is then given up,
   * and done again by the next `train` or from the next checkpoint. The iteration ends, it does not throw.
   */
  readonly signal?: AbortSignal;
  /** Steps between two reports, default 1. The last step is always reported. */
  readonly reportEvery?: number;
  /** Steps between two exact distributions for `l1Sum`, default 0: none. They must be reported steps. */
  readonly evaluateEvery?: number;
  /** Report the objects visited, in `visited`; default false. */
  readonly keepVisited?: boolean;
  /**
   * Given the objects visited, in order and whatever is reported: all of them up to a report or a checkpoint before
   * that. Training goes on meanwhile, but waits for what this returns when it is 16 MiB of objects ahead.
   */
  readonly onVisited?: (visited: Visited) => void | Promise<void>;
  /** Write checkpoints, from which `Trainer.fromCheckpoint` goes on. */
  readonly checkpoint?: CheckpointOptions;
}

/** A report of training. */
export interface Progress extends StepReport {
  /**
   * Exact Σ|p_θ(x) − p(x)| after this step, where it was asked for; of conditions the mean over several. Null too if
   * training was ended while a reward function was asked about all objects: who goes on from the checkpoint that `train`
   * then leaves gets the report again, with it.
   */
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
  /** Objects of steps that have not been reported yet. */
  private readonly unreported: VisitedObjects;
  /** The report of the last step, while its l1Sum is still to be computed. */
  private unevaluated: StepReport | null = null;
  private restored: Attached | null = null;
  private work = Promise.resolve();
  /** Aborted when the training under way is to end early. */
  private ending = new AbortController();
  private closing = false;

  private constructor(
    readonly options: ResolvedTrainerOptions,
    private readonly offPolicy: OffPolicy,
    private readonly engine: Engine,
    model: FlowModel,
  ) {
    this.model = model;
    this.unreported = new VisitedObjects(options.environment.stateSize);
  }

  /**
   * Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION for bad options, ERR_NATIVE or ERR_RUNTIME without a native path,
   * ERR_MODEL_FILE, ERR_MODEL_ENVIRONMENT or ERR_OPERATOR for an ONNX reward that cannot be used.
   */
  static create(options: TrainerOptions): Promise<Trainer> {
    return Promise.resolve().then(async () => {
      const given = resolveTrainerOptions(options);
      const { environment, objective, beta, seed } = given;
      const reward = given.reward === null ? undefined : await loadReward(environment, given.reward);
      const resolved = { ...given, reward: reward?.options ?? null };
      const conditions =
        resolved.conditions === null || environment.condition === undefined
          ? undefined
          : new ConditionSource(resolved.conditions.distribution, environment.condition);
      const model = await drawMultilayerPerceptron({
        observation: environment.observation,
        actions: environment.actions,
        backwardActions: resolved.learnBackward ? environment.backwardActions : null,
        stateFlow: needsStateFlow(objective, conditions !== undefined),
        hidden: resolved.hidden,
        activation: resolved.activation,
        seed,
      });
      const differentiated = differentiate(model);
      const { openEngine } = await import('./make-engine.ts');
      const engine = await openEngine(resolved.backend, {
        environment,
        model: differentiated,
        parameters: differentiated.initialParameters,
        logZ: 0,
        threads: resolved.threads,
        memoryBytes: resolved.memoryBytes,
        reward,
        conditions,
      });
      try {
        return new Trainer(
          resolved,
          await offPolicyOf(resolved, engine),
          engine,
          new FlowModel(engine, model, differentiated, {
            environment,
            objective,
            beta,
            conditions: conditions?.typical(seed) ?? null,
            reward: describedReward(resolved.reward),
          }),
        );
      } catch (error) {
        engine.dispose();
        throw error;
      }
    });
  }

  /**
   * A trainer that goes on from a checkpoint: a file, or of a folder the latest checkpoint that is whole. The rest of
   * the run is then that of an uninterrupted one, bit for bit. Throws what `create` throws, and ERR_CHECKPOINT if there
   * is no checkpoint or an option given is not as it was.
   */
  static async fromCheckpoint(path: string, options: FromCheckpointOptions = {}): Promise<Trainer> {
    const { onWarning = warnProcess, ...given } = options;
    const { path: file, checkpoint } = await readLatestCheckpoint(stringOption('path', path), onWarning);
    const trainer = await Trainer.create(storedTrainerOptions(file, checkpoint.configuration, given));
    try {
      await trainer.restore(file, checkpoint);
      return trainer;
    } catch (error) {
      trainer.dispose();
      throw error;
    }
  }

  /** Steps done so far. */
  get step(): number {
    return this.engine.step;
  }

  /** Reward evaluations so far, repeats counted. */
  get visits(): number {
    return this.engine.visits;
  }

  /** What was kept beside the state in the checkpoint that this trainer goes on from; null if it goes on from none. */
  get attached(): Attached | null {
    return this.restored;
  }

  /**
   * Writes a checkpoint of the last finished step to a folder, which is made if it is missing, and returns its path. It
   * does not wait for a step that waits for a reward function: from the checkpoint that step is done again. Throws ERR_OUTPUT if it cannot be written, or if the folder holds a checkpoint of a later step; ERR_LOCKED if
   * another trainer is writing to the folder. While training runs, objects of `keepVisited` that are not reported yet
   * may be missing; the checkpoints of `train` have them.
   */
  async saveCheckpoint(folder: string, options: SaveCheckpointOptions = {}): Promise<string> {
    rejectUnknown('saveCheckpoint', options, ['keep', 'attached']);
    const keep = keepOption('keep', options.keep);
    const checkpoint = await this.checkpoint(options.attached ?? {});
    const opened = await CheckpointFolder.open(stringOption('folder', folder), keep, checkpoint.state.step);
    try {
      return await opened.save(checkpoint);
    } finally {
      await opened.close();
    }
  }

  /**
   * Goes on from a checkpoint of the same configuration: a file, or of a folder the latest checkpoint that is whole;
   * returns its path. Throws ERR_BUSY while training and ERR_CHECKPOINT if there is none or its configuration differs;
   * the trainer is then as it was.
   */
  async restoreCheckpoint(path: string, options: RestoreOptions = {}): Promise<string> {
    rejectUnknown('restoreCheckpoint', options, ['onWarning']);
    const { path: file, checkpoint } = await readLatestCheckpoint(
      stringOption('path', path),
      options.onWarning ?? warnProcess,
    );
    await this.restore(file, checkpoint);
    return file;
  }

  /**
   * Trains on a thread of its own and yields reports as they come; leaving the loop ends training like the signal. An
   * error leaves the parameters of the last good step. ERR_BUSY while another `train` runs; with
   * checkpoints also ERR_LOCKED and ERR_OUTPUT.
   */
  async *train(options: TrainOptions): AsyncGenerator<Progress, void, undefined> {
    rejectUnknown('train', options, [
      'steps',
      'signal',
      'reportEvery',
      'evaluateEvery',
      'keepVisited',
      'onVisited',
      'checkpoint',
    ]);
    const steps = integerOption('steps', options.steps, 1, 2 ** 40);
    const reportEvery = integerOption('reportEvery', options.reportEvery ?? 1, 1, 2 ** 40);
    const evaluateEvery = integerOption('evaluateEvery', options.evaluateEvery ?? 0, 0, 2 ** 40);
    const keepVisited = booleanOption('keepVisited', options.keepVisited ?? false);
    const { onVisited = null } = options;
    if (onVisited !== null && typeof onVisited !== 'function') badArgument('onVisited', 'a function', onVisited);
    const ahead = onVisited === null ? Infinity : stepsHeld(this.options);
    const signal = signalOption('signal', options.signal);
    const checkpointing = options.checkpoint === undefined ? null : resolveCheckpointOptions(options.checkpoint);
    if (this.closing) throw disposedError();
    if (this.training) throw new GfnError('ERR_BUSY', 'train: training is already under way');
    const stop = (): void => this.endEarly();
    signal?.addEventListener('abort', stop);
    this.training = true;
    this.ending = new AbortController();
    const { signal: early } = this.ending;
    const ended = (): boolean => signal?.aborted === true || this.closing;
    let secondsTraining = 0;
    let checkpoints: PeriodicCheckpoints | null = null;
    let failed = false;
    const end = this.engine.step + steps;
    try {
      if (!keepVisited) this.unreported.take();
      if (checkpointing !== null) checkpoints = await this.beginCheckpoints(checkpointing);
      let held: Progress | null = null;
      if (this.unevaluated !== null && evaluateEvery > 0) {
        held = { ...this.unevaluated, l1Sum: await this.exactL1Sum(early), secondsTraining };
        if (!keepVisited) held = { ...held, visited: null };
        if (!ended()) {
          this.unevaluated = null;
          yield this.withVisited(held);
          held = null;
        }
      }
      while (this.engine.step < end && !ended()) {
        const { paused } = this;
        if (paused !== undefined) {
          await unlessAborted(early, () => paused.ended).catch(() => undefined);
          continue;
        }
        const now = this.engine.step;
        const next = Math.min(
          end,
          now + ahead,
          nextMultiple(now, evaluateEvery),
          nextMultiple(now, checkpoints?.every ?? 0),
        );
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
          keepVisited || onVisited !== null,
        );
        // A failure is reported through the queue.
        this.work = work.then(
          () => reports.end(),
          (error: unknown) => reports.fail(error),
        );
        for await (const { seconds, visited, ...rest } of reports) {
          if (visited !== null) await onVisited?.(visited);
          if (visited !== null && keepVisited) this.unreported.append(visited);
          const report = { ...rest, visited: keepVisited ? visited : null };
          const exact = evaluateEvery > 0 && report.step % evaluateEvery === 0;
          if (exact) this.unevaluated = report;
          held = { ...report, l1Sum: exact ? await this.exactL1Sum(early) : null, secondsTraining: seconds };
          if (exact && held.l1Sum === null && report.step !== end) continue; // given up: training ends
          this.unevaluated = null;
          // Checkpoints, pauses and objects held end a call of the engine, which reports its last step, at any step.
          if (!exact && report.step % reportEvery !== 0 && report.step !== end) continue;
          yield this.withVisited(held);
          held = null;
        }
        await checkpoints?.reached(this.engine.step);
      }
      // Before the report of a step that only an interruption made the last: who goes on from the checkpoint has none.
      await checkpoints?.end();
      if (held !== null) yield this.withVisited(held);
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      if (this.engine.step < end) this.endEarly();
      await this.work;
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted === true) this.resume(); // what was paused has ended
      this.unreported.take();
      this.unevaluated = null;
      try {
        await checkpoints?.close(failed);
      } finally {
        this.training = false;
      }
    }
  }

  /** Holds training after the step under way, until `resume`, or until its signal aborts. */
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
    const { evaluateModel } = await import('../model/evaluation.ts');
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

  /**
   * Ends training (its loop ends) after the step under way, or at once if that waits for a reward function; lets the
   * model's calls end, and frees native memory.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.closing = true;
    this.resume();
    this.endEarly();
    await this.work;
    await this.model[Symbol.asyncDispose]();
  }

  private endEarly(): void {
    this.engine.giveUp();
    this.ending.abort();
  }

  private beginCheckpoints(options: Required<CheckpointOptions>): Promise<PeriodicCheckpoints> {
    const { engine } = this;
    return PeriodicCheckpoints.begin(options, {
      get step() {
        return engine.step;
      },
      take: (attached) => this.checkpoint(attached),
      stop: () => this.endEarly(),
    });
  }

  private async checkpoint(attached: Attached): Promise<Checkpoint> {
    const { step, visits, sections } = await this.engine.state();
    const { terminalState, logReward } = this.unreported.copy();
    return {
      configuration: configurationOf(this.options),
      state: {
        step,
        visits,
        sections: {
          ...sections,
          'unreported.terminalState': terminalState,
          'unreported.logReward': logReward,
          ...(this.unevaluated?.step === step ? { [UNEVALUATED]: reportNumbers(this.unevaluated) } : {}),
        },
      },
      attached: copyAttached(attached),
    };
  }

  private async restore(path: string, { configuration, state, attached }: Checkpoint): Promise<void> {
    const difference = configurationDifference(configurationOf(this.options), configuration);
    if (difference !== null) {
      throw new GfnError('ERR_CHECKPOINT', `${path} is of another configuration than the trainer: ${difference}`);
    }
    if (this.training) throw new GfnError('ERR_BUSY', 'restoreCheckpoint: training is under way');
    const logReward = requiredSection(state, 'unreported.logReward', Float64Array);
    const { length: count } = logReward;
    const size = count * this.options.environment.stateSize;
    const terminalState = requiredSection(state, 'unreported.terminalState', Int32Array, size);
    await this.engine.restore(state);
    this.unreported.take();
    this.unreported.append({ count, terminalState, logReward });
    this.unevaluated = UNEVALUATED in state.sections ? unevaluatedReport(state) : null;
    this.restored = attached;
  }

  private withVisited(report: Progress): Progress {
    return report.visited === null ? report : { ...report, visited: this.unreported.take() };
  }

  /** With conditions the mean over those that the model is evaluated at; null if the signal ends it. */
  private async exactL1Sum(signal: AbortSignal): Promise<number | null> {
    const { environment } = this.options;
    const conditions = this.model.conditions?.map((condition) =>
      conditionOption('conditions', condition, environment),
    ) ?? [new Int32Array(0)];
    let sum = 0;
    for (const condition of conditions) {
      const exact = await this.engine
        .exactDistribution(DEFAULT_MAXIMUM_STATES, condition, signal)
        .catch((error: unknown) => {
          if (signal.aborted && error === signal.reason) return null;
          throw error;
        });
      if (exact === null) return null;
      sum += l1Sum(exact.probability, targetDistribution(exact.logReward, this.options.beta));
    }
    return sum / conditions.length;
  }
}

/** The section of a checkpoint that holds a report whose l1Sum is still to be computed. */
const UNEVALUATED = 'unreported.report';

/** The numbers of a report that its state does not have. */
function reportNumbers({ loss, logZ, meanLogReward, meanLength, rows, gradientNorm }: StepReport): Float64Array {
  return Float64Array.of(loss, logZ, meanLogReward, meanLength, rows, gradientNorm);
}

/** Its objects are those that have not been reported. */
function unevaluatedReport(state: TrainingState): StepReport {
  const { step, visits } = state;
  const [loss, logZ, meanLogReward, meanLength, rows, gradientNorm] = requiredSection(
    state,
    UNEVALUATED,
    Float64Array,
    6,
  );
  const visited = { count: 0, terminalState: new Int32Array(0), logReward: new Float64Array(0) };
  return { step, visits, loss, logZ, meanLogReward, meanLength, rows, gradientNorm, visited };
}

/** The first multiple of `every` after a step; infinite for 0. */
function nextMultiple(step: number, every: number): number {
  return every > 0 ? (Math.floor(step / every) + 1) * every : Infinity;
}

/** With the rewards of the dataset's objects. */
async function offPolicyOf(
  { replay, dataset, localSearch, rewardDelay }: ResolvedTrainerOptions,
  engine: Engine,
): Promise<OffPolicy> {
  if (dataset === null) return { replay, dataset, localSearch, rewardDelay };
  const logReward = await engine.score(dataset.terminalState);
  return { replay, dataset: { ...dataset, logReward }, localSearch, rewardDelay };
}
