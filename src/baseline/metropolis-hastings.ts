import type { Environment } from '../env/environment.ts';
import { GfnError } from '../error.ts';
import { integerOption, numberOption } from '../options.ts';
import { Purpose, RandomStream } from '../sampler/philox.ts';
import type { Baseline } from './baseline.ts';

export interface MetropolisHastingsOptions {
  /** A hypergrid: `dimensions` coordinates from 0 to `side` − 1, every cell a terminal state. */
  readonly environment: Environment;
  /** Chains that advance together; 16 by default. */
  readonly chains?: number;
  /** Reward exponent β; 1 by default. */
  readonly beta?: number;
  readonly seed?: number;
}

/**
 * Metropolis–Hastings on a hypergrid (Metropolis et al. 1953; the grid baseline of Bengio et al. 2021): each of
 * `chains` chains proposes ±1 on one uniformly drawn coordinate and moves there with probability min(1, (R'/R)^β).
 *
 * All chains start at the origin, whose evaluation is the first visit of each. A step across the border stays where
 * it is, so that proposals are symmetric; its evaluation counts as a visit, like that of a rejected one.
 */
export class MetropolisHastings implements Baseline {
  readonly name = 'mcmc';
  readonly samples: Int32Array;
  private readonly proposals: Int32Array;
  private readonly currentLogReward: Float64Array; // −Infinity before the first visit
  private readonly acceptance: Float64Array; // [chains] uniform numbers of the proposals under way
  private readonly stateSize: number;
  private readonly dimensions: number;
  private readonly side: number;
  private readonly chains: number;
  private readonly beta: number;
  private readonly random: RandomStream;
  private steps = 0;

  constructor(options: MetropolisHastingsOptions) {
    const { environment } = options;
    const { dimensions, side } = environment.parameters;
    if (environment.name !== 'hypergrid') {
      throw new GfnError('ERR_ARGUMENT', `environment: expected a hypergrid, got ${environment.name}`);
    }
    this.dimensions = integerOption('environment.dimensions', dimensions, 1, environment.stateSize);
    this.side = integerOption('environment.side', side, 2, 65535);
    this.chains = integerOption('chains', options.chains ?? 16, 1, 2 ** 20);
    this.beta = numberOption('beta', options.beta ?? 1, 0);
    this.random = new RandomStream(integerOption('seed', options.seed ?? 0, 0, 2 ** 53 - 1), Purpose.baseline);
    this.stateSize = environment.stateSize;
    this.samples = new Int32Array(this.chains * this.stateSize);
    const start = environment.parse(new Array<number>(this.dimensions).fill(0).join(','));
    for (let chain = 0; chain < this.chains; chain++) this.samples.set(start, chain * this.stateSize);
    this.proposals = this.samples.slice();
    this.currentLogReward = new Float64Array(this.chains).fill(-Infinity);
    this.acceptance = new Float64Array(this.chains);
  }

  get visits(): number {
    return this.steps * this.chains;
  }

  propose(): Int32Array {
    this.proposals.set(this.samples);
    if (this.steps === 0) return this.proposals;
    for (let chain = 0; chain < this.chains; chain++) {
      const words = this.random.draw(chain, this.steps);
      this.acceptance[chain] = ((words[0] >>> 5) * 0x4000000 + (words[1] >>> 6)) / 0x20000000000000;
      const move = Math.floor((words[2] / 0x100000000) * 2 * this.dimensions);
      const index = chain * this.stateSize + (move >>> 1);
      const moved = this.proposals[index] + (move & 1 ? 1 : -1);
      if (moved >= 0 && moved < this.side) this.proposals[index] = moved;
    }
    return this.proposals;
  }

  learn(logReward: Float64Array): void {
    if (logReward.length !== this.chains) {
      throw new GfnError('ERR_ARGUMENT', `logReward: expected ${this.chains} values, got ${logReward.length}`);
    }
    for (let chain = 0; chain < this.chains; chain++) {
      const proposed = logReward[chain];
      if (Number.isNaN(proposed) || proposed === Infinity) {
        throw new GfnError('ERR_REWARD', `logReward[${chain}]: expected a finite value or -Infinity, got ${proposed}`);
      }
      const current = this.currentLogReward[chain];
      // A chain on R = 0 takes any proposal; without the first test, −∞ − (−∞) would hold it there for ever.
      const accepted = current === -Infinity || this.acceptance[chain] < Math.exp(this.beta * (proposed - current));
      if (!accepted) continue;
      const start = chain * this.stateSize;
      this.samples.set(this.proposals.subarray(start, start + this.stateSize), start);
      this.currentLogReward[chain] = proposed;
    }
    this.steps++;
  }
}
