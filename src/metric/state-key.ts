import type { Environment } from '../env/environment.ts';

/**
 * A function from a state to its identity as a key of a Map: one UTF-16 unit for each 16 bits of the environment's
 * key. Equal strings mean equal states.
 */
export function stateKey(environment: Environment): (state: Int32Array) => string {
  const halves = new Uint32Array(2 * environment.keyWords);
  const units = new Uint16Array(halves.buffer);
  return (state) => {
    environment.key(state, halves);
    return String.fromCharCode(...units);
  };
}
