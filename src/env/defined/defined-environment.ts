import { setImmediate } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { conditionOf } from '../../condition/condition.ts';
import { GfnError } from '../../error.ts';
import { stringOption } from '../../options.ts';
import { conditionWords, withConditionInput, writeConditionKey } from '../conditioned-environment.ts';
import type { ConditionSpec, Environment, EnvironmentParameters, Modes, ObservationSpec } from '../environment.ts';
import type { EnvironmentDescription } from './environment-description.ts';
import { backwardOf, forwardOf } from './leading-back.ts';
import { writeObserved } from './observation.ts';
import { stateAt, pathTo } from './state-path.ts';
import { comparable, StateRegistry } from './state-registry.ts';

/** How an environment of the user's own runs under the native backend. */
export interface HostingOptions {
  /**
   * Whether all states are found before the first batch, so that no step waits for JavaScript; ERR_TOO_LARGE when they
   * take more than `tableBytes`. Without it, states are kept as they are found while they take no more.
   */
  readonly compile: boolean;
  /** Memory for states that are kept. */
  readonly tableBytes: number;
}

/** States counted before `stateCount` and `terminalCount` are taken for infinite. */
const COUNTED_STATES = 2 ** 17;

interface Counts {
  readonly states: number;
  readonly terminal: number;
}

/** States that are kept as they are found; a Map takes 2²⁴. */
const KEPT_STATES = 2 ** 22;

/** Milliseconds of scoring or counting after which other work of the process gets a turn. */
const TURN = 3;

/**
 * An environment of the user's own as the engines see it. A state is `1 + maximumLength` integers: a terminal one the
 * number of actions that lead to it, the actions, and zeros; of another one only the first counts, −1 minus its number
 * among the states seen since the last batch began.
 */
export class DefinedEnvironment<State = unknown> implements Environment {
  readonly name: string;
  readonly parameters: EnvironmentParameters;
  readonly stateSize: number;
  readonly actions: number;
  readonly backwardActions: number;
  readonly keyWords: number;
  readonly observation: ObservationSpec;
  /** Without the condition. */
  readonly ownObservation: ObservationSpec;
  readonly condition?: ConditionSpec;
  readonly maximumLength: number;
  readonly modes: Modes | null;
  /** Integers of a state without its condition. */
  private readonly pathSize: number;
  private readonly seen: StateRegistry<State>;
  private readonly mostSeen: number;
  /**
   * Native memory of states that are kept as they are found: less than `tableBytes` where JavaScript's heap, which
   * holds the same states, has less room, or where there would be more states than a Map can have.
   */
  readonly keptBytes: number;
  private counts: Counts | undefined;

  /** Used by `defineEnvironment`, which checks what it gives. */
  constructor(
    readonly description: EnvironmentDescription<State>,
    observation: ObservationSpec,
    readonly hosting: HostingOptions,
    condition: ConditionSpec | null,
  ) {
    this.name = description.name;
    this.parameters = description.parameters ?? {};
    this.actions = description.actions;
    this.backwardActions = description.backwardActions ?? description.actions;
    this.ownObservation = observation;
    this.maximumLength = description.maximumLength;
    this.pathSize = 1 + this.maximumLength;
    if (condition !== null) this.condition = condition;
    const conditionSize = condition?.size ?? 0;
    this.stateSize = this.pathSize + conditionSize;
    this.keyWords = 1 + conditionWords(conditionSize);
    this.observation = condition === null ? observation : withConditionInput(observation, conditionSize);
    this.seen = new StateRegistry(description);
    const bytesPerState = 9 * (this.actions + this.backwardActions) + 4 * this.observation.width;
    this.keptBytes = Math.min(hosting.tableBytes, getHeapStatistics().heap_size_limit / 4, KEPT_STATES * bytesPerState);
    this.mostSeen = Math.ceil(this.keptBytes / bytesPerState);
    const { modes } = description;
    this.modes =
      modes === undefined
        ? null
        : { count: modes.count, definition: modes.definition, of: (x) => modes.of(this.stateOf(x)) };
  }

  get stateCount(): number {
    return (this.counts ??= this.countNow()).states;
  }

  get terminalCount(): number {
    return (this.counts ??= this.countNow()).terminal;
  }

  /** Makes `stateCount` and `terminalCount` known, giving back the thread every few milliseconds. */
  async countStates(): Promise<void> {
    if (this.counts !== undefined) return;
    const counting = this.count();
    let turn = performance.now();
    for (;;) {
      const { done, value } = counting.next();
      if (done === true) {
        this.counts = value;
        return;
      }
      if (performance.now() - turn > TURN) {
        await setImmediate();
        turn = performance.now();
      }
    }
  }

  initial(state: Int32Array): void {
    if (this.seen.count > this.mostSeen) this.seen.clear();
    state.fill(0, this.pathSize, this.stateSize);
    this.write(this.description.initial(), state);
  }

  allowed(state: Int32Array, action: number): boolean {
    const own = this.stateOf(state);
    return !this.description.isTerminal(own) && this.description.allowed(own, action);
  }

  apply(state: Int32Array, action: number): number {
    const own = this.stateOf(state);
    this.write(this.description.apply(own, action), state);
    return backwardOf(this.description, own, action);
  }

  backwardAllowed(state: Int32Array, backward: number): boolean {
    return this.description.backwardAllowed(this.stateOf(state), backward);
  }

