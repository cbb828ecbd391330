import type { Environment } from '../env/environment.ts';
import { GfnError } from '../error.ts';
import type { Objective } from '../objective/objective.ts';
import { differentiate } from '../onnx/differentiate.ts';
import type { DifferentiatedModel } from '../onnx/differentiated-model.ts';
import type { Model } from '../onnx/graph.ts';
import { withParameters } from '../onnx/parameter-slots.ts';
import { integerOption, rejectUnknown, signalOption, stringOption } from '../options.ts';
import type { Engine, ExactDistribution, Trajectories } from '../trainer/engine.ts';
import { makeEngine } from '../trainer/make-engine.ts';
import {
  backendOption,
  environmentOption,
  memoryOption,
  threadsOption,
  type Backend,
} from '../trainer/trainer-options.ts';
import { evaluateModel, type EvaluateOptions, type Evaluation } from './evaluation.ts';
import { describedBy, readModel, withDescription, writeModel } from './flow-model-file.ts';

export interface LoadOptions {
  readonly backend?: Backend;
  readonly threads?: number;
  readonly memoryBytes?: number;
  /** For a file that names no environment. */
  readonly environment?: Environment;
}

export interface SampleOptions {
  /** Seed of the trajectories: an integer in [0, 2^53), default 0. */
  readonly seed?: number;
  /** Number of the first trajectory, default 0: with the same seed, calls that go on from one another never repeat. */
  readonly firstTrajectory?: number;
  readonly signal?: AbortSignal;
}

/** One sampled object. */
export interface Sample {
  /** The object as its environment writes it. */
  readonly state: string;
  /** [stateSize] */
  readonly x: Int32Array;
  /** log R(x) at β = 1. */
  readonly logReward: number;
  /** log P_F of the trajectory that built it. */
  readonly logProbability: number;
}

/** States up to which an exact distribution is computed unless told otherwise. */
export const DEFAULT_MAXIMUM_STATES = 2 ** 22;

/** A trained flow model: samples objects with p(x) ∝ R(x)^β as far as it has learned to, and says how far that is. */
export class FlowModel {
  readonly environment: Environment;
  readonly objective: Objective | null;
  readonly beta: number;

  /** Used by `Trainer` and `FlowModel.load`. */
  constructor(
    private readonly engine: Engine,
    private readonly model: Model,
    private readonly differentiated: DifferentiatedModel,
    description: { environment: Environment; objective: Objective | null; beta: number },
  ) {
    this.environment = description.environment;
    this.objective = description.objective;
    this.beta = description.beta;
  }

  /**
   * Opens a file written by `save`. Throws ERR_MODEL_FILE, ERR_MODEL_ENVIRONMENT, ERR_OPERATOR, ERR_NATIVE or
   * ERR_RUNTIME.
   */
  static async load(path: string, options: LoadOptions = {}): Promise<FlowModel> {
    rejectUnknown('FlowModel.load', options, ['backend', 'threads', 'memoryBytes', 'environment']);
    const model = await readModel(stringOption('path', path));
    const given = options.environment ?? undefined;
    const description = describedBy(path, model, given === undefined ? undefined : environmentOption(given));
    const differentiated = differentiate(model);
    checkFits(path, differentiated, description.environment);
    const engine = makeEngine(backendOption(options.backend ?? 'native'), {
      environment: description.environment,
      model: differentiated,
      parameters: differentiated.initialParameters,
      logZ: description.logZ,
      threads: threadsOption(options.threads),
      memoryBytes: memoryOption(options.memoryBytes),
    });
    return new FlowModel(engine, model, differentiated, description);
  }

  /** Writes one ordinary ONNX file with the environment's description as metadata; replaces an older one at once. */
  async save(path: string): Promise<void> {
    const { environment, objective, beta } = this;
    const current = withParameters(this.model, this.differentiated.parameters, this.engine.parameters());
    await writeModel(
      stringOption('path', path),
      withDescription(current, { environment, objective, beta, logZ: this.engine.logZ }),
    );
  }

  /** Draws objects. The same seed gives the same objects, whatever the backend's number of threads. */
  async sample(count: number, options: SampleOptions = {}): Promise<Sample[]> {
    const { stateSize } = this.environment;
    const drawn = await this.sampleTrajectories(count, options);
    return Array.from({ length: drawn.count }, (_, i) => {
      const x = drawn.terminalState.slice(i * stateSize, (i + 1) * stateSize);
      return {
        state: this.environment.format(x),
        x,
        logReward: drawn.logReward[i],
        logProbability: drawn.logPf[i],
      };
    });
  }

  /** Draws trajectories into plain arrays: what high throughput wants. */
  async sampleTrajectories(count: number, options: SampleOptions = {}): Promise<Trajectories> {
    rejectUnknown('sample', options, ['seed', 'firstTrajectory', 'signal']);
    return this.engine.sampleForward(integerOption('count', count, 1, 2 ** 28), {
      seed: integerOption('seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER),
      firstTrajectory: integerOption('firstTrajectory', options.firstTrajectory ?? 0, 0, Number.MAX_SAFE_INTEGER),
      signal: signalOption('signal', options.signal),
    });
  }

  /** p_θ of every terminal state. ERR_NOT_ENUMERABLE for an environment of more than `maximumStates` states. */
  async exactDistribution(maximumStates = DEFAULT_MAXIMUM_STATES): Promise<ExactDistribution> {
    return this.engine.exactDistribution(integerOption('maximumStates', maximumStates, 1, 2 ** 31 - 2));
  }

  /** How close p_θ is to R^β / Z, by every metric that can be computed; the others are null. */
  async evaluate(options: EvaluateOptions = {}): Promise<Evaluation> {
    return evaluateModel(this.engine, this, options);
  }

  /** Frees native memory. Later calls throw ERR_DISPOSED. */
  dispose(): void {
    this.engine.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
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
  for (const observation of model.observations) {
    const expected = observation.type === 'int64' ? environment.observation.width : environment.observation.size;
    const [, size] = observation.shape;
    if (observation.name !== 'observation' || size !== expected) {
      throw new GfnError(
        'ERR_MODEL_ENVIRONMENT',
        `path: ${path}: expected the input observation of width ${String(expected)} for ${environment.name}, ` +
          `got ${observation.name} of width ${String(size)}`,
      );
    }
  }
}
