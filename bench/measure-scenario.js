import { availableParallelism } from 'node:os';
import { requireEqualResults } from './equal-results.js';
import { MatrixProductPeak } from './matrix-product-peak.js';
import { PeerDisagreement } from './peers/agreement.js';
import { peerRunner } from './peers/peers.js';
import { timeRounds } from './rounds.js';
import { engineRunners } from './runner.js';
import { scenarioResult } from './scenario-result.js';
import { trainedPolicy } from './trained-policy.js';

const LENGTH_TRAJECTORIES = 512;

/**
 * Everything that is measured of one scenario, with the peers that can run it. Before any clock runs, native and
 * TypeScript agree on the first step, and every peer on rewards and trajectory length; one that does not is left out of
 * the scenario, with its reason in `peersLeftOut`.
 * @param {import('./scenarios.js').Scenario} scenario
 * @param {number} seconds of the rounds
 * @param {readonly import('./peers/peers.js').Peer[]} peers
 */
export async function measureScenario(scenario, seconds, peers) {
  const policy = await trainedPolicy(scenario);
  const engines = engineRunners(scenario, policy);
  /** @type {MatrixProductPeak[]} */
  const peaks = [];
  try {
    const firstStep = [];
    for (const { name, train } of engines) firstStep.push({ name, report: await train(1) });
    requireEqualResults(firstStep);
    const { count, offset } = await engines[0].sample(LENGTH_TRAJECTORIES);
    const meanLength = offset[count] / count;

    const able = peers.filter(
      ({ objectives, environments }) =>
        objectives.includes(scenario.objective.name) && environments.includes(scenario.environment.name),
    );
    const peerRunners = [];
    const peersLeftOut = [];
    for (const peer of able) {
      try {
        peerRunners.push(await peerRunner(peer, scenario, meanLength));
      } catch (error) {
        if (!(error instanceof PeerDisagreement)) throw error;
        peersLeftOut.push(error.message);
      }
    }
    const runners = [...engines, ...peerRunners];
    for (const threads of new Set([1, availableParallelism()])) peaks.push(await MatrixProductPeak.create(threads));
    const rounds = await timeRounds(runners, peaks, seconds);
    return {
      ...scenarioResult({
        scenario,
        model: policy.model,
        runners,
        ...rounds,
        peaks: peaks.map((peak) => ({ threads: peak.threads, gigaflopsPerSecond: peak.gigaflopsPerSecond() })),
        peerStatistics: Object.fromEntries(peerRunners.map(({ name, statistics }) => [name, statistics])),
        peersLeftOut,
      }),
      peerVersions: Object.assign({}, ...peerRunners.map(({ versions }) => versions)),
      firstStep: firstStep.map(({ name, report: { loss, logZ, rows } }) => ({ name, loss, logZ, rows })),
    };
  } finally {
    for (const engine of engines) engine.dispose();
    for (const peak of peaks) await peak.release();
  }
}