  undo(state: Int32Array, backward: number): number {
    const own = this.stateOf(state);
    this.write(this.description.undo(own, backward), state);
    return forwardOf(this.description, own, backward);
  }

  isTerminal(state: Int32Array): boolean {
    return state[0] >= 0;
  }

  key(state: Int32Array, key: Uint32Array): void {
    key[0] = state[0] < 0 ? -1 - state[0] : this.seen.numberOf(this.stateOf(state));
    key[1] = 0;
    if (this.condition !== undefined) writeConditionKey(state, this.pathSize, this.condition.size, key, 2);
  }

  observe(state: Int32Array, indices: Int32Array): void {
    this.writeObservation(this.stateOf(state), indices, 0);
    if (this.condition === undefined) return;
    indices.set(state.subarray(this.pathSize, this.stateSize), this.ownObservation.width);
  }

  /** Writes what is seen of a state, without its condition, from `offset` on. Throws ERR_ENVIRONMENT unless it is as declared. */
  writeObservation(state: State, integers: Int32Array, offset: number): void {
    writeObserved(this.name, this.ownObservation, this.description.observe(state), integers, offset);
  }

  logReward(x: Int32Array): number {
    if (this.condition === undefined) return this.description.logReward(this.stateOf(x), []);
    return checkedLogReward(this.description, this.stateOf(x), conditionOf(this, x));
  }

  /** log R of terminal states ([N × stateSize]), giving back the thread every few milliseconds. */
  async logRewards(states: Int32Array): Promise<Float64Array> {
    const rewards = new Float64Array(states.length / this.stateSize);
    let turn = performance.now();
    for (let i = 0; i < rewards.length; i++) {
      rewards[i] = this.logReward(states.subarray(i * this.stateSize, (i + 1) * this.stateSize));
      if (performance.now() - turn > TURN) {
        await setImmediate();
        turn = performance.now();
      }
    }
    return rewards;
  }

  format(state: Int32Array): string {
    return formatState(this.description, this.stateOf(state));
  }

  /** The terminal state that a text means: `EnvironmentDescription.parse`. Throws ERR_ARGUMENT if there is none. */
  parse(text: string): Int32Array {
    stringOption('text', text);
    if (this.description.parse !== undefined) return this.integersOf(this.description.parse(text));
    const actions = text.split(',').map(Number);
    const x = Int32Array.from({ length: this.pathSize }, (_, i) => (i === 0 ? actions.length : (actions[i - 1] ?? 0)));
    const fits = actions.length <= this.maximumLength && actions.every((action) => Number.isInteger(action));
    if (fits) return this.integersOf(stateAt(this.description, x));
    throw new GfnError(
      'ERR_ARGUMENT',
      `state: expected the actions of a trajectory of ${this.name} like 0,2,5, got ${text}`,
    );
  }

  /** The state that the integers of a sample, `x`, stand for. Throws ERR_ARGUMENT when they stand for none. */
  stateOf(x: Int32Array): State {
    return x[0] < 0 ? this.seen.state(-1 - x[0]) : stateAt(this.description, x);
  }

  /** The integers of a terminal state, under a condition of zeros if there are conditions. Throws ERR_ARGUMENT for one that is not terminal. */
  integersOf(state: State): Int32Array {
    if (!this.description.isTerminal(state)) {
      throw new GfnError(
        'ERR_ARGUMENT',
        `state: expected a terminal state of ${this.name}, got ${formatState(this.description, state)}`,
      );
    }
    const x = new Int32Array(this.stateSize);
    pathTo(this.description, state, x);
    return x;
  }

  private write(own: State, state: Int32Array): void {
    if (this.description.isTerminal(own)) {
      pathTo(this.description, own, state);
    } else {
      state.fill(0, 0, this.pathSize);
      state[0] = -1 - this.seen.numberOf(own);
    }
  }

  /** Counts the states, a little at each `next`; the last answer is the counts. */
  private *count(): Generator<undefined, Counts, undefined> {
    const found = new StateRegistry(this.description);
    found.numberOf(this.description.initial());
    let terminal = 0;
    for (let number = 0; number < found.count; number++) {
      if (found.count > COUNTED_STATES) return { states: Infinity, terminal: Infinity };
      yield undefined;
      const state = found.state(number);
      if (this.description.isTerminal(state)) {
        terminal++;
        continue;
      }
      for (let action = 0; action < this.actions; action++) {
        if (this.description.allowed(state, action)) found.numberOf(this.description.apply(state, action));
      }
    }
    return { states: found.count, terminal };
  }

  private countNow(): Counts {
    const counting = this.count();
    for (;;) {
      const { done, value } = counting.next();
      if (done === true) return value;
    }
  }
}

/** log R of a terminal state under a condition. Throws ERR_REWARD for what is none. */
export function checkedLogReward<State>(
  description: EnvironmentDescription<State>,
  state: State,
  condition: readonly number[],
): number {
  const logReward: unknown = description.logReward(state, condition);
  if (typeof logReward === 'number' && !Number.isNaN(logReward) && logReward < Infinity) return logReward;
  const under = condition.length === 0 ? '' : ` under the condition ${condition.join(', ')}`;
  throw new GfnError(
    'ERR_REWARD',
    `logReward: expected a finite number or -Infinity for ${formatState(description, state)} of ${description.name}${under}, got ${String(logReward)}`,
  );
}

/** A state as text. */
export function formatState<State>(description: EnvironmentDescription<State>, state: State): string {
  return description.format?.(state) ?? String(comparable(description.key(state), description.name));
}
