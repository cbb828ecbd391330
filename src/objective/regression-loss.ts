/**
 * The loss g of a residual t. `squared` t²; `half-squared` t²/2; `absolute` |t|; `huber` t²/2 up to |t| = delta, then
 * delta·(|t| − delta/2); `log-cosh` log cosh t; `shifted-cosh` e^t + e^−t − 2 (t clamped to ±80); `linex`
 * (e^{alpha·t} − alpha·t − 1)/alpha² (alpha·t clamped to 80).
 */
export type RegressionLoss =
  | { readonly kind: 'squared' | 'half-squared' | 'absolute' | 'log-cosh' | 'shifted-cosh' }
  | { readonly kind: 'huber'; readonly delta: number }
  | { readonly kind: 'linex'; readonly alpha: number };

/** Exponents are clamped here: e^80 = 5.5e34 still fits a float32 gradient. */
const LARGEST_EXPONENT = 80;

function clampedExponent(t: number): number {
  return Math.max(-LARGEST_EXPONENT, Math.min(LARGEST_EXPONENT, t));
}

/** g(t). Beyond a clamp, the value at the clamp. */
export function regressionValue(loss: RegressionLoss, t: number): number {
  switch (loss.kind) {
    case 'squared':
      return t * t;
    case 'half-squared':
      return 0.5 * t * t;
    case 'absolute':
      return Math.abs(t);
    case 'huber': {
      const size = Math.abs(t);
      return size <= loss.delta ? 0.5 * t * t : loss.delta * (size - 0.5 * loss.delta);
    }
    case 'log-cosh': {
      const size = Math.abs(t);
      return size + Math.log1p(Math.exp(-2 * size)) - Math.LN2;
    }
    case 'shifted-cosh': {
      const half = Math.sinh(0.5 * clampedExponent(t)); // e^t + e^−t − 2 = (2 sinh(t/2))², exact near 0
      return 4 * half * half;
    }
    case 'linex': {
      const exponent = Math.min(loss.alpha * t, LARGEST_EXPONENT);
      return (Math.expm1(exponent) - exponent) / (loss.alpha * loss.alpha);
    }
  }
}

/**
 * g'(t); 0 where g has a kink. Beyond a clamp it is the derivative at the clamp, not that of the clamped value: a
 * residual that far off still pulls in the right direction instead of having no gradient.
 */
export function regressionDerivative(loss: RegressionLoss, t: number): number {
  switch (loss.kind) {
    case 'squared':
      return 2 * t;
    case 'half-squared':
      return t;
    case 'absolute':
      return Math.sign(t);
    case 'huber':
      return Math.max(-loss.delta, Math.min(loss.delta, t));
    case 'log-cosh':
      return Math.tanh(t);
    case 'shifted-cosh':
      return 2 * Math.sinh(clampedExponent(t));
    case 'linex':
      return Math.expm1(Math.min(loss.alpha * t, LARGEST_EXPONENT)) / loss.alpha;
  }
}
