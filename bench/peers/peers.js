import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { POLICY_STEPS } from '../trained-policy.js';
import { requireSameLogRewards, requireSimilarLength } from './agreement.js';
import { PeerProcess } from './peer-process.js';
import { pythonOf } from './python-environment.js';
import { terminalStates } from './terminal-states.js';

/** @typedef {import('../scenarios.js').Scenario} Scenario */

/**
 * What a peer runs in and what it can do.
 * @typedef {object} PeerKind
 * @property {'gfnx' | 'torchgfn' | 'pytorch'} name
 * @property {'gfnx' | 'torchgfn'} pythonEnvironment
 * @property {readonly string[]} objectives
 * @property {readonly string[]} environments
 */

const environments = ['hypergrid', 'bit-sequence', 'ising'];

/** @type {readonly PeerKind[]} */
export const peerKinds = [
  { name: 'gfnx', pythonEnvironment: 'gfnx', objectives: ['trajectory-balance'], environments },
  {
    name: 'torchgfn',
    pythonEnvironment: 'torchgfn',
    objectives: ['trajectory-balance', 'flow-matching'],
    environments,
  },
  { name: 'pytorch', pythonEnvironment: 'torchgfn', objectives: ['trajectory-balance', 'flow-matching'], environments },
];

/** @typedef {PeerKind & { process: PeerProcess }} Peer */

/**
 * Starts all peers, making their virtual environments first where there are none. Throws PeerSetupError.
 * @param {(text: string) => void} print
 * @returns {Peer[]}
 */
export function startPeers(print) {
  const pythons = peerKinds.map(({ pythonEnvironment }) => pythonOf(pythonEnvironment, print));
  return peerKinds.map((kind, i) => {
    const script = fileURLToPath(new URL(`${kind.name}_runner.py`, import.meta.url));
    return { ...kind, process: new PeerProcess(kind.name, pythons[i], ['-u', script]) };
  });
}

const CHECKED_STATES = 64;
const SAMPLED_TRAJECTORIES = 512;

/**
 * @typedef {import('../runner.js').Runner & {
 *   statistics: { meanLength: number, distinctStates: number },
 *   versions: Record<string, string>,
 * }} PeerRunner
 */

/**
 * Has a peer train its own policy for as many steps as ours, and checks that environment, reward and trajectory length
 * are the same.
 * @param {Peer} peer
 * @param {Scenario} scenario
 * @param {number} meanLength of our policy's trajectories
 * @returns {Promise<PeerRunner>}
 */
export async function peerRunner({ name, process: child }, scenario, meanLength) {
  const { environment, objective, batchSize, hidden } = scenario;
  const threads = availableParallelism();
  const states = terminalStates(environment, CHECKED_STATES);
  const { versions, logRewards } = await child.request({
    command: 'prepare',
    scenario: {
      environment: { name: environment.name, parameters: environment.parameters },
      objective: objective.name,
      batchSize,
      hidden,
      threads,
      seed: 1,
      policySteps: POLICY_STEPS,
      learningRate: 1e-3,
      learningRateLogZ: 0.1,
      // The last entry of a state says that it is terminal, or how much of it is filled; peers' states have none.
      terminalStates: states.map((state) => Array.from(state.subarray(0, -1))),
    },
  });
  const expected = states.map((state) => environment.logReward(state));
  requireSameLogRewards(name, expected, logRewards);
  const batches = Math.ceil(SAMPLED_TRAJECTORIES / batchSize);
  const statistics = await child.request({ command: 'statistics', batches });
  requireSimilarLength(name, meanLength, statistics.meanLength);
  return {
    name,
    threads,
    versions,
    statistics,
    async time(steps) {
      const { seconds } = await child.request({ command: 'time', steps });
      return { seconds, meanLength: statistics.meanLength, rows: statistics.distinctStates, profile: null };
    },
  };
}
