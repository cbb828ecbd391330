import { conditionSizeOf, stateText } from '../condition/condition.ts';
import type { ConditionSource } from '../condition/condition-source.ts';
import { DefinedEnvironment } from '../env/defined/defined-environment.ts';
import { EnvironmentSession } from '../env/defined/environment-session.ts';
import type { Environment } from '../env/environment.ts';
import { observationInputs, widthOf } from '../env/observation-input.ts';
import { TemperedEnvironment } from '../env/tempered-environment.ts';
import { disposedError, GfnError } from '../error.ts';
import type { EngineReward } from '../reward/engine-reward.ts';
import { GivenUp, RewardCalls } from '../reward/reward-calls.ts';
import { RewardFile } from '../reward/reward-file.ts';
import { transformNumbers } from '../reward/transform.ts';
import {
  fromNative,
  nativeAddon,
  runtimeLibrary,
  type NativeEngineObject,
  type NativeEngineOptions,
  type NativeEnvironment,
  type NativeRewardGraph,
  type NativeRowTensor,
} from '../native-addon.ts';
import type { ValueInfo } from '../onnx/graph.ts';
import { encodeModel } from '../onnx/protobuf.ts';
import { checkObservations } from './observation-rows.ts';
import type {
  Engine,
  EngineOptions,
  ExactDistribution,
  InitialFlow,
  ObjectiveEvaluation,
  Profile,
  SamplingOptions,
  StepReport,
  Trajectories,
  TrainingOptions,
} from './engine.ts';
import { concatenate, environmentRewards, withRewards, type ScoreStates } from './trajectories.ts';
import { engineArrays, trainingState, type TrainingState } from './training-state.ts';

/** Most trajectories drawn by one native call, and multiplications of the model: an abort is heard in between. */
const LARGEST_CHUNK = 8192;
const CHUNK_MULTIPLICATIONS = 2 ** 35;

/** No condition. */
const NONE = new Int32Array(0);

/** The native path: everything runs on a thread of its own, JavaScript only waits. */
export class NativeEngine implements Engine {
  private readonly native: NativeEngineObject;
  private readonly environment: Environment;
  /** A reward that JavaScript computes: the native side knows all others. */
  private readonly reward: ScoreStates | undefined;
  /** Its calls of training, and all others. */
  private readonly calls: { readonly training: RewardCalls; readonly other: RewardCalls } | undefined;
  private readonly scoresNatively: boolean;
  private readonly chunk: number;
  private hostFailure: unknown;
  private readonly parameterCount: number;
  private training = false;
  /** Whether rewards of batches ahead have been given up. */
  private gaveUp = false;
  private disposed = false;

  /** Throws ERR_NATIVE or ERR_RUNTIME when the addon or ONNX Runtime cannot be loaded. */
  constructor(options: EngineOptions) {
    const { environment, model, conditions } = options;
    const reward = options.reward ?? conditionalReward(environment);
    this.environment = environment;
    this.scoresNatively = reward instanceof RewardFile;
    if (reward !== undefined && !(reward instanceof RewardFile)) {
      const calls = { training: new RewardCalls(reward), other: new RewardCalls(reward) };
      this.calls = calls;
      this.reward = (states, signal) => calls.other.score(states, signal);
    }
    const onFailure = (failure: unknown): void => {
      this.hostFailure = failure;
    };
    checkObservations(model.observations, environment);
    // A state of a trajectory takes about one multiplication for each parameter.
    const trajectory = environment.maximumLength * Math.max(model.parameterCount, 1);
    this.chunk = Math.min(Math.max(Math.floor(CHUNK_MULTIPLICATIONS / trajectory), 1), LARGEST_CHUNK);
    this.parameterCount = model.parameterCount;
    const { NativeEngine: EngineObject } = nativeAddon();
    this.native = this.guard(
      () =>
        new EngineObject({
          library: runtimeLibrary(),
          environment: nativeEnvironment(environment, onFailure),
          model: {
            forward: encodeModel(model.forward),
            gradient: encodeModel(model.gradient),
            observations: observationTensors(model.observations, environment),
            outputs: model.outputs.map(rowTensor),
            kept: model.kept.map(rowTensor),
            parameters: model.parameters,
            parameterCount: model.parameterCount,
            gradientInputs: model.gradient.graph.inputs.map((value) => value.name),
          },
          parameters: options.parameters,
          logZ: options.logZ,
          threads: options.threads,
          memoryBytes: options.memoryBytes,
          reward: nativeReward(this.calls?.training ?? reward, environment, onFailure),
          conditions: conditions === undefined ? null : nativeConditions(conditions, onFailure),
        }),
    );
  }

