import type { ConditionDistribution } from '../../condition/condition-distribution.ts';
import type { ConditionRange, EnvironmentParameters, Modes, ObservationSpec } from '../environment.ts';

/** What identifies a state: equal exactly for equal states. */
export type StateIdentity = string | bigint | readonly number[];

/** One input of the model: `width` indices, each in [0, size), or `values` numbers. */
export type ObservationPart = ObservationSpec | { readonly values: number };

/** The model's inputs: one of indices, named `observation`, or several by name. */
export type ObservationParts = ObservationSpec | Readonly<Record<string, ObservationPart>>;

/** What is seen of a state: the numbers of the one input, or those of each by name. */
export type Observed = readonly number[] | Readonly<Record<string, readonly number[]>>;

/** The condition of a user's environment. */
export interface ConditionOptions {
  /** Numbers of a condition. */
  readonly size: number;
  /** What each of them may be; default any finite number. */
  readonly range?: ConditionRange;
  /** How training draws conditions unless the trainer is told otherwise. */
  readonly distribution?: ConditionDistribution;
}

/**
 * A Markov decision process that builds objects step by step, as `defineEnvironment` takes it: one state at a time, of
 * any type, never changed in place.
 *
 * Its laws are those of `Environment`, and `defineEnvironment` checks them: the state graph has no cycle, every state
 * but the initial one has an allowed backward action, a live state has an allowed action and a terminal state has
 * none, undoing an action gives the state before, redoing an undone one too, two actions of a state never lead to the
 * same state, and keys are equal exactly for equal states.
 */
export interface EnvironmentDescription<State> {
  /** What saved models and errors call it. */
  readonly name: string;
  /** What the name leaves open: saved with a model, compared when one is loaded. */
  readonly parameters?: EnvironmentParameters;
  /** Number of forward actions; the smallest is 0. */
  readonly actions: number;
  /** Number of backward actions; as many as forward ones unless told otherwise. */
  readonly backwardActions?: number;
  /** Most transitions of a trajectory. */
  readonly maximumLength: number;
  /**
   * A condition that every trajectory has: so many numbers, which `logReward` depends on and the model sees, in an input
   * named `condition`. Actions, keys and `observe` have no part in it.
   */
  readonly condition?: ConditionOptions;
  /** What `observe` returns: `{ width, size }` for so many indices, each in [0, size), or several such parts by name. */
  readonly observation: ObservationParts;

  initial(): State;
  allowed(state: State, action: number): boolean;
  /** The state after an allowed action: a new one, `state` stays as it is. */
  apply(state: State, action: number): State;
  isTerminal(state: State): boolean;
  /** Whether a backward action leads to a parent. */
  backwardAllowed(state: State, backward: number): boolean;
  /** The parent that an allowed backward action leads to: a new state, `state` stays as it is. */
  undo(state: State, backward: number): State;
  key(state: State): StateIdentity;
  observe(state: State): Observed;
  /** log R(x) at β = 1 of a terminal state, under a condition if there is one; −Infinity for R = 0. */
  logReward(state: State, condition: readonly number[]): number;
  /** The object as text; its key unless told otherwise. */
  format?(state: State): string;
  /** The terminal state with that text; without it, objects are given by the actions that build them: `0,2,5`. */
  parse?(text: string): State;

  /** The backward action that undoes an action; the same number unless told otherwise. */
  backwardOf?(state: State, action: number): number;
  /** The action that redoes an undone backward one; the same number unless told otherwise. */
  forwardOf?(state: State, backward: number): number;

  /** Objects of high reward that a run is expected to find, by terminal state. */
  readonly modes?: Omit<Modes, 'of'> & { of(state: State): readonly number[] };
}
