import { BehaviourPolicy, ContinuedActions } from '../sampler/action-source.ts';
import { Purpose, RandomStream } from '../sampler/philox.ts';
import type { Environment } from '../env/environment.ts';
import type { Trajectories } from './engine.ts';
import type { LocalSearchOptions } from './off-policy.ts';
import { actionsOf } from './trajectories.ts';
import type { TrajectorySampler } from './trajectory-sampler.ts';

export interface LocalSearchRequest {
  readonly options: Required<LocalSearchOptions>;
  readonly environment: Environment;
  /** Bits, [trajectories × their size]. */
  readonly conditions: Int32Array;
  readonly seed: number;
  readonly firstTrajectory: number;
  readonly beta: number;
  readonly exploration: number;
  readonly temperature: number;
}

export interface LocalSearchResult {
  /** Where the search ended: actions, condition and log R of each trajectory. */
  readonly accepted: readonly {
    readonly actions: Int32Array;
    /** Bits. */
    readonly condition: Int32Array;
    readonly logReward: number;
  }[];
  /** Everything that was scored, in order. */
  readonly scored: readonly Trajectories[];
}

/** Trajectory numbers that one search uses. */
export function numbersOfSearch({ trajectories, rounds }: Required<LocalSearchOptions>): number {
  return trajectories * (1 + 3 * rounds);
}

/** Draws trajectories and improves each of them, round by round: `LocalSearchOptions`. */
export async function searchLocally(
  sampler: TrajectorySampler,
  request: LocalSearchRequest,
  score: (trajectories: Trajectories) => Promise<Float64Array>,
): Promise<LocalSearchResult> {
  const { options, environment, conditions, seed, beta } = request;
  const { trajectories, rounds, backRatio, acceptance } = options;
  const random = new RandomStream(seed, Purpose.localSearch);
  let number = request.firstTrajectory;
  const next = (): number => (number += trajectories) - trajectories;
  const scored: Trajectories[] = [];
  const size = conditions.length / trajectories;
  const conditionOf = (b: number): Int32Array => conditions.subarray(b * size, (b + 1) * size);
  const draw = async (policy: BehaviourPolicy, given: (b: number) => Int32Array | null): Promise<Trajectories> => {
    const drawn = await sampler.forward(trajectories, new ContinuedActions(policy, given, next(), conditionOf));
    const withRewards = { ...drawn, logReward: await score(drawn) };
    scored.push(withRewards);
    return withRewards;
  };
  const policy = new BehaviourPolicy(environment.actions, random);
  policy.exploration = request.exploration;
  policy.temperature = request.temperature;
  let current = await draw(policy, () => null);
  const from = Array.from({ length: trajectories }, () => current);
  policy.exploration = 0;
  policy.temperature = 1;
  for (let round = 0; round < rounds; round++) {
    const draws = next();
    const back = await sampler.backward(current.terminalState, random, next());
    const kept = Int32Array.from({ length: trajectories }, (_, b) => {
      const { length } = actionsOf(back, b);
      return length - 1 - Math.floor(random.uniform(draws + b, 0) * mostUndone(length, backRatio));
    });
    const proposed = await draw(policy, (b) => actionsOf(back, b).subarray(0, kept[b]));
    for (let b = 0; b < trajectories; b++) {
      const gain = proposed.logReward[b] - current.logReward[b];
      const logRatio =
        beta * gain +
        (proposed.logPb[b] - proposed.logPf[b]) -
        (back.logPb[b] - back.logPf[b]) +
        logUndoing(actionsOf(proposed, b).length, kept[b], backRatio) -
        logUndoing(actionsOf(back, b).length, kept[b], backRatio);
      if (isAccepted(acceptance, logRatio, gain, random.uniform(draws + b, 1))) from[b] = proposed;
    }
    current = chosen(from);
    from.fill(current);
  }
  return {
    accepted: Array.from({ length: trajectories }, (_, b) => ({
      actions: actionsOf(current, b),
      condition: conditionOf(b),
      logReward: current.logReward[b],
    })),
    scored,
  };
}

/** Most transitions of a trajectory that a round undoes. */
function mostUndone(length: number, backRatio: number): number {
  return Math.min(Math.max(Math.ceil(backRatio * length), 1), length);
}

/** Log-probability that a round keeps so many transitions of a trajectory. */
function logUndoing(length: number, kept: number, backRatio: number): number {
  const most = mostUndone(length, backRatio);
  return length - kept > most ? -Infinity : -Math.log(most);
}

function isAccepted(
  acceptance: Required<LocalSearchOptions>['acceptance'],
  logRatio: number,
  gain: number,
  u: number,
): boolean {
  switch (acceptance) {
    case 'greedy':
      return gain > 0;
    case 'barker':
      return u < 1 / (1 + Math.exp(-logRatio));
    case 'metropolis':
      return Math.log(u) < logRatio;
  }
}

/** Trajectory b of the b-th of several sets of trajectories. */
function chosen(from: readonly Trajectories[]): Trajectories {
  const count = from.length;
  const stateSize = from[0].terminalState.length / count;
  const offset = new Int32Array(count + 1);
  from.forEach((trajectories, b) => (offset[b + 1] = offset[b] + actionsOf(trajectories, b).length));
  const forwardAction = new Int32Array(offset[count]);
  const terminalState = new Int32Array(count * stateSize);
  from.forEach((trajectories, b) => {
    forwardAction.set(actionsOf(trajectories, b), offset[b]);
    terminalState.set(trajectories.terminalState.subarray(b * stateSize, (b + 1) * stateSize), b * stateSize);
  });
  const pick = (values: (trajectories: Trajectories) => Float64Array): Float64Array =>
    Float64Array.from(from, (trajectories, b) => values(trajectories)[b]);
  return {
    count,
    offset,
    forwardAction,
    terminalState,
    logReward: pick((trajectories) => trajectories.logReward),
    logPf: pick((trajectories) => trajectories.logPf),
    logPb: pick((trajectories) => trajectories.logPb),
  };
}
