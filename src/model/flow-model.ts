import { conditionOf, conditionOption } from '../condition/condition.ts';
import type { Environment } from '../env/environment.ts';
import { GfnError } from '../error.ts';
import type { Objective } from '../objective/objective.ts';
import { differentiate } from '../onnx/differentiate.ts';
import type { DifferentiatedModel } from '../onnx/differentiated-model.ts';
import type { Model } from '../onnx/graph.ts';
import { withParameters } from '../onnx/parameter-slots.ts';
import { integerOption, rejectUnknown, signalOption, stringOption } from '../options.ts';
import { loadReward, type EngineReward } from '../reward/engine-reward.ts';
import { findReward } from '../reward/find-reward.ts';
import type { RewardDescription } from '../reward/reward-description.ts';
import { rewardOption, type ResolvedReward, type Reward } from '../reward/reward-option.ts';
import { UnknownReward } from '../reward/unknown-reward.ts';
import type { Engine, ExactDistribution, SamplingOptions, Trajectories } from '../trainer/engine.ts';
import { checkObservations } from '../trainer/observation-rows.ts';
import { concatenate } from '../trainer/trajectories.ts';
import {
  backendOption,
  environmentOption,
  memoryOption,
  threadsOption,
  type Backend,
} from '../trainer/trainer-options.ts';
import { CallsUnderWay } from './calls-under-way.ts';
import type { EvaluateOptions, Evaluation } from './evaluation.ts';
import { describedBy, readModel, withDescription, writeModel, type FlowModelDescription } from './flow-model-file.ts';
import { threadTurn } from './thread-turn.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface LoadOptions {
  /** `typescript` occupies the calling thread, 1,024 trajectories at a time; `native` has a thread of its own. */
  readonly backend?: Backend;
  readonly threads?: number;
  readonly memoryBytes?: number;
  /** For a file that names no environment, or one of its user's own. */
  readonly environment?: Environment;
  /**
   * Scores the objects in place of the environment. A model that was trained with an ONNX reward finds it beside its
   * own file, as itself or as `reward.onnx`; one whose reward is not found gives objects without rewards: NaN.
   */
  readonly reward?: Reward;
  /** Told that objects come without rewards. Default: a warning of the process. */
  readonly onWarning?: (message: string) => void;
}

export interface SampleOptions {
  /** Seed of the trajectories: an integer in [0, 2^53), default 0. */
  readonly seed?: number;
  /** Number of the first trajectory, default 0: with the same seed, calls that go on from one another never repeat. */
  readonly firstTrajectory?: number;
  readonly signal?: AbortSignal;
  /** The condition of all trajectories, required where the environment has conditions. */
  readonly condition?: readonly number[];
}

export interface StreamOptions extends SampleOptions {
  /** Objects in all; without it the stream goes on until the loop is left. */
  readonly count?: number;
}

/** One sampled object. */
export interface Sample {
  /** The object as its environment writes it. */
  readonly state: string;
  /** [stateSize] */
  readonly x: Int32Array;
  /** log R(x) at β = 1; NaN from a model whose reward is not known. */
  readonly logReward: number;
  /** log P_F of the trajectory that built it. */
  readonly logProbability: number;
  /** The condition that it was built under, rounded to float32; only where the environment has conditions. */
  readonly condition?: readonly number[];
}

/** States up to which an exact distribution is computed unless told otherwise. */
export const DEFAULT_MAXIMUM_STATES = 2 ** 22;

/** Trajectories of one turn: a batch large enough to be efficient, short enough for whoever waits. */
const TURN = 1024;
/** The same for plain arrays while nobody else samples: large batches meet the same states again. */
const TURN_ALONE = 4096;
/** The first turn of a stream, which may be left after a few objects. The following ones double up to `TURN`. */
const FIRST_TURN = 32;

/** A trained flow model: samples objects with p(x) ∝ R(x)^β as far as it has learned to, and says how far that is. */
export class FlowModel {
  readonly environment: Environment;
  readonly objective: Objective | null;
  readonly beta: number;
  /** Conditions that it is evaluated at unless told otherwise; null of a model without conditions. */
  readonly conditions: readonly (readonly number[])[] | null;
  /** Whether objects come with rewards: false for a loaded model that was trained with a reward which is not at hand. */
  readonly rewardKnown: boolean;
  private readonly reward: RewardDescription | null;
  private readonly calls = new CallsUnderWay();
  /** Calls and streams that have begun to draw. */
  private drawing = 0;

  /** Used by `Trainer` and `FlowModel.load`. */
  constructor(
    private readonly engine: Engine,
    private readonly model: Model,
    private readonly differentiated: DifferentiatedModel,
    description: Omit<FlowModelDescription, 'logZ'>,
    rewardKnown = true,
  ) {
    this.environment = description.environment;
    this.objective = description.objective;
    this.beta = description.beta;
    this.conditions = description.conditions;
    this.reward = description.reward;
    this.rewardKnown = rewardKnown;
  }

