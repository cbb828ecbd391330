/** @typedef {import('../../dist/index.js').Environment} Environment */

/**
 * `count` terminal states, the same ones each time, from trajectories of every length: each is given a length, and
 * avoids its end until then.
 * @param {Environment} environment
 * @param {number} count
 */
export function terminalStates(environment, count) {
  const uniform = congruential(1);
  return Array.from({ length: count }, () => {
    const state = new Int32Array(environment.stateSize);
    environment.initial(state);
    const length = Math.floor(uniform() * environment.maximumLength);
    for (let step = 0; !environment.isTerminal(state); step++) {
      const allowed = allowedActions(environment, state);
      const wanted = allowed.filter((action) => ends(environment, state, action) === step >= length);
      const among = wanted.length > 0 ? wanted : allowed;
      environment.apply(state, among[Math.floor(uniform() * among.length)]);
    }
    return state;
  });
}

function allowedActions(/** @type {Environment} */ environment, /** @type {Int32Array} */ state) {
  const actions = Array.from({ length: environment.actions }, (_, action) => action);
  return actions.filter((action) => environment.allowed(state, action));
}

function ends(/** @type {Environment} */ environment, /** @type {Int32Array} */ state, /** @type {number} */ action) {
  const next = state.slice();
  environment.apply(next, action);
  return environment.isTerminal(next);
}

/** Uniform numbers in [0, 1): Numerical Recipes' 32-bit linear congruential generator. */
function congruential(/** @type {number} */ seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
