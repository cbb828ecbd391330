import { unlessAborted } from '../model/unless-aborted.ts';
import type { EngineReward } from './engine-reward.ts';
import type { RewardFile } from './reward-file.ts';

/** Why a reward function is no longer waited for, when training ends before it has answered: its signal's reason. */
export class GivenUp extends Error {
  override readonly name = 'AbortError';

  constructor() {
    super('training ends: the scores are not waited for');
  }
}

/** The calls of a reward that are under way. They can be given up together: a reward may never settle. */
export class RewardCalls {
  private readonly underWay = new Set<AbortController>();
  private closed: { readonly reason: Error } | null = null;

  constructor(private readonly reward: Exclude<EngineReward, RewardFile>) {}

  /**
   * log R at β = 1 of terminal states ([N × stateSize]). Rejects with the reason as soon as the calls are given up or
   * the signal is aborted; the outcome of the call is then ignored.
   */
  async score(terminalStates: Int32Array, signal?: AbortSignal): Promise<Float64Array> {
    if (this.closed !== null) throw this.closed.reason;
    signal?.throwIfAborted();
    const controller = new AbortController();
    const onAbort = (): void => controller.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.underWay.add(controller);
    try {
      return await unlessAborted(controller.signal, () => this.reward.score(terminalStates, controller.signal));
    } finally {
      this.underWay.delete(controller);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Ends the calls under way, and those to come until `reopen`. */
  giveUp(reason: Error): void {
    this.closed = { reason };
    for (const controller of this.underWay) controller.abort(reason);
  }

  /** Takes calls again, after `GivenUp` only. */
  reopen(): void {
    if (this.closed?.reason instanceof GivenUp) this.closed = null;
  }
}
