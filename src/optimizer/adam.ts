/** Decay rates and ε of Adam (Kingma and Ba 2015). */
export const BETA_1 = 0.9;
export const BETA_2 = 0.999;
export const EPSILON = 1e-8;
/**
 * Moments below it are zero: they change no parameter, and the numbers that they would become, too small for a full
 * mantissa, take a processor many times longer.
 */
const SMALLEST_MOMENT = 1e-30;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2) over a flat buffer of parameters, with
 * the arithmetic of PyTorch's AdamW. Moments are kept in float32.
 */
export class Adam {
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
  step = 0;

  constructor(size: number) {
    this.firstMoment = new Float32Array(size);
    this.secondMoment = new Float32Array(size);
  }

  /** Goes on after update number `step` with the moments that it left. */
  restore(firstMoment: Float32Array, secondMoment: Float32Array, step: number): void {
    this.firstMoment.set(firstMoment);
    this.secondMoment.set(secondMoment);
    this.step = step;
  }

  /** One step against `gradientScale` · `gradient`. */
  update(
    parameters: Float32Array,
    gradient: Float32Array,
    gradientScale: number,
    learningRate: number,
    weightDecay: number,
  ): void {
    this.step++;
    const { firstMoment, secondMoment } = this;
    const keep = 1 - learningRate * weightDecay;
    const stepSize = learningRate / (1 - BETA_1 ** this.step);
    const secondScale = 1 / Math.sqrt(1 - BETA_2 ** this.step);
    for (let i = 0; i < parameters.length; i++) {
      const g = gradientScale * gradient[i];
      const m = flushed(BETA_1 * firstMoment[i] + (1 - BETA_1) * g);
      const v = flushed(BETA_2 * secondMoment[i] + (1 - BETA_2) * g * g);
      firstMoment[i] = m;
      secondMoment[i] = v;
      parameters[i] = keep * parameters[i] - (stepSize * m) / (Math.sqrt(v) * secondScale + EPSILON);
    }
  }
}

function flushed(moment: number): number {
  return Math.abs(moment) < SMALLEST_MOMENT ? 0 : moment;
}

/** Adam, in double, for a single number: logZ. */
export class ScalarAdam {
  firstMoment = 0;
  secondMoment = 0;
  step = 0;

  /** Goes on after update number `step` with the moments that it left. */
  restore(firstMoment: number, secondMoment: number, step: number): void {
    this.firstMoment = firstMoment;
    this.secondMoment = secondMoment;
    this.step = step;
  }

  /** The value after one step against `gradient`. */
  update(value: number, gradient: number, learningRate: number): number {
    this.step++;
    this.firstMoment = BETA_1 * this.firstMoment + (1 - BETA_1) * gradient;
    this.secondMoment = BETA_2 * this.secondMoment + (1 - BETA_2) * gradient * gradient;
    const stepSize = learningRate / (1 - BETA_1 ** this.step);
    const denominator = Math.sqrt(this.secondMoment) / Math.sqrt(1 - BETA_2 ** this.step) + EPSILON;
    return value - (stepSize * this.firstMoment) / denominator;
  }
}
