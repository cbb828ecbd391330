import type { Environment } from '../env/environment.ts';
import type { Engine, SamplingOptions, Trajectories } from '../trainer/engine.ts';

/** Objects with the probabilities of the trajectories they were drawn by: what metrics need of them. */
export interface WeighedObjects {
  /** [N × stateSize] */
  readonly terminalState: Int32Array;
  /** [N] at β = 1. */
  readonly logReward: Float64Array;
  /** [N] */
  readonly logPf: Float64Array;
  /** [N] */
  readonly logPb: Float64Array;
}

/** Trajectories that one call of the engine draws: their actions are dropped before the next call. */
const AT_ONCE = 4096;

/** Draws objects forward; `each` sees them some at a time, in their order. */
export function weighForward(
  engine: Engine,
  environment: Environment,
  count: number,
  options: SamplingOptions,
  each: (drawn: Trajectories) => Promise<void>,
): Promise<WeighedObjects> {
  const draw = (first: number, size: number): Promise<Trajectories> =>
    engine.sampleForward(size, { ...options, firstTrajectory: options.firstTrajectory + first });
  return gathered(environment, count, draw, each);
}

/** Draws a trajectory backward from each of some terminal states, [N × stateSize]. */
export function weighBackward(
  engine: Engine,
  environment: Environment,
  terminalStates: Int32Array,
  options: SamplingOptions,
): Promise<WeighedObjects> {
  const { stateSize } = environment;
  const draw = (first: number, size: number): Promise<Trajectories> =>
    engine.sampleBackward(terminalStates.slice(first * stateSize, (first + size) * stateSize), {
      ...options,
      firstTrajectory: options.firstTrajectory + first,
    });
  return gathered(environment, terminalStates.length / stateSize, draw, () => Promise.resolve());
}

async function gathered(
  { stateSize }: Environment,
  count: number,
  draw: (first: number, size: number) => Promise<Trajectories>,
  each: (drawn: Trajectories) => Promise<void>,
): Promise<WeighedObjects> {
  const objects = {
    terminalState: new Int32Array(count * stateSize),
    logReward: new Float64Array(count),
    logPf: new Float64Array(count),
    logPb: new Float64Array(count),
  };
  for (let first = 0; first < count; first += AT_ONCE) {
    const drawn = await draw(first, Math.min(AT_ONCE, count - first));
    objects.terminalState.set(drawn.terminalState, first * stateSize);
    objects.logReward.set(drawn.logReward, first);
    objects.logPf.set(drawn.logPf, first);
    objects.logPb.set(drawn.logPb, first);
    await each(drawn);
  }
  return objects;
}
