import { GfnError } from '../../error.ts';
import { shown } from '../../options.ts';
import { formatState } from './defined-environment.ts';
import type { EnvironmentDescription } from './environment-description.ts';

/** The backward action that undoes an action of a state. Throws ERR_ENVIRONMENT if there is none of that number. */
export function backwardOf<State>(description: EnvironmentDescription<State>, state: State, action: number): number {
  const backward = description.backwardOf?.(state, action) ?? action;
  return numbered('backwardOf', description, state, backward, description.backwardActions ?? description.actions);
}

/** The action that redoes an undone backward one. Throws ERR_ENVIRONMENT if there is none of that number. */
export function forwardOf<State>(description: EnvironmentDescription<State>, state: State, backward: number): number {
  const action = description.forwardOf?.(state, backward) ?? backward;
  return numbered('forwardOf', description, state, action, description.actions);
}

function numbered<State>(
  name: string,
  description: EnvironmentDescription<State>,
  state: State,
  action: number,
  count: number,
): number {
  if (Number.isInteger(action) && action >= 0 && action < count) return action;
  throw new GfnError(
    'ERR_ENVIRONMENT',
    `${name}: expected an integer from 0 to ${count - 1} of ${description.name}, got ${shown(action)} in ${formatState(description, state)}`,
  );
}
