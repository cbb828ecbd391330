import { setImmediate } from 'node:timers/promises';
import { setCondition } from '../condition/condition.ts';
import { described } from '../env/described.ts';
import type { Environment } from '../env/environment.ts';
import { GfnError } from '../error.ts';
import { int32Buffer } from '../sampler/growable-buffer.ts';
import { StateTable } from '../sampler/state-table.ts';

/** States expanded before other work of the process gets a turn. */
const STATES_PER_TURN = 4096;

/**
 * All states of an environment and the edges between them. States are numbered at first discovery by a breadth-first
 * search from the initial state that takes actions in order.
 */
export class StateGraph {
  /** Number of states. */
  count = 0;
  /** Number of edges. */
  edges = 0;
  private readonly states = int32Buffer();
  private readonly offsets = int32Buffer();
  private readonly children = int32Buffer();
  private readonly actions = int32Buffer();

  private constructor(private readonly environment: Environment) {}

  /** Throws ERR_NOT_ENUMERABLE as soon as there are more than `maximumStates` states. */
  static async enumerate(environment: Environment, maximumStates: number): Promise<StateGraph> {
    const graph = new StateGraph(environment);
    await graph.search(maximumStates);
    return graph;
  }

  /** [S × stateSize] */
  get state(): Int32Array {
    return this.states.data;
  }
  /** [S + 1] first edge out of each state. */
  get offset(): Int32Array {
    return this.offsets.data;
  }
  /** [edges] number of the state that an edge leads to. */
  get child(): Int32Array {
    return this.children.data;
  }
  /** [edges] */
  get action(): Int32Array {
    return this.actions.data;
  }

  /** Gives all states another condition, bits: it has no part in which edges there are. */
  setCondition(condition: Int32Array): void {
    setCondition(this.environment, this.state.subarray(0, this.count * this.environment.stateSize), condition);
  }

  /** Copies a state into `state`. */
  readState(number: number, state: Int32Array): void {
    const { stateSize } = this.environment;
    const states = this.states.data;
    for (let i = 0, at = number * stateSize; i < stateSize; i++, at++) state[i] = states[at];
  }

  /** State numbers such that every state comes after all its parents. */
  topologicalOrder(): Int32Array {
    const { offset, child } = this;
    const parentsLeft = new Int32Array(this.count);
    for (let edge = 0; edge < this.edges; edge++) parentsLeft[child[edge]]++;
    const order = new Int32Array(this.count);
    let known = 1; // order[0] = 0, the initial state
    for (let i = 0; i < known; i++) {
      for (let edge = offset[order[i]]; edge < offset[order[i] + 1]; edge++) {
        if (--parentsLeft[child[edge]] === 0) order[known++] = child[edge];
      }
    }
    if (known < this.count) {
      throw new GfnError(
        'ERR_ARGUMENT',
        `environment: expected no state of ${this.environment.name} to be reachable from itself, got a cycle`,
      );
    }
    return order;
  }

  private async search(maximumStates: number): Promise<void> {
    const { environment } = this;
    const table = new StateTable(2 * environment.keyWords);
    const key = new Uint32Array(2 * environment.keyWords);
    const state = new Int32Array(environment.stateSize);
    const child = new Int32Array(environment.stateSize);
    environment.initial(state);
    this.numberOf(state, table, key, maximumStates);
    for (let number = 0; number < this.count; number++) {
      this.readState(number, state);
      this.offsets.reserve(number + 2)[number] = this.edges;
      for (let action = 0; action < environment.actions; action++) {
        if (!environment.allowed(state, action)) continue;
        child.set(state);
        environment.apply(child, action);
        const edge = this.edges++;
        this.actions.reserve(edge + 1)[edge] = action;
        this.children.reserve(edge + 1)[edge] = this.numberOf(child, table, key, maximumStates);
      }
      if ((number + 1) % STATES_PER_TURN === 0) await setImmediate();
    }
    this.offsets.data[this.count] = this.edges;
  }

  private numberOf(state: Int32Array, table: StateTable, key: Uint32Array, maximumStates: number): number {
    this.environment.key(state, key);
    const number = table.rowOf(key);
    if (number < this.count) return number;
    this.checkSize(maximumStates, number + 1);
    const { stateSize } = this.environment;
    this.states.reserve((number + 1) * stateSize).set(state, number * stateSize);
    this.count++;
    return number;
  }

  /** Throws ERR_NOT_ENUMERABLE if `states` (default: all of them) are more than the limit. */
  checkSize(maximumStates: number, states = this.count): void {
    if (states > maximumStates) {
      throw new GfnError(
        'ERR_NOT_ENUMERABLE',
        `environment: expected at most ${maximumStates} states to enumerate, got more for ${described(this.environment)}`,
      );
    }
  }
}
