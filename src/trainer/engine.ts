import type { ConditionSource } from '../condition/condition-source.ts';
import type { Environment } from '../env/environment.ts';
import type { Objective } from '../objective/objective.ts';
import type { DifferentiatedModel } from '../onnx/differentiated-model.ts';
import type { EngineReward } from '../reward/engine-reward.ts';
import type { OffPolicy } from './off-policy.ts';
import type { Schedule } from './schedule.ts';
import type { TrainingState } from './training-state.ts';

/** What an engine is made of. Engines copy the parameters; they never change what they are given. */
export interface EngineOptions {
  readonly environment: Environment;
  readonly model: DifferentiatedModel;
  readonly parameters: Float32Array;
  readonly logZ: number;
  readonly threads: number;
  /** Memory that rows may take; larger batches are processed in micro-batches. */
  readonly memoryBytes: number;
  /** Takes the place of the environment's own reward. */
  readonly reward?: EngineReward;
  /** Conditions to train under; none where there are none, or nothing is trained. */
  readonly conditions?: ConditionSource;
}

/** Everything a training step depends on; all values are resolved and checked. */
export interface TrainingOptions {
  readonly objective: Objective;
  readonly batchSize: number;
  readonly seed: number;
  /** Reward exponent β, applied to log R once. */
  readonly beta: number;
  /** ε: probability of a uniformly drawn action. */
  readonly exploration: Schedule;
  /** The behaviour policy's logits are divided by it. */
  readonly temperature: Schedule;
  readonly learningRate: Schedule;
  readonly learningRateLogZ: Schedule;
  /** Decoupled weight decay (Loshchilov and Hutter 2019). */
  readonly weightDecay: number;
  /** Largest global norm of the gradient; 0: no clipping. */
  readonly clip: number;
  readonly offPolicy: OffPolicy;
  /** Trajectories of a batch, one after the other, that share a condition. */
  readonly trajectoriesPerCondition: number;
}

/** Terminal states that training has visited, in the order of their trajectories. */
export interface Visited {
  readonly count: number;
  /** [count × stateSize] */
  readonly terminalState: Int32Array;
  /** [count] log R(x) at β = 1. */
  readonly logReward: Float64Array;
}

/** One optimiser update on one batch. */
export interface StepReport {
  /** Steps done, this one included. */
  readonly step: number;
  /** Reward evaluations so far, repeats counted. */
  readonly visits: number;
  readonly loss: number;
  /** The objective's estimate of log Σ R^β, before the update; with conditions its mean over the batch. */
  readonly logZ: number;
  /** Mean of log R(x) at β = 1 over the batch. */
  readonly meanLogReward: number;
  /** Mean number of transitions. */
  readonly meanLength: number;
  /** Distinct states that the model evaluated. */
  readonly rows: number;
  /** Global norm of the gradient before clipping. */
  readonly gradientNorm: number;
  /** Objects of this step and of those since the last report; null unless asked for. */
  readonly visited: Visited | null;
}

/** Seconds that training steps have spent in each of their parts, added up since the engine was made. */
export interface Profile {
  /** States, masks, draws, rewards, packing: all of the sampler but the model. */
  readonly sampling: number;
  /** Forward calls of the model. */
  readonly forward: number;
  /** Policies, objective, gradients by the model's outputs. */
  readonly loss: number;
  /** The gradient graph. */
  readonly backward: number;
  /** Norm of the gradient and optimiser. */
  readonly update: number;
}

/** N trajectories and their log-probabilities under the current, unperturbed policy. */
export interface Trajectories {
  readonly count: number;
  /** [N + 1] */
  readonly offset: Int32Array;
  /** [T] */
  readonly forwardAction: Int32Array;
  /** [N × stateSize] */
  readonly terminalState: Int32Array;
  /** [N] at β = 1. */
  readonly logReward: Float64Array;
  /** [N] Σ log P_F of each trajectory. */
  readonly logPf: Float64Array;
  /** [N] Σ log P_B of each trajectory. */
  readonly logPb: Float64Array;
}

