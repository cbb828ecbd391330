import { GfnError } from '../../error.ts';
import { ThreadTurn } from '../../thread-turn.ts';
import { formatState, type DefinedEnvironment } from './defined-environment.ts';
import { backwardOf, forwardOf } from './leading-back.ts';
import { pathTo } from './state-path.ts';
import { StateRegistry } from './state-registry.ts';

/** What the native side asks: `native/env/environment_host.hpp`. */
export type HostQuestion = 'clear' | 'apply' | 'undo' | 'release';

/** States named for the first time are described in the order of their numbers. */
export interface HostAnswer {
  /** [asked] number of each child or parent. */
  readonly state: Int32Array;
  /** [asked] the action that leads back. */
  readonly action: Int32Array;
  /** [new] */
  readonly terminal: Uint8Array;
  /** [new × actions] */
  readonly allowed: Uint8Array;
  /** [new × backwardActions] */
  readonly backwardAllowed: Uint8Array;
  /** [new × observation width] */
  readonly observation: Int32Array;
  /** [new] NaN where not terminal, or where it depends on a condition. */
  readonly logReward: Float64Array;
  /** [terminal ones × (1 + maximumLength)] */
  readonly path: Int32Array;
}

/** Runs a user's environment for one native engine: a table of states whose numbers both sides use. */
export class EnvironmentSession<State> {
  private readonly states: StateRegistry<State>;

  constructor(private readonly environment: DefinedEnvironment<State>) {
    this.states = new StateRegistry(environment.description);
  }

  /** Answers, giving back the thread every few milliseconds. Rejects with what the environment throws. */
  async answer(question: HostQuestion, asked: Int32Array, actions: Int32Array): Promise<HostAnswer> {
    if (question === 'clear' || question === 'release') this.states.clear();
    const known = this.states.count;
    if (question === 'clear') this.states.numberOf(this.environment.description.initial());
    const turn = new ThreadTurn();
    const edges = await this.edges(question, asked, actions, turn);
    const described = await this.describe(known, turn);
    await turn.share();
    return { ...edges, ...described };
  }

  private async edges(
    question: HostQuestion,
    asked: Int32Array,
    actions: Int32Array,
    turn: ThreadTurn,
  ): Promise<Pick<HostAnswer, 'state' | 'action'>> {
    const { description } = this.environment;
    const state = new Int32Array(asked.length);
    const action = new Int32Array(asked.length);
    for (let i = 0; i < asked.length; i++) {
      const from = this.states.state(asked[i]);
      const taken = actions[i];
      if (question === 'apply') {
        state[i] = this.states.numberOf(description.apply(from, taken));
        action[i] = backwardOf(description, from, taken);
      } else {
        state[i] = this.states.numberOf(description.undo(from, taken));
        action[i] = forwardOf(description, from, taken);
      }
      if (turn.isOver) await turn.share();
    }
    return { state, action };
  }

  /** The states from number `first` on. */
  private async describe(first: number, turn: ThreadTurn): Promise<Omit<HostAnswer, 'state' | 'action'>> {
    const { description, backwardActions, ownObservation: observation } = this.environment;
    const pathSize = 1 + this.environment.maximumLength;
    const count = this.states.count - first;
    const terminal = new Uint8Array(count);
    const allowed = new Uint8Array(count * this.environment.actions);
    const backwardAllowed = new Uint8Array(count * backwardActions);
    const indices = new Int32Array(count * observation.width);
    const logReward = new Float64Array(count).fill(Number.NaN);
    const paths: Int32Array[] = [];
    for (let i = 0; i < count; i++) {
      const state = this.states.state(first + i);
      if (description.isTerminal(state)) {
        terminal[i] = 1;
        // Under a condition it is asked for where the condition is known.
        if (this.environment.condition === undefined) logReward[i] = description.logReward(state, []);
        const path = new Int32Array(pathSize);
        pathTo(description, state, path);
        paths.push(path);
      } else {
        this.writeAllowed(state, allowed, i * this.environment.actions);
      }
      for (let b = 0; b < backwardActions; b++) {
        if (description.backwardAllowed(state, b)) backwardAllowed[i * backwardActions + b] = 1;
      }
      this.environment.writeObservation(state, indices, i * observation.width);
      if (turn.isOver) await turn.share();
    }
    const path = new Int32Array(paths.length * pathSize);
    paths.forEach((each, i) => path.set(each, i * pathSize));
    return { terminal, allowed, backwardAllowed, observation: indices, logReward, path };
  }

  /** Throws ERR_ENVIRONMENT if nothing is allowed. */
  private writeAllowed(state: State, allowed: Uint8Array, offset: number): void {
    const { actions, description } = this.environment;
    let any = false;
    for (let action = 0; action < actions; action++) {
      if (!description.allowed(state, action)) continue;
      allowed[offset + action] = 1;
      any = true;
    }
    if (any) return;
    throw new GfnError(
      'ERR_ENVIRONMENT',
      `allowed: expected an allowed action in every state of ${description.name} that is not terminal, got none in ${formatState(description, state)}`,
    );
  }
}