  get step(): number {
    return this.native.progress().step;
  }

  get visits(): number {
    return this.native.progress().visits;
  }

  get logZ(): number {
    return this.native.progress().logZ;
  }

  profile(): Profile {
    return this.native.progress().profile;
  }

  parameters(): Float32Array {
    return this.guard(() => this.native.parameters());
  }

  async train(
    options: TrainingOptions,
    steps: number,
    reportEvery: number,
    onReport: (report: StepReport) => void,
    keepVisited = false,
  ): Promise<void> {
    if (this.training) throw new GfnError('ERR_BUSY', 'train: training is already under way');
    this.training = true;
    const askAgain = this.gaveUp;
    this.gaveUp = false;
    try {
      await this.call(() => this.native.train(options, steps, reportEvery, onReport, keepVisited, askAgain));
    } catch (error) {
      if (!(error instanceof GivenUp)) throw error;
    } finally {
      this.training = false;
      this.calls?.training.reopen();
    }
  }

  stop(): void {
    this.native.stop();
  }

  giveUp(): void {
    this.stop();
    this.gaveUp = true;
    this.calls?.training.giveUp(new GivenUp());
    if (!this.training) this.calls?.training.reopen();
  }

  async sampleForward(count: number, options: SamplingOptions): Promise<Trajectories> {
    const parts: Trajectories[] = [];
    for (let first = 0; first < count; first += this.chunk) {
      options.signal?.throwIfAborted();
      const chunk = Math.min(this.chunk, count - first);
      parts.push(
        await this.call(() =>
          this.native.sampleForward(chunk, options.seed, options.firstTrajectory + first, options.condition ?? NONE),
        ),
      );
    }
    return withRewards(concatenate(parts), this.reward, options.signal);
  }

  async sampleBackward(terminalStates: Int32Array, options: SamplingOptions): Promise<Trajectories> {
    const { stateSize } = this.environment;
    const count = terminalStates.length / stateSize;
    const parts: Trajectories[] = [];
    for (let first = 0; first < count; first += this.chunk) {
      options.signal?.throwIfAborted();
      const states = terminalStates.slice(first * stateSize, Math.min(first + this.chunk, count) * stateSize);
      parts.push(
        await this.call(() => this.native.sampleBackward(states, options.seed, options.firstTrajectory + first)),
      );
    }
    return withRewards(concatenate(parts), this.reward, options.signal);
  }

  async exactDistribution(maximumStates: number, condition = NONE, signal?: AbortSignal): Promise<ExactDistribution> {
    const exact = await this.call(() => this.native.exactDistribution(maximumStates, condition));
    return withRewards(exact, this.reward, signal);
  }

  async score(terminalStates: Int32Array): Promise<Float64Array> {
    if (this.scoresNatively) return this.call(() => this.native.score(terminalStates));
    this.checkAlive();
    return this.reward?.(terminalStates) ?? environmentRewards(this.environment, terminalStates);
  }

  async initialFlow(condition = NONE): Promise<InitialFlow> {
    const { logStateFlow, logSumExp } = await this.call(() => this.native.initialFlow(condition));
    return { logStateFlow: Number.isNaN(logStateFlow) ? null : logStateFlow, logSumExp };
  }

  async evaluateObjective(
    options: TrainingOptions,
    offset: Int32Array,
    forwardAction: Int32Array,
    conditions = NONE,
  ): Promise<ObjectiveEvaluation> {
    return this.call(() => this.native.evaluateObjective(options, offset, forwardAction, conditions));
  }

  async state(): Promise<TrainingState> {
    const { step, visits, ...arrays } = await this.call(() => this.native.state());
    return trainingState(step, visits, arrays);
  }

  async restore(state: TrainingState): Promise<void> {
    const { step, visits } = state;
    await this.call(() => {
      if (this.training) throw new GfnError('ERR_BUSY', 'restore: expected an engine at rest, got one that trains');
      return this.native.restore({ step, visits, ...engineArrays(state, this.parameterCount) });
    });
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.calls?.training.giveUp(disposedError());
    this.calls?.other.giveUp(disposedError());
    this.native.dispose();
  }

  private async call<T>(work: () => Promise<T>): Promise<T> {
    try {
      this.checkAlive();
      return await work();
    } catch (error) {
      throw this.translate(error);
    }
  }

