/** A peer whose problem or trajectories are others than ours: its time would be compared with nothing. */
export class PeerDisagreement extends Error {}

/** Of log-rewards, which peers compute in float32: |a − b| ≤ 1e-4 · (1 + |a|). */
const LOG_REWARD_TOLERANCE = 1e-4;
/** Each trains a policy of its own; and torchgfn ends trajectories by a transition more where others need none. */
const LENGTH_TOLERANCE = 0.25;
const FURTHER_TRANSITIONS = 1;

/**
 * Throws unless a peer gives the same log-rewards to the same terminal states.
 * @param {string} peer
 * @param {readonly number[]} expected
 * @param {readonly number[]} got
 */
export function requireSameLogRewards(peer, expected, got) {
  if (got.length !== expected.length) {
    throw new PeerDisagreement(`${peer}: expected ${expected.length} log-rewards, got ${got.length}`);
  }
  const different = expected.findIndex((value, i) => {
    return !(Math.abs(value - got[i]) <= LOG_REWARD_TOLERANCE * (1 + Math.abs(value)));
  });
  if (different < 0) return;
  throw new PeerDisagreement(
    `${peer}: log-reward of terminal state ${different}: expected ${expected[different]}, got ${got[different]}`,
  );
}

/**
 * Throws unless a peer's trajectories are about as long: within a quarter and one transition.
 * @param {string} peer
 * @param {number} expected mean length
 * @param {number} got mean length
 */
export function requireSimilarLength(peer, expected, got) {
  if (Math.abs(expected - got) <= LENGTH_TOLERANCE * expected + FURTHER_TRANSITIONS) return;
  throw new PeerDisagreement(
    `${peer}: mean trajectory length: expected about ${expected.toFixed(2)}, got ${got.toFixed(2)}`,
  );
}
