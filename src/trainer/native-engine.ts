import type { Environment } from '../env/environment.ts';
import { GfnError } from '../error.ts';
import {
  fromNative,
  nativeAddon,
  runtimeLibrary,
  type NativeEngineObject,
  type NativeRowTensor,
} from '../native-addon.ts';
import type { ValueInfo } from '../onnx/graph.ts';
import { encodeModel } from '../onnx/protobuf.ts';
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

/** Trajectories drawn by one native call: an abort signal is looked at in between. */
const CHUNK = 8192;

/** The native path: everything runs on a thread of its own, JavaScript only waits. */
export class NativeEngine implements Engine {
  private readonly native: NativeEngineObject;
  private readonly environment: Environment;
  private training = false;
  private disposed = false;

  /** Throws ERR_NATIVE or ERR_RUNTIME when the addon or ONNX Runtime cannot be loaded. */
  constructor(options: EngineOptions) {
    const { environment, model } = options;
    this.environment = environment;
    const observation = model.observations.find((value) => value.name === 'observation');
    if (observation === undefined || model.observations.length !== 1) {
      const names = model.observations.map((value) => value.name).join(', ');
      throw new GfnError(
        'ERR_MODEL_ENVIRONMENT',
        `model: expected one input named observation, got ${names || 'none'}`,
      );
    }
    const { NativeEngine: EngineObject } = nativeAddon();
    this.native = this.guard(
      () =>
        new EngineObject({
          library: runtimeLibrary(),
          environment: { name: environment.name, parameters: environment.parameters },
          model: {
            forward: encodeModel(model.forward),
            gradient: encodeModel(model.gradient),
            observation: rowTensor(observation),
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
    try {
      await this.call(() => this.native.train(options, steps, reportEvery, onReport, keepVisited));
    } finally {
      this.training = false;
    }
  }

  stop(): void {
    this.native.stop();
  }

  async sampleForward(count: number, options: SamplingOptions): Promise<Trajectories> {
    const parts: Trajectories[] = [];
    for (let first = 0; first < count; first += CHUNK) {
      options.signal?.throwIfAborted();
      const chunk = Math.min(CHUNK, count - first);
      parts.push(
        await this.call(() => this.native.sampleForward(chunk, options.seed, options.firstTrajectory + first)),
      );
    }
    return concatenate(parts);
  }

  async sampleBackward(terminalStates: Int32Array, options: SamplingOptions): Promise<Trajectories> {
    const { stateSize } = this.environment;
    const count = terminalStates.length / stateSize;
    const parts: Trajectories[] = [];
    for (let first = 0; first < count; first += CHUNK) {
      options.signal?.throwIfAborted();
      const states = terminalStates.slice(first * stateSize, Math.min(first + CHUNK, count) * stateSize);
      parts.push(
        await this.call(() => this.native.sampleBackward(states, options.seed, options.firstTrajectory + first)),
      );
    }
    return concatenate(parts);
  }

  async exactDistribution(maximumStates: number): Promise<ExactDistribution> {
    return this.call(() => this.native.exactDistribution(maximumStates));
  }

  async initialFlow(): Promise<InitialFlow> {
    const { logStateFlow, logSumExp } = await this.call(() => this.native.initialFlow());
    return { logStateFlow: Number.isNaN(logStateFlow) ? null : logStateFlow, logSumExp };
  }

  async evaluateObjective(
    options: TrainingOptions,
    offset: Int32Array,
    forwardAction: Int32Array,
  ): Promise<ObjectiveEvaluation> {
    return this.call(() => this.native.evaluateObjective(options, offset, forwardAction));
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
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
    if (this.disposed) throw new GfnError('ERR_DISPOSED', 'the engine has been disposed');
  }

  /** The native side knows states as numbers; a message names the object as the environment writes it. */
  private translate(error: unknown): unknown {
    if (error instanceof Error && 'state' in error && error.state instanceof Int32Array) {
      const object = this.environment.format(error.state);
      return new GfnError('ERR_REWARD', `the reward of ${object}: ${error.message}`, { cause: error });
    }
    return fromNative(error);
  }
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

/** Trajectories one after the other. */
export function concatenate(parts: readonly Trajectories[]): Trajectories {
  if (parts.length === 1) return parts[0];
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const offset = new Int32Array(count + 1);
  let at = 0;
  for (const part of parts) {
    const start = offset[at];
    for (let i = 1; i <= part.count; i++) offset[++at] = start + part.offset[i];
  }
  return {
    count,
    offset,
    forwardAction: concatenateIntegers(parts.map((part) => part.forwardAction)),
    terminalState: concatenateIntegers(parts.map((part) => part.terminalState)),
    logReward: concatenateDoubles(parts.map((part) => part.logReward)),
    logPf: concatenateDoubles(parts.map((part) => part.logPf)),
    logPb: concatenateDoubles(parts.map((part) => part.logPb)),
  };
}

function concatenateIntegers(parts: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function concatenateDoubles(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
