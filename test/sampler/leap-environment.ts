import type { Environment } from '../../src/env/environment.ts';

/**
 * Walks along 0 … length by steps of two or one and stops anywhere: a graph whose states have paths of different
 * lengths, and whose breadth-first order is not topological. State: [position, stopped]; actions: +2, +1, stop;
 * backward actions: −2, −1, take the stop back.
 */
export class LeapEnvironment implements Environment {
  readonly name = 'leap';
  readonly stateSize = 2;
  readonly actions = 3;
  readonly backwardActions = 3;
  readonly keyWords = 1;
  readonly modes = null;
  readonly parameters;
  readonly observation;
  readonly maximumLength;
  readonly terminalCount;
  readonly stateCount;

  constructor(
    private readonly length: number,
    private readonly reward: (position: number) => number = (position) => position + 1,
  ) {
    this.parameters = { length };
    this.observation = { width: 2, size: length + 3 };
    this.maximumLength = length + 1;
    this.terminalCount = length + 1;
    this.stateCount = 2 * (length + 1);
  }

  initial(state: Int32Array): void {
    state.fill(0);
  }
  allowed([position, stopped]: Int32Array, action: number): boolean {
    return stopped === 0 && (action === 2 || position + 2 - action <= this.length);
  }
  apply(state: Int32Array, action: number): number {
    if (action === 2) state[1] = 1;
    else state[0] += 2 - action;
    return action;
  }
  backwardAllowed([position, stopped]: Int32Array, backward: number): boolean {
    return stopped === 1 ? backward === 2 : backward < 2 && position >= 2 - backward;
  }
  undo(state: Int32Array, backward: number): number {
    if (backward === 2) state[1] = 0;
    else state[0] -= 2 - backward;
    return backward;
  }
  isTerminal([, stopped]: Int32Array): boolean {
    return stopped === 1;
  }
  key([position, stopped]: Int32Array, key: Uint32Array): void {
    key[0] = position;
    key[1] = stopped;
  }
  observe([position, stopped]: Int32Array, indices: Int32Array): void {
    indices[0] = position;
    indices[1] = this.length + 1 + stopped;
  }
  logReward([position]: Int32Array): number {
    return Math.log(this.reward(position));
  }
  format([position]: Int32Array): string {
    return String(position);
  }
  parse(text: string): Int32Array {
    return Int32Array.of(Number(text), 1);
  }
}
