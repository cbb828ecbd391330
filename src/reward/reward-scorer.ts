import { conditionOf, stateText } from '../condition/condition.ts';
import { DefinedEnvironment } from '../env/defined/defined-environment.ts';
import type { Environment } from '../env/environment.ts';
import { TemperedEnvironment } from '../env/tempered-environment.ts';
import { GfnError } from '../error.ts';
import { unlessAborted } from '../model/unless-aborted.ts';
import { shown } from '../options.ts';
import type { ResolvedRewardFunction, ScoreContext } from './reward-function.ts';
import { ScoreCache } from './score-cache.ts';
import { logTransformed } from './transform.ts';

/** Scores terminal states of an environment by a reward function. */
export class RewardScorer {
  private readonly cache: ScoreCache | null;
  /** What objects are scored in; a temperature comes after it. */
  private readonly environment: Environment;
  private readonly tempered: TemperedEnvironment | null;

  constructor(
    environment: Environment,
    readonly options: ResolvedRewardFunction,
  ) {
    this.tempered = environment instanceof TemperedEnvironment ? environment : null;
    this.environment = this.tempered?.base ?? environment;
    this.cache = options.cache > 0 ? new ScoreCache(options.cache) : null;
  }

  /**
   * log R at β = 1 of the terminal states ([N × stateSize]). Rejects with ERR_REWARD when the function throws, takes
   * too long, returns another number of scores, or scores that are no rewards, and with the signal's reason as soon as
   * it is aborted: what the function then returns is ignored.
   */
  async score(terminalStates: Int32Array, signal?: AbortSignal): Promise<Float64Array> {
    const { tempered } = this;
    const { stateSize } = tempered ?? this.environment;
    const whole = Array.from({ length: terminalStates.length / stateSize }, (_, i) =>
      terminalStates.slice(i * stateSize, (i + 1) * stateSize),
    );
    const states = whole.map((state) => state.subarray(0, this.environment.stateSize));
    const logReward = await (this.cache === null ? this.ask(states, signal) : this.askOnce(states, this.cache, signal));
    return tempered === null ? logReward : logReward.map((value, i) => tempered.betaOf(whole[i]) * value);
  }

  private async ask(states: readonly Int32Array[], signal: AbortSignal | undefined): Promise<Float64Array> {
    const scores = await this.call(
      states.map((state) => this.objectOf(state)),
      this.environment.condition === undefined ? {} : { conditions: this.conditionsOf(states) },
      signal,
    );
    this.requireCount(scores, states.length);
    return Float64Array.from(states, (state, i) => this.logReward(scores[i], state));
  }

  /** Asks about the objects that are not remembered, each once. */
  private async askOnce(
    states: readonly Int32Array[],
    cache: ScoreCache,
    signal: AbortSignal | undefined,
  ): Promise<Float64Array> {
    const known = new Map<string, number>();
    const unknown = new Map<string, Int32Array>();
    const names = states.map((state) => state.join());
    names.forEach((name, i) => {
      const logReward = cache.get(name);
      if (logReward === undefined) unknown.set(name, states[i]);
      else known.set(name, logReward);
    });
    if (unknown.size > 0) {
      const asked = await this.ask([...unknown.values()], signal);
      [...unknown.keys()].forEach((name, i) => {
        known.set(name, asked[i]);
        cache.set(name, asked[i]);
      });
    }
    return Float64Array.from(names, (name) => known.get(name) ?? Number.NaN);
  }

  private objectOf(state: Int32Array): unknown {
    const { objects } = this.options;
    if (objects === 'text') return this.environment.format(state);
    return objects === 'state' && this.environment instanceof DefinedEnvironment
      ? this.environment.stateOf(state)
      : state;
  }

  private conditionsOf(states: readonly Int32Array[]): number[][] {
    return states.map((state) => conditionOf(this.environment, state));
  }

  private async call(
    objects: readonly unknown[],
    context: Pick<ScoreContext, 'conditions'>,
    signal: AbortSignal | undefined,
  ): Promise<ArrayLike<number>> {
    signal?.throwIfAborted();
    const { timeLimit } = this.options;
    const controller = new AbortController();
    const onAbort = (): void => controller.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const giveUp = (): void => controller.abort(tooLate(objects.length, timeLimit));
    const timer = timeLimit === Infinity ? undefined : setTimeout(giveUp, 1000 * timeLimit);
    try {
      return await unlessAborted(controller.signal, async () =>
        this.options.score(objects, { signal: controller.signal, ...context }),
      );
    } catch (error) {
      controller.signal.throwIfAborted();
      if (error instanceof GfnError) throw error;
      const message = error instanceof Error ? error.message : shown(error);
      throw new GfnError('ERR_REWARD', `reward: score failed: ${message}`, { cause: error });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  private requireCount(scores: unknown, count: number): void {
    const given = typeof scores === 'object' && scores !== null && 'length' in scores ? scores.length : scores;
    if (given === count) return;
    throw new GfnError('ERR_REWARD', `reward: expected score to return ${count} numbers, got ${shown(given)}`);
  }

  private logReward(score: unknown, state: Int32Array): number {
    const { scale, transform, floor } = this.options;
    let value = Number.NaN;
    if (typeof score === 'number') value = scale === 'log' ? score : logTransformed(transform, score);
    if (floor > 0 && value < Math.log(floor)) value = Math.log(floor);
    if (!Number.isNaN(value) && value < Infinity) return value;
    const allowed = scale === 'log' ? 'a finite log R or -Infinity' : 'a finite score whose transform is at least 0';
    throw new GfnError(
      'ERR_REWARD',
      `reward: expected ${allowed} for ${stateText(this.environment, state)}, got ${shown(score)}`,
    );
  }
}

function tooLate(objects: number, timeLimit: number): GfnError {
  return new GfnError(
    'ERR_REWARD',
    `reward: expected scores of ${objects} objects within ${timeLimit} s (timeLimit), got none`,
  );
}