  /**
   * Opens a file written by `save`. Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION, ERR_MODEL_FILE, ERR_MODEL_ENVIRONMENT,
   * ERR_OPERATOR, ERR_NATIVE or ERR_RUNTIME; what `Trainer.create` throws for a reward.
   */
  static async load(path: string, options: LoadOptions = {}): Promise<FlowModel> {
    rejectUnknown('FlowModel.load', options, [
      'backend',
      'threads',
      'memoryBytes',
      'environment',
      'reward',
      'onWarning',
    ]);
    stringOption('path', path);
    const environment = options.environment === undefined ? undefined : environmentOption(options.environment);
    const given = options.reward === undefined ? undefined : rewardOption('reward', options.reward);
    const model = await readModel(path);
    const description = describedBy(path, model, environment);
    const differentiated = differentiate(model);
    checkFits(path, differentiated, description.environment);
    const reward = await rewardOf(path, description, given, options.onWarning);
    const { openEngine } = await import('../trainer/make-engine.ts');
    const engine = await openEngine(backendOption(options.backend ?? 'native'), {
      environment: description.environment,
      model: differentiated,
      parameters: differentiated.initialParameters,
      logZ: description.logZ,
      threads: threadsOption(options.threads),
      memoryBytes: memoryOption(options.memoryBytes),
      reward,
    });
    return new FlowModel(engine, model, differentiated, description, !(reward instanceof UnknownReward));
  }

  /** Writes one ordinary ONNX file with the environment's description as metadata; replaces an older one at once. */
  async save(path: string): Promise<void> {
    stringOption('path', path);
    const { environment, objective, beta, conditions, reward } = this;
    const current = withParameters(this.model, this.differentiated.parameters, this.engine.parameters());
    await writeModel(
      stringOption('path', path),
      withDescription(current, { environment, objective, beta, logZ: this.engine.logZ, conditions, reward }),
    );
  }

  /**
   * Draws objects. The same seed gives the same objects, whatever the backend's number of threads. Calls that wait at
   * the same time take turns of 1,024 objects, so that a small one never waits for a large one to end; between two
   * turns, of whichever calls, the event loop serves others. Rejects with
   * the signal's reason as soon as it is aborted.
   */
  async sample(count: number, options: SampleOptions = {}): Promise<Sample[]> {
    return this.calls.run(async () => {
      const samples: Sample[] = [];
      const sampling = this.samplingOptions('sample', options);
      for await (const drawn of this.turns(countOption(count), sampling)) {
        await threadTurn();
        sampling.signal?.throwIfAborted();
        this.append(samples, drawn);
      }
      return samples;
    });
  }

  /**
   * Draws trajectories into plain arrays: what high throughput wants. Takes turns like `sample`, of 4,096 while no other
   * call samples.
   */
  async sampleTrajectories(count: number, options: SampleOptions = {}): Promise<Trajectories> {
    return this.calls.run(async () => {
      const parts: Trajectories[] = [];
      const sampling = this.samplingOptions('sample', options);
      const turn = (): number => (this.drawing === 1 ? TURN_ALONE : TURN);
      for await (const drawn of this.turns(countOption(count), sampling, turn)) parts.push(drawn);
      return concatenate(parts);
    });
  }

  /**
   * Draws objects as they are asked for: those that `sample` with the same seed gives, in bounded memory, since at most
   * the next turn is drawn ahead of the reader. Leaving the loop ends it; the signal ends it with its reason.
   *
   * @example
   * for await (const { state } of model.stream({ seed: 1, signal })) if (wanted(state)) break;
   */
  stream(options: StreamOptions = {}): AsyncGenerator<Sample, void, undefined> {
    const { count, ...rest } = options;
    const sampling = this.samplingOptions('stream', rest, ['count']);
    return this.samples(count === undefined ? Infinity : countOption(count), sampling);
  }

  /**
   * p_θ of every terminal state, under a condition where the environment has conditions. ERR_NOT_ENUMERABLE for an
   * environment of more than `maximumStates` states, ERR_CONDITION for a condition that does not fit.
   */
  async exactDistribution(
    maximumStates = DEFAULT_MAXIMUM_STATES,
    condition?: readonly number[],
  ): Promise<ExactDistribution> {
    return this.calls.run(async () =>
      this.engine.exactDistribution(
        integerOption('maximumStates', maximumStates, 1, 2 ** 31 - 2),
        conditionOption('condition', condition, this.environment),
      ),
    );
  }

  /** How close p_θ is to R^β / Z, by every metric that can be computed; the others are null. */
  async evaluate(options: EvaluateOptions = {}): Promise<Evaluation> {
    // Before the options as a whole are checked, which evaluateModel does.
    const signal = signalOption('signal', (options as EvaluateOptions | null)?.signal);
    return this.calls.run(() =>
      unlessAborted(signal, async () => {
        const { evaluateModel } = await import('./evaluation.ts');
        return evaluateModel(this.engine, this, options);
      }),
    );
  }

