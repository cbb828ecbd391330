import { defineEnvironment, hypergrid } from 'gflownet';

export const DIMENSIONS = 4;

/**
 * A hypergrid of four dimensions as a user would write it.
 * @param {number} side
 * @param {import('gflownet').DefineEnvironmentOptions} options
 */
export function ownGrid(side, options) {
  const built = hypergrid({ dimensions: DIMENSIONS, side });
  const stop = DIMENSIONS;
  return defineEnvironment(
    {
      name: 'own-grid',
      actions: DIMENSIONS + 1,
      maximumLength: DIMENSIONS * (side - 1) + 1,
      observation: built.observation,
      initial: () => new Array(DIMENSIONS + 1).fill(0),
      allowed: (state, action) => state[stop] === 0 && (action === stop || state[action] < side - 1),
      apply: (state, action) => state.with(action, state[action] + 1),
      isTerminal: (state) => state[stop] === 1,
      backwardAllowed: (state, backward) =>
        backward === stop ? state[stop] === 1 : state[stop] === 0 && state[backward] > 0,
      undo: (state, backward) => state.with(backward, state[backward] - 1),
      key: (/** @type {number[]} */ state) => state,
      observe: (state) => state.slice(0, DIMENSIONS).map((x, i) => i * side + x),
      logReward: (state) => built.logReward(Int32Array.from(state)),
    },
    options,
  );
}
