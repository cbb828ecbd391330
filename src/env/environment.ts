import type { ResolvedConditionDistribution } from '../condition/condition-distribution.ts';

/** JSON values that describe an environment: enough to rebuild it from its name. */
export type ParameterValue = number | string | boolean | readonly number[] | readonly string[];
export type EnvironmentParameters = Readonly<Record<string, ParameterValue>>;

/** A named input of the model that a state fills: `width` indices, each in [0, size), or `values` numbers. */
export type ObservationInput =
  | { readonly name: string; readonly width: number; readonly size: number }
  | { readonly name: string; readonly values: number };

/**
 * What the model sees of a state: `width` integers. Without `inputs` they are indices in [0, size), and a dense model
 * input, `observation`, is the sum of their one-hots. `inputs` says which of them fill which input, one input after the
 * other; a number is the bits of a float32. `width` and `size` are then those of all inputs together.
 */
export interface ObservationSpec {
  readonly width: number;
  readonly size: number;
  readonly inputs?: readonly ObservationInput[];
}

/** Objects of high reward that a run is expected to find. */
export interface Modes {
  readonly count: number;
  /** What counts as finding one, in words: printed beside the figure. */
  readonly definition: string;
  /** The modes (numbers in [0, count)) that the terminal state x counts for. */
  of(x: Int32Array): readonly number[];
}

/** The smallest and the largest number of a condition. */
export interface ConditionRange {
  readonly minimum: number;
  readonly maximum: number;
}

/** The condition of an environment's trajectories. */
export interface ConditionSpec {
  /** Numbers of a condition. */
  readonly size: number;
  /** What each of them may be, where not every number is a condition. */
  readonly range?: ConditionRange;
  /** How training draws conditions unless told otherwise; null: it must be told. */
  readonly distribution: ResolvedConditionDistribution | null;
}

/**
 * A Markov decision process that builds objects step by step.
 *
 * A state is `stateSize` 32-bit integers; methods that change a state do so in place. `native/env` has the same
 * process in C++, bit for bit; this one is its specification.
 *
 * Laws, tested for every registered environment: `undo(apply(s, a))` restores s and returns a; `apply` and `undo` are
 * called on allowed actions only; two different allowed actions of a state lead to different states, and two
 * different backward actions to different parents; equal keys mean equal states; a live state has an allowed action,
 * a terminal state has none; every state but the initial one has a backward action; every trajectory ends within
 * `maximumLength` transitions.
 */
export interface Environment {
  readonly name: string;
  readonly parameters: EnvironmentParameters;
  readonly stateSize: number;
  readonly actions: number;
  readonly backwardActions: number;
  /** 64-bit words of a key. */
  readonly keyWords: number;
  readonly observation: ObservationSpec;
  /** Most transitions of a trajectory. */
  readonly maximumLength: number;
  /** Number of terminal states that can be reached; Infinity when it is above 2^53. */
  readonly terminalCount: number;
  /** Number of states in all, terminal ones included (an upper bound is enough); Infinity when it is above 2^53. */
  readonly stateCount: number;
  readonly modes: Modes | null;
  /**
   * A condition, float32 numbers, that each trajectory has; none unless given. Their bits are the last integers of a
   * state, counted in `stateSize`, zeros in what `initial` and `parse` write, and the same in all states of a
   * trajectory. Rewards depend on them, and so does what the model is asked; which actions there are does not.
   */
  readonly condition?: ConditionSpec;

  initial(state: Int32Array): void;
  allowed(state: Int32Array, action: number): boolean;
  /** Takes a forward action; returns the backward action that undoes it. */
  apply(state: Int32Array, action: number): number;
  backwardAllowed(state: Int32Array, backward: number): boolean;
  /** Takes a backward action; returns the forward action that redoes it in the parent. */
  undo(state: Int32Array, backward: number): number;
  isTerminal(state: Int32Array): boolean;
  /** Writes the identity of the state: 2·keyWords unsigned 32-bit halves, low half first. */
  key(state: Int32Array, key: Uint32Array): void;
  /** Writes observation.width integers. Defined for terminal states too. */
  observe(state: Int32Array, indices: Int32Array): void;
  /** log R(x) at β = 1 of a terminal state; −Infinity for R = 0. */
  logReward(x: Int32Array): number;
  /** A fixed set of terminal states ([n × stateSize]) that published correlations are computed on, if there is one. */
  testSet?(): Int32Array;
  /** The object as text, e.g. `3,7` or `0110`. Defined for any state. */
  format(state: Int32Array): string;
  /** The terminal state with that text; throws ERR_ARGUMENT if there is none. */
  parse(text: string): Int32Array;
}
