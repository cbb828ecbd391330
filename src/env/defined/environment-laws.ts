import { ConditionSource } from '../../condition/condition-source.ts';
import { GfnError } from '../../error.ts';
import { Purpose, RandomStream } from '../../sampler/philox.ts';
import type { ConditionSpec, ObservationSpec } from '../environment.ts';
import { checkedLogReward, formatState } from './defined-environment.ts';
import type { EnvironmentDescription } from './environment-description.ts';
import { writeObserved } from './observation.ts';
import { comparable } from './state-registry.ts';

/** How much is checked: trajectories are drawn with uniform actions until one of the two is reached. */
const TRAJECTORIES = 64;
const STATES = 1000;
/** Edges that are followed at a state, each way. */
const EDGES = 32;

interface Outlook {
  readonly allowed: readonly number[];
  readonly backward: readonly number[];
  readonly observation: string;
  /** Of a terminal state without a condition, else null. */
  readonly logReward: number | null;
}

/** Relative difference of two log-rewards of one state that rounding may make, by the order in which it was built. */
const SAME_REWARD = 1e-6;

/**
 * Checks the laws of `EnvironmentDescription` on random trajectories. Throws ERR_ENVIRONMENT naming the law, the state
 * and the action.
 */
export function checkLaws<State>(
  description: EnvironmentDescription<State>,
  observation: ObservationSpec,
  condition: ConditionSpec | null,
): void {
  new LawCheck(description, observation, condition).run();
}

class LawCheck<State> {
  private readonly random = new RandomStream(0, Purpose.training);
  private readonly outlooks = new Map<string | bigint, Outlook>();
  private readonly backwardActions: number;
  private statesSeen = 0;

  constructor(
    private readonly description: EnvironmentDescription<State>,
    private readonly observation: ObservationSpec,
    private readonly condition: ConditionSpec | null,
  ) {
    this.backwardActions = description.backwardActions ?? description.actions;
  }

  run(): void {
    const { description } = this;
    const initial = description.initial();
    if (description.isTerminal(initial)) this.fail('the initial state is not terminal', initial);
    if (this.key(initial) !== this.key(description.initial())) this.fail('initial() is always the same state', initial);
    const parents = this.allowedBackward(initial);
    if (parents.length > 0) this.fail('the initial state has no backward action', initial, `backward ${parents[0]}`);
    for (let number = 0; number < TRAJECTORIES && this.statesSeen < STATES; number++) this.walk(number);
  }

  private walk(number: number): void {
    const { description } = this;
    let state = description.initial();
    for (let step = 0; ; step++) {
      const actions = this.checkState(state, step === 0);
      if (actions.length === 0) return;
      if (step === description.maximumLength) {
        this.fail(`a trajectory ends within maximumLength = ${description.maximumLength} transitions`, state);
      }
      const action = actions[Math.floor(this.random.uniform(number, step) * actions.length)];
      state = description.apply(state, action);
    }
  }

  /** The allowed actions of a state that obeys the laws. */
  private checkState(state: State, isInitial: boolean): readonly number[] {
    this.statesSeen++;
    const terminal = this.flag('isTerminal', this.description.isTerminal(state), state);
    const actions = this.allowedActions(state);
    if (terminal && actions.length > 0) this.fail('a terminal state has no allowed action', state, actions[0]);
    if (!terminal && actions.length === 0) this.fail('a state that is not terminal has an allowed action', state);
    const backward = this.allowedBackward(state);
    if (!isInitial && backward.length === 0) this.fail('every state but the initial one has a backward action', state);
    const logReward = terminal ? this.checkReward(state) : null;
    this.checkKey(state, actions, backward, logReward);
    this.checkChildren(state, actions);
    this.checkParents(state, backward);
    return actions;
  }

  /** A key seen before must belong to a state with the same allowed actions, observation and reward. */
  private checkKey(
    state: State,
    allowed: readonly number[],
    backward: readonly number[],
    logReward: number | null,
  ): void {
    const integers = new Int32Array(this.observation.width);
    writeObserved(this.description.name, this.observation, this.description.observe(state), integers, 0);
    const outlook = { allowed, backward, observation: integers.join(','), logReward };
    const key = this.key(state);
    const before = this.outlooks.get(key);
    this.outlooks.set(key, outlook);
    if (before === undefined) return;
    if (
      before.observation !== outlook.observation ||
      before.allowed.join() !== outlook.allowed.join() ||
      before.backward.join() !== outlook.backward.join() ||
      !sameReward(before.logReward, outlook.logReward)
    ) {
      this.fail('two states with the same key are the same state', state);
    }
  }

  /**
   * log R, null under conditions: that is checked under one that training may draw; without a distribution there is none
   * to be sure of.
   */
  private checkReward(state: State): number | null {
    const { condition } = this;
    if (condition === null) return checkedLogReward(this.description, state, []);
    if (condition.distribution === null) return null;
    const drawn = new ConditionSource(condition.distribution, condition).draw(0, this.statesSeen);
    checkedLogReward(this.description, state, Array.from(drawn));
    return null;
  }