  private guard<T>(work: () => T): T {
    try {
      this.checkAlive();
      return work();
    } catch (error) {
      throw this.translate(error);
    }
  }

  private checkAlive(): void {
    if (this.disposed) throw disposedError();
  }

  /** The native side knows states as numbers; a message names the object as the environment writes it. */
  private translate(error: unknown): unknown {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_HOST') return this.hostFailure;
    if (error instanceof Error && 'state' in error && error.state instanceof Int32Array) {
      const object = stateText(this.environment, error.state);
      return new GfnError('ERR_REWARD', `the reward of ${object}: ${error.message}`, { cause: error });
    }
    return fromNative(error);
  }
}

/** What the addon takes of an environment; `onFailure` hears of errors that one of the user's own throws meanwhile. */
function nativeEnvironment(environment: Environment, onFailure: (failure: unknown) => void): NativeEnvironment {
  const tempered = environment instanceof TemperedEnvironment ? environment : null;
  const temperature = tempered?.temperature ?? null;
  const own = tempered?.base ?? environment;
  const { name, parameters, actions, backwardActions, maximumLength } = own;
  if (!(own instanceof DefinedEnvironment)) return { name, parameters, temperature };
  const session = new EnvironmentSession(own);
  return {
    temperature,
    conditionSize: conditionSizeOf(own),
    actions,
    backwardActions,
    observationBounds: Int32Array.from(
      observationInputs(own.ownObservation).flatMap((input) =>
        new Array<number>(widthOf(input)).fill('values' in input ? 0 : input.size),
      ),
    ),
    maximumLength,
    ...own.hosting,
    tableBytes: own.hosting.compile ? own.hosting.tableBytes : own.keptBytes,
    answer: (question, states, taken, respond) => {
      session.answer(question, states, taken).then(respond, (failure: unknown) => {
        onFailure(failure);
        respond(null);
      });
    },
  };
}

function observationTensors(
  observations: readonly ValueInfo[],
  environment: Environment,
): NativeEngineOptions['model']['observations'] {
  return observationInputs(environment.observation).map((input) => ({
    ...rowTensor(observations.find(({ name }) => name === input.name)!),
    width: widthOf(input),
    values: 'values' in input,
  }));
}

/**
 * Rewards of an environment of the user's own that depend on a condition; undefined for others, whose rewards the native
 * side knows.
 */
function conditionalReward(environment: Environment): EngineReward | undefined {
  if (!(environment instanceof DefinedEnvironment) || conditionSizeOf(environment) === 0) return undefined;
  return { score: (states) => environment.logRewards(states) };
}

function nativeReward(
  reward: EngineReward | undefined,
  environment: Environment,
  onFailure: (failure: unknown) => void,
): NativeEngineOptions['reward'] {
  if (reward === undefined) return null;
  if (reward instanceof RewardFile) return nativeRewardGraph(reward, environment);
  return (terminalStates, respond) => {
    reward.score(terminalStates).then(respond, (failure: unknown) => {
      onFailure(failure);
      respond(null);
    });
  };
}

function nativeConditions(
  conditions: ConditionSource,
  onFailure: (failure: unknown) => void,
): NonNullable<NativeEngineOptions['conditions']> {
  return (seed, first, count, respond) => {
    try {
      respond(conditions.bits(seed, first, count));
    } catch (failure) {
      onFailure(failure);
      respond(null);
    }
  };
}

function nativeRewardGraph(
  { bytes, inputs, output, options, scored }: RewardFile,
  environment: Environment,
): NativeRewardGraph {
  const { scale, transform, floor, cache } = options;
  const [first = 0, second = 0] = transformNumbers(transform);
  return {
    model: bytes,
    // What the environment shows comes before the state; that of a temperature comes after all else.
    inputs: inputs.map(({ info, input, first, isState }) => ({
      ...rowTensor(info),
      width: widthOf(input),
      values: 'values' in input,
      first: isState ? environment.observation.width : first,
    })),
    scoredSize: scored.stateSize,
    output: rowTensor(output),
    kind: scale === 'log' ? 'log' : transform.kind,
    first,
    second,
    floor,
    cache,
  };
}

function rowTensor(value: ValueInfo): NativeRowTensor {
  const shape = value.shape.slice(1).map((size) => {
    if (typeof size === 'number') return size;
    throw new GfnError(
      'ERR_MODEL_ENVIRONMENT',
      `model: expected ${value.name} to have fixed sizes after its rows, got ${size}`,
    );
  });
  return { name: value.name, type: value.type, shape };
}
