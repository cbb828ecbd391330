import { GfnError } from '../error.ts';
import { shown } from '../options.ts';
import { Purpose, RandomStream } from '../sampler/philox.ts';
import { conditionNumbers, type ConditionForm } from './condition.ts';
import { between, typicalConditions, type ResolvedConditionDistribution } from './condition-distribution.ts';

/** Draws conditions: each depends on nothing but the seed and its number. */
export class ConditionSource {
  constructor(
    private readonly distribution: ResolvedConditionDistribution,
    private readonly form: ConditionForm,
  ) {}

  get size(): number {
    return this.form.size;
  }

  /** Condition number `number`. Throws ERR_CONDITION when a function gives none. */
  draw(seed: number, number: number): Float32Array {
    const stream = new RandomStream(seed, Purpose.condition);
    let drawn = 0;
    const random = (): number => stream.uniform(number, drawn++);
    return conditionNumbers('conditions: what its function returned', this.numbers(random), this.form);
  }

  /** Conditions number `first` on, as bits: [count × size]. */
  bits(seed: number, first: number, count: number): Int32Array {
    const conditions = new Float32Array(count * this.size);
    for (let i = 0; i < count; i++) conditions.set(this.draw(seed, first + i), i * this.size);
    return new Int32Array(conditions.buffer);
  }

  /** The conditions that a model is evaluated at unless told otherwise. */
  typical(seed: number): readonly (readonly number[])[] {
    return typicalConditions(this.distribution, this.size, (number) => this.draw(seed, number));
  }

  private numbers(random: () => number): ArrayLike<number> {
    const { distribution, size } = this;
    if (typeof distribution === 'function') return called(distribution, random);
    switch (distribution.kind) {
      case 'list': {
        const { values } = distribution;
        return values[Math.min(Math.floor(random() * values.length), values.length - 1)];
      }
      case 'dirichlet':
        return dirichlet(distribution.concentration, size, random);
      default: {
        const { kind, minimum, maximum } = distribution;
        return minimum.map((low, i) => between(kind, low, maximum[i], random()));
      }
    }
  }
}

function called(draw: (random: () => number) => ArrayLike<number>, random: () => number): ArrayLike<number> {
  try {
    return draw(random);
  } catch (error) {
    const message = error instanceof Error ? error.message : shown(error);
    throw new GfnError('ERR_CONDITION', `conditions: its function threw: ${message}`, { cause: error });
  }
}

/** Weights that add up to 1: independent gamma variates over their sum. */
function dirichlet(concentration: number, size: number, random: () => number): number[] {
  const logs = Array.from({ length: size }, () => logGamma(concentration, random));
  const largest = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(log - largest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** The logarithm of a gamma variate of that shape (Marsaglia and Tsang 2000); below 1 by their boost U^(1/shape). */
function logGamma(shape: number, random: () => number): number {
  if (shape < 1) return logGamma(shape + 1, random) + Math.log(1 - random()) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const v = (1 + c * normal) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * normal * normal + d - d * v + d * Math.log(v)) {
      return Math.log(d) + Math.log(v);
    }
  }
}