/** Every terminal state with its probability, in the order of a breadth-first search that takes actions in order. */
export interface ExactDistribution {
  readonly count: number;
  /** [count × stateSize] */
  readonly terminalState: Int32Array;
  /** [count] at β = 1. */
  readonly logReward: Float64Array;
  /** [count] p_θ(x). */
  readonly probability: Float64Array;
}

/** Loss and gradients of given trajectories: what the parity tests compare. */
export interface ObjectiveEvaluation {
  readonly loss: number;
  /** d loss / d parameters, flat. */
  readonly gradient: Float32Array;
  readonly gradientLogZ: number;
  /** [T] per transition. */
  readonly logPf: Float64Array;
  /** [T] */
  readonly logPb: Float64Array;
}

/** What the model says of the initial state. */
export interface InitialFlow {
  /** log F(s0), null without a state-flow output. */
  readonly logStateFlow: number | null;
  /** logsumexp of the allowed logits. */
  readonly logSumExp: number;
}

/** Random numbers of a sampling call: seed and number of its first trajectory. */
export interface SamplingOptions {
  readonly seed: number;
  readonly firstTrajectory: number;
  readonly signal?: AbortSignal;
  /** Bits of the condition of all trajectories that are drawn forward; zeros unless given. */
  readonly condition?: Int32Array;
}

/**
 * The work behind a trainer and a flow model: one of the two paths. Calls take turns; a call made while `train` runs
 * is served between two steps. `step`, `visits`, `logZ` and `parameters` are those after the last finished step.
 */
export interface Engine {
  readonly step: number;
  readonly visits: number;
  readonly logZ: number;
  /** Where the time went; null on the TypeScript path, which does not measure it. */
  profile(): Profile | null;
  /** A copy of the flat parameters. */
  parameters(): Float32Array;

  /**
   * Trains `steps` steps more, or until `stop` or `giveUp` is called. Reports every `reportEvery` steps and the last
   * one, with the objects visited if `keepVisited`. A step that fails changes nothing: it is done again, with the same
   * random numbers, by the next call.
   */
  train(
    options: TrainingOptions,
    steps: number,
    reportEvery: number,
    onReport: (report: StepReport) => void,
    keepVisited?: boolean,
  ): Promise<void>;
  /** Ends `train` after the step under way. */
  stop(): void;
  /** Ends `train` like `stop`, or at once if the step under way waits for a reward function: that step is given up. */
  giveUp(): void;

  sampleForward(count: number, options: SamplingOptions): Promise<Trajectories>;
  /** One trajectory backward from each of the given terminal states ([N × stateSize]), drawn from P_B. */
  sampleBackward(terminalStates: Int32Array, options: SamplingOptions): Promise<Trajectories>;
  /** Here and below `condition` holds bits, empty for an environment without conditions. */
  exactDistribution(maximumStates: number, condition?: Int32Array, signal?: AbortSignal): Promise<ExactDistribution>;
  /** log R at β = 1 of terminal states ([N × stateSize]). */
  score(terminalStates: Int32Array): Promise<Float64Array>;
  initialFlow(condition?: Int32Array): Promise<InitialFlow>;
  /**
   * Loss and gradient on the trajectories with the given actions and conditions (bits), by the rewards that training has;
   * changes nothing.
   */
  evaluateObjective(
    options: TrainingOptions,
    offset: Int32Array,
    forwardAction: Int32Array,
    conditions?: Int32Array,
  ): Promise<ObjectiveEvaluation>;
  /** What the next step depends on, after the last finished step: also while one waits for a reward function. */
  state(): Promise<TrainingState>;
  /** Goes on from a state. Throws ERR_BUSY while training, ERR_CHECKPOINT for a state of another model. */
  restore(state: TrainingState): Promise<void>;
  /** Frees native memory; stops training first. Later calls throw ERR_DISPOSED. */
  dispose(): void;
}
