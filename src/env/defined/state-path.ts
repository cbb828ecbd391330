import { GfnError } from '../../error.ts';
import type { EnvironmentDescription } from './environment-description.ts';

/**
 * The state as integers that say all of it: the number of actions of a path to it, the actions, zeros. The path is
 * that of always undoing the first allowed backward action, so that a state has one whatever built it.
 */
export function pathTo<State>(description: EnvironmentDescription<State>, state: State, path: Int32Array): void {
  const { maximumLength } = description;
  const backwardActions = description.backwardActions ?? description.actions;
  const undone: number[] = [];
  let current = state;
  for (;;) {
    const backward = firstAllowed(description, current, backwardActions);
    if (backward === -1) break;
    if (undone.length === maximumLength) throw tooLong(description);
    const parent = description.undo(current, backward);
    undone.push(description.forwardOf?.(current, backward) ?? backward);
    current = parent;
  }
  path.fill(0, 0, 1 + maximumLength);
  path[0] = undone.length;
  undone.reverse().forEach((action, i) => (path[i + 1] = action));
}

/** The state that a path leads to. Throws ERR_ARGUMENT when it is none. */
export function stateAt<State>(description: EnvironmentDescription<State>, path: Int32Array): State {
  let state = description.initial();
  for (let i = 1; i <= path[0]; i++) {
    const action = path[i];
    const fits = Number.isInteger(action) && action >= 0 && action < description.actions;
    if (!fits || description.isTerminal(state) || !description.allowed(state, action)) {
      throw new GfnError(
        'ERR_ARGUMENT',
        `state: expected a path of allowed actions of ${description.name}, got ${path.slice(1, path[0] + 1).join(', ')}`,
      );
    }
    state = description.apply(state, action);
  }
  return state;
}

function firstAllowed<State>(description: EnvironmentDescription<State>, state: State, count: number): number {
  for (let backward = 0; backward < count; backward++) {
    if (description.backwardAllowed(state, backward)) return backward;
  }
  return -1;
}

function tooLong({ name, maximumLength }: { readonly name: string; readonly maximumLength: number }): GfnError {
  return new GfnError(
    'ERR_ENVIRONMENT',
    `maximumLength: expected every state of ${name} within ${maximumLength} transitions, got one further away`,
  );
}