  /** Frees native memory at once: calls under way reject with ERR_DISPOSED, later calls too. */
  dispose(): void {
    this.calls.close();
    this.engine.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Frees native memory after the calls under way; streams and later calls end with ERR_DISPOSED. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.calls.close();
    await this.calls.settled();
    this.engine.dispose();
  }

  private async *samples(count: number, options: SamplingOptions): AsyncGenerator<Sample, void, undefined> {
    this.calls.checkOpen();
    let turn = FIRST_TURN / 2;
    const doubled = (): number => (turn = Math.min(2 * turn, TURN));
    for await (const drawn of this.turns(count, options, doubled)) {
      const samples: Sample[] = [];
      await threadTurn();
      this.append(samples, drawn);
      for (const sample of samples) {
        options.signal?.throwIfAborted();
        yield sample;
      }
      this.calls.checkOpen();
    }
  }

  /**
   * Trajectories turn by turn. Of each caller one turn at a time is with the engine, which serves them in the order in
   * which they came: callers alternate. The next turn is asked for before the last one is used;
   * `turn` says how many trajectories it may have.
   */
  private async *turns(
    count: number,
    { seed, firstTrajectory, signal, condition }: SamplingOptions,
    turn: () => number = () => TURN,
  ): AsyncGenerator<Trajectories, void, undefined> {
    const draw = (first: number, size: number): Promise<Trajectories> => {
      const sampling = { seed, firstTrajectory: firstTrajectory + first, signal, condition };
      const drawn = unlessAborted(signal, () => this.engine.sampleForward(size, sampling));
      drawn.catch(() => undefined); // whoever waits for it is told; nobody may
      return drawn;
    };
    this.drawing++;
    try {
      let size = Math.min(turn(), count);
      let next = draw(0, size);
      for (let first = 0; first < count;) {
        const drawn = await next;
        first += size;
        size = Math.min(turn(), count - first);
        if (size > 0) next = draw(first, size);
        yield drawn;
      }
    } finally {
      this.drawing--;
    }
  }

  private append(samples: Sample[], drawn: Trajectories): void {
    const { stateSize } = this.environment;
    for (let i = 0; i < drawn.count; i++) {
      const x = drawn.terminalState.slice(i * stateSize, (i + 1) * stateSize);
      samples.push({
        state: this.environment.format(x),
        x,
        logReward: drawn.logReward[i],
        logProbability: drawn.logPf[i],
        ...(this.environment.condition === undefined ? {} : { condition: conditionOf(this.environment, x) }),
      });
    }
  }

  private samplingOptions(subject: string, options: SampleOptions, further: readonly string[] = []): SamplingOptions {
    rejectUnknown(subject, options, ['seed', 'firstTrajectory', 'signal', 'condition', ...further]);
    return {
      seed: integerOption('seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER),
      firstTrajectory: integerOption('firstTrajectory', options.firstTrajectory ?? 0, 0, Number.MAX_SAFE_INTEGER),
      signal: signalOption('signal', options.signal),
      condition: conditionOption('condition', options.condition, this.environment),
    };
  }
}

/** The reward given, or that of the model. */
async function rewardOf(
  path: string,
  { environment, reward }: FlowModelDescription,
  given: ResolvedReward | undefined,
  onWarning = warnProcess,
): Promise<EngineReward | undefined> {
  if (given !== undefined) return loadReward(environment, given);
  if (reward === null) return undefined;
  const found = await findReward(path, reward);
  if (typeof found !== 'string') return loadReward(environment, rewardOption('reward', found));
  onWarning(`${path} was trained with ${found}: objects come without rewards; give it in the option reward`);
  return new UnknownReward(environment.stateSize);
}

function warnProcess(message: string): void {
  process.emitWarning(message, { type: 'GflownetWarning', code: 'GFLOWNET_REWARD' });
}

function countOption(count: unknown): number {
  return integerOption('count', count, 1, 2 ** 28);
}

/** The sizes of inputs and outputs against the environment's, before any engine is made. */
function checkFits(path: string, model: DifferentiatedModel, environment: Environment): void {
  const sizes = new Map<string, number>([
    ['forward_logits', environment.actions],
    ['backward_logits', environment.backwardActions],
    ['log_state_flow', 1],
  ]);
  if (!model.outputs.some((output) => output.name === 'forward_logits')) {
    throw new GfnError('ERR_MODEL_ENVIRONMENT', `path: ${path} has no output forward_logits`);
  }
  for (const output of model.outputs) {
    const expected = sizes.get(output.name);
    const [, size] = output.shape;
    if (expected !== undefined && size !== expected) {
      throw new GfnError(
        'ERR_MODEL_ENVIRONMENT',
        `path: ${path}: expected ${String(expected)} ${output.name} for ${environment.name}, got ${String(size)}`,
      );
    }
  }
  try {
    checkObservations(model.observations, environment);
  } catch (error) {
    if (!(error instanceof GfnError)) throw error;
    throw new GfnError(error.code, `path: ${path}: ${error.message}`, { cause: error });
  }
}
