import type { ConditionSpec, Environment, EnvironmentParameters, Modes, ObservationSpec } from './environment.ts';
import { observationInputs } from './observation-input.ts';

/** Name of the model's input that a condition fills. */
export const CONDITION_INPUT = 'condition';

const number = new Float32Array(1);
const bits = new Int32Array(number.buffer);

/** The float32 number whose bits these are. */
export function numberOf(integer: number): number {
  bits[0] = integer;
  return number[0];
}

/** The bits of a number, rounded to float32. */
export function bitsOfNumber(value: number): number {
  number[0] = value;
  return bits[0];
}

/** 64-bit words of a key that a condition takes. */
export function conditionWords(size: number): number {
  return Math.ceil(size / 2);
}

/** Writes the `size` integers of a condition, from `start` of a state on, to a key from its 32-bit half `at` on. */
export function writeConditionKey(state: Int32Array, start: number, size: number, key: Uint32Array, at: number): void {
  key[at + size] = 0; // the second half of the last word; beyond the key where there is none
  for (let i = 0; i < size; i++) key[at + i] = state[start + i];
}

/** What is seen of a state, followed by an input of so many numbers for its condition. */
export function withConditionInput(observation: ObservationSpec, values: number): ObservationSpec {
  return {
    width: observation.width + values,
    size: observation.size + values,
    inputs: [...observationInputs(observation), { name: CONDITION_INPUT, values }],
  };
}

/** What an environment becomes under conditions. */
export interface Conditioning {
  readonly name: string;
  readonly parameters: EnvironmentParameters;
  readonly condition: ConditionSpec;
  /** Numbers that the model sees of a condition. */
  readonly seen: number;
}

/**
 * An environment with the condition of its trajectory: after its own integers a state has those of the condition. The
 * condition belongs to a state's key, the model sees it in an input of its own, and rewards depend on it; actions do
 * not. `native/env/conditioned.hpp` is the twin.
 */
export abstract class ConditionedEnvironment implements Environment {
  readonly name: string;
  readonly parameters: EnvironmentParameters;
  readonly stateSize: number;
  readonly actions: number;
  readonly backwardActions: number;
  readonly keyWords: number;
  readonly observation: ObservationSpec;
  readonly maximumLength: number;
  readonly modes: Modes | null;
  readonly condition: ConditionSpec;

  constructor(
    /** The environment without the condition. */
    readonly base: Environment,
    { name, parameters, condition, seen }: Conditioning,
  ) {
    this.name = name;
    this.parameters = parameters;
    this.condition = condition;
    this.stateSize = base.stateSize + condition.size;
    this.actions = base.actions;
    this.backwardActions = base.backwardActions;
    this.keyWords = base.keyWords + conditionWords(condition.size);
    this.observation = withConditionInput(base.observation, seen);
    this.maximumLength = base.maximumLength;
    this.modes = base.modes;
    if (base.testSet !== undefined) this.testSet = () => this.conditioned(base.testSet!());
  }

  testSet?: () => Int32Array;

  abstract logReward(x: Int32Array): number;
  /** Writes what the model sees of the state's condition from `offset` on. */
  protected abstract observeCondition(state: Int32Array, integers: Int32Array, offset: number): void;

  get terminalCount(): number {
    return this.base.terminalCount;
  }

  get stateCount(): number {
    return this.base.stateCount;
  }

  initial(state: Int32Array): void {
    this.base.initial(state);
    state.fill(0, this.base.stateSize, this.stateSize);
  }

  allowed(state: Int32Array, action: number): boolean {
    return this.base.allowed(state, action);
  }

  apply(state: Int32Array, action: number): number {
    return this.base.apply(state, action);
  }

  backwardAllowed(state: Int32Array, backward: number): boolean {
    return this.base.backwardAllowed(state, backward);
  }

  undo(state: Int32Array, backward: number): number {
    return this.base.undo(state, backward);
  }

  isTerminal(state: Int32Array): boolean {
    return this.base.isTerminal(state);
  }

  key(state: Int32Array, key: Uint32Array): void {
    this.base.key(state, key);
    writeConditionKey(state, this.base.stateSize, this.condition.size, key, 2 * this.base.keyWords);
  }

  observe(state: Int32Array, indices: Int32Array): void {
    this.base.observe(state, indices);
    this.observeCondition(state, indices, this.base.observation.width);
  }

  /** The object without its condition. */
  format(state: Int32Array): string {
    return this.base.format(state);
  }

  /** The object under a condition of zeros. */
  parse(text: string): Int32Array {
    return this.conditioned(this.base.parse(text));
  }

  /** States of the environment without a condition, [N × its stateSize], under a condition of zeros. */
  private conditioned(states: Int32Array): Int32Array {
    const size = this.base.stateSize;
    const all = new Int32Array((states.length / size) * this.stateSize);
    for (let i = 0; i * size < states.length; i++) {
      all.set(states.subarray(i * size, (i + 1) * size), i * this.stateSize);
    }
    return all;
  }
}
