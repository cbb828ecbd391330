import { GfnError } from '../../error.ts';
import { shown } from '../../options.ts';
import type { EnvironmentDescription, StateIdentity } from './environment-description.ts';

/** Keys that a Map takes. */
const MOST_STATES = 2 ** 24;

/** Numbers states from 0 in the order in which they are first seen. */
export class StateRegistry<State> {
  private readonly states: State[] = [];
  private readonly numbers = new Map<string | bigint, number>();

  constructor(private readonly description: EnvironmentDescription<State>) {}

  get count(): number {
    return this.states.length;
  }

  clear(): void {
    this.states.length = 0;
    this.numbers.clear();
  }

  state(number: number): State {
    if (number >= this.states.length) {
      throw new GfnError(
        'ERR_ENVIRONMENT',
        `undo: expected a state that actions of ${this.description.name} lead to, got another`,
      );
    }
    return this.states[number];
  }

  /** The state's number; a new state gets the next one. */
  numberOf(state: State): number {
    const key = comparable(this.description.key(state), this.description.name);
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    if (this.states.length === MOST_STATES) {
      throw new GfnError(
        'ERR_TOO_LARGE',
        `states of ${this.description.name}: expected at most ${MOST_STATES}, got more`,
      );
    }
    const number = this.states.push(state) - 1;
    this.numbers.set(key, number);
    return number;
  }
}

/** A key that a Map compares by value. Throws ERR_ENVIRONMENT for what is no key. */
export function comparable(key: StateIdentity, name: string): string | bigint {
  if (typeof key === 'string' || typeof key === 'bigint') return key;
  if (Array.isArray(key) && key.every((element) => Number.isInteger(element))) return key.join(',');
  throw new GfnError(
    'ERR_ENVIRONMENT',
    `key: expected a string, a bigint or an array of integers from ${name}, got ${shown(key)}`,
  );
}
