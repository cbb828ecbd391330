import { GfnError } from '../error.ts';

/** Arrays that a training state and a checkpoint can hold. */
export type SectionData = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array | BigUint64Array;

/**
 * Everything that the next training step depends on, as it is after one exact step: an engine that restores it goes on
 * as the one that gave it, bit for bit. Sections that an engine does not know are left alone.
 */
export interface TrainingState {
  /** Steps done. */
  readonly step: number;
  /** Reward evaluations so far: the number of the next trajectory, which is the position in the random numbers. */
  readonly visits: number;
  /**
   * Copies, by name. Both engines have `parameters`, `adam.mean` and `adam.square`, [parameters] each in float32, and
   * `logZ`: its value, mean and square in float64.
   */
  readonly sections: Readonly<Record<string, SectionData>>;
}

/** What batches are composed of: a replay buffer, and batches sampled ahead. */
export interface OffPolicyArrays {
  /** [objects × stateSize] */
  readonly replayTerminalState: Int32Array;
  /** [objects] */
  readonly replayLogReward: Float64Array;
  /** [objects + 1] when each was added, and how many have been; empty without a buffer. */
  readonly replayAge: Float64Array;
  /** [batches] trajectories that were drawn for a batch, the first ones of its recorded ones. */
  readonly aheadDrawn: Int32Array;
  /** [batches] */
  readonly aheadRecorded: Int32Array;
  /** [trajectories] */
  readonly aheadLength: Int32Array;
  /** [transitions] */
  readonly aheadAction: Int32Array;
  /** [trajectories] NaN: not known. */
  readonly aheadLogReward: Float64Array;
  /** [trajectories] 1: built for its batch. */
  readonly aheadFresh: Int32Array;
  /** [drawn × stateSize] */
  readonly aheadTerminalState: Int32Array;
  /** [trajectories × conditionSize] bits. */
  readonly aheadCondition: Int32Array;
}

const offPolicySections = {
  replayTerminalState: Int32Array,
  replayLogReward: Float64Array,
  replayAge: Float64Array,
  aheadDrawn: Int32Array,
  aheadRecorded: Int32Array,
  aheadLength: Int32Array,
  aheadAction: Int32Array,
  aheadLogReward: Float64Array,
  aheadFresh: Int32Array,
  aheadTerminalState: Int32Array,
  aheadCondition: Int32Array,
} as const satisfies { readonly [K in keyof OffPolicyArrays]: new (length: number) => OffPolicyArrays[K] };

/** The sections that both engines have. */
export interface EngineArrays {
  /** [P] */
  readonly parameters: Float32Array;
  /** [P] first moment of Adam. */
  readonly mean: Float32Array;
  /** [P] second moment of Adam. */
  readonly square: Float32Array;
  /** [3] value, first and second moment. */
  readonly logZ: Float64Array;
  readonly offPolicy: OffPolicyArrays;
}

export function trainingState(step: number, visits: number, arrays: EngineArrays): TrainingState {
  const { parameters, mean, square, logZ, offPolicy } = arrays;
  // A trainer on policy has none of these sections.
  const present = Object.entries<SectionData>({ ...offPolicy }).filter(([, data]) => data.length > 0);
  const sections = { parameters, 'adam.mean': mean, 'adam.square': square, logZ, ...Object.fromEntries(present) };
  return { step, visits, sections };
}

/** The engines' sections of a state. Throws ERR_CHECKPOINT if one is missing, of another type or of another length. */
export function engineArrays(state: TrainingState, parameters: number): EngineArrays {
  return {
    parameters: requiredSection(state, 'parameters', Float32Array, parameters),
    mean: requiredSection(state, 'adam.mean', Float32Array, parameters),
    square: requiredSection(state, 'adam.square', Float32Array, parameters),
    logZ: requiredSection(state, 'logZ', Float64Array, 3),
    offPolicy: Object.fromEntries(
      Object.entries<new (length: number) => SectionData>(offPolicySections).map(([name, type]) => [
        name,
        name in state.sections ? requiredSection(state, name, type) : new type(0),
      ]),
    ) as unknown as OffPolicyArrays,
  };
}

/** The section with that name. Throws ERR_CHECKPOINT if it is missing, of another type or of another length than given. */
export function requiredSection<T extends SectionData>(
  state: TrainingState,
  name: string,
  type: new (length: number) => T,
  length?: number,
): T {
  const data = (state.sections as Readonly<Partial<Record<string, SectionData>>>)[name];
  if (data instanceof type && data.length === (length ?? data.length)) return data;
  const got = data === undefined ? 'none' : `${data.constructor.name} of ${data.length}`;
  const expected = length === undefined ? type.name : `${type.name} of ${length}`;
  throw new GfnError('ERR_CHECKPOINT', `state: expected section ${name}, ${expected}, got ${got}`);
}
