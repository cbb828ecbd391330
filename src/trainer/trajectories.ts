import type { Environment } from '../env/environment.ts';
import type { Trajectories } from './engine.ts';

/** log R at β = 1 of terminal states ([N × stateSize]). */
export type ScoreStates = (terminalStates: Int32Array, signal?: AbortSignal) => Promise<Float64Array>;

/** log R at β = 1 of terminal states ([N × stateSize]), as the environment has them. */
export function environmentRewards(environment: Environment, terminalStates: Int32Array): Float64Array {
  const { stateSize } = environment;
  return Float64Array.from({ length: terminalStates.length / stateSize }, (_, i) =>
    environment.logReward(terminalStates.subarray(i * stateSize, (i + 1) * stateSize)),
  );
}

/** Objects with the rewards of a function, where there is one, in place of the environment's. */
export async function withRewards<T extends { readonly terminalState: Int32Array; readonly logReward: Float64Array }>(
  drawn: T,
  score: ScoreStates | undefined,
  signal?: AbortSignal,
): Promise<T> {
  return score === undefined ? drawn : { ...drawn, logReward: await score(drawn.terminalState, signal) };
}

/** The forward actions of a trajectory. */
export function actionsOf({ offset, forwardAction }: Trajectories, b: number): Int32Array {
  return forwardAction.subarray(offset[b], offset[b + 1]);
}

/** Trajectories one after the other. */
export function concatenate(parts: readonly Trajectories[]): Trajectories {
  if (parts.length === 1) return parts[0];
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const offset = new Int32Array(count + 1);
  let at = 0;
  for (const part of parts) {
    const start = offset[at];
    for (let i = 1; i <= part.count; i++) offset[++at] = start + part.offset[i];
  }
  return {
    count,
    offset,
    forwardAction: concatenateIntegers(parts.map((part) => part.forwardAction)),
    terminalState: concatenateIntegers(parts.map((part) => part.terminalState)),
    logReward: concatenateDoubles(parts.map((part) => part.logReward)),
    logPf: concatenateDoubles(parts.map((part) => part.logPf)),
    logPb: concatenateDoubles(parts.map((part) => part.logPb)),
  };
}

function concatenateIntegers(parts: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function concatenateDoubles(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