  private checkChildren(state: State, actions: readonly number[]): void {
    const { description } = this;
    const key = this.key(state);
    const children = new Map<string | bigint, number>([[key, -1]]);
    for (const action of spread(actions)) {
      const child = description.apply(state, action);
      if (this.key(state) !== key) this.fail('apply leaves its argument as it is', state, action);
      const childKey = this.key(child);
      const other = children.get(childKey);
      if (other === -1) this.fail('an action leads to another state', state, action);
      if (other !== undefined) {
        this.fail('two actions of a state lead to different states', state, `${other} and ${action}`);
      }
      children.set(childKey, action);
      const backward = description.backwardOf?.(state, action) ?? action;
      if (!this.isBackwardAllowed(child, backward)) {
        this.fail(`backward action ${backward} is allowed after the action that it undoes`, state, action);
      }
      const undone = description.undo(child, backward);
      if (this.key(child) !== childKey) this.fail('undo leaves its argument as it is', child, `backward ${backward}`);
      if (this.key(undone) !== key) {
        this.fail(`undo restores the state before the action, not ${this.text(undone)}`, state, action);
      }
      const redone = description.forwardOf?.(child, backward) ?? backward;
      if (redone !== action) this.fail(`forwardOf names the action undone, not ${redone}`, state, action);
    }
  }

  private checkParents(state: State, backwardActions: readonly number[]): void {
    const { description } = this;
    const key = this.key(state);
    const parents = new Map<string | bigint, number>();
    for (const backward of spread(backwardActions)) {
      const parent = description.undo(state, backward);
      const parentKey = this.key(parent);
      const other = parents.get(parentKey);
      if (other !== undefined) {
        this.fail('two backward actions lead to different parents', state, `backward ${other} and ${backward}`);
      }
      parents.set(parentKey, backward);
      const action = description.forwardOf?.(state, backward) ?? backward;
      const taken = `backward ${backward}`;
      if (description.isTerminal(parent) || !this.isAllowed(parent, action)) {
        this.fail(`action ${action} is allowed in the parent ${this.text(parent)}`, state, taken);
      }
      if (this.key(description.apply(parent, action)) !== key) {
        this.fail(`action ${action} leads back from the parent ${this.text(parent)}`, state, taken);
      }
      const again = description.backwardOf?.(parent, action) ?? action;
      if (again !== backward) this.fail(`backwardOf names the backward action, not ${again}`, state, taken);
    }
  }

  private allowedActions(state: State): readonly number[] {
    return this.chosen(this.description.actions, (action) => this.isAllowed(state, action));
  }

  private allowedBackward(state: State): readonly number[] {
    return this.chosen(this.backwardActions, (backward) => this.isBackwardAllowed(state, backward));
  }

  private chosen(count: number, allowed: (action: number) => boolean): readonly number[] {
    return Array.from({ length: count }, (_, action) => action).filter(allowed);
  }

  private isAllowed(state: State, action: number): boolean {
    const { actions } = this.description;
    if (!Number.isInteger(action) || action < 0 || action >= actions) {
      this.fail(`an action is an integer from 0 to ${actions - 1}`, state, action);
    }
    return this.flag('allowed', this.description.allowed(state, action), state);
  }

  private isBackwardAllowed(state: State, backward: number): boolean {
    if (!Number.isInteger(backward) || backward < 0 || backward >= this.backwardActions) {
      this.fail(`a backward action is an integer from 0 to ${this.backwardActions - 1}`, state, `backward ${backward}`);
    }
    return this.flag('backwardAllowed', this.description.backwardAllowed(state, backward), state);
  }

  private flag(name: string, value: unknown, state: State): boolean {
    if (typeof value !== 'boolean') this.fail(`${name} returns true or false, not ${String(value)}`, state);
    return value;
  }

  private key(state: State): string | bigint {
    return comparable(this.description.key(state), this.description.name);
  }

  private text(state: State): string {
    return formatState(this.description, state);
  }

  private fail(law: string, state: State, action?: number | string): never {
    const at = action === undefined ? '' : `, action ${action}`;
    throw new GfnError(
      'ERR_ENVIRONMENT',
      `${this.description.name}: expected that ${law}; not so in state ${this.text(state)}${at}`,
    );
  }
}

function sameReward(a: number | null, b: number | null): boolean {
  if (a === null || b === null || !Number.isFinite(a) || !Number.isFinite(b)) return a === b;
  return Math.abs(a - b) <= SAME_REWARD * (1 + Math.abs(a));
}

/** At most EDGES of the actions, from all parts of the list. */
function spread(actions: readonly number[]): readonly number[] {
  const stride = Math.max(1, Math.ceil(actions.length / EDGES));
  return actions.filter((_, i) => i % stride === 0);
}
