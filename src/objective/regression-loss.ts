/**
 * The loss g of a residual t. `squared` t²; `half-squared` t²/2; `absolute` |t|; `huber` t²/2 up to |t| = delta, then
 * delta·(|t| − delta/2); `log-cosh` log cosh t; `shifted-cosh` e^t + e^−t − 2 (t clamped to ±80); `linex`
 * (e^{alpha·t} − alpha·t − 1)/alpha² (alpha·t clamped to 80).
 */
export type RegressionLoss =
  | { readonly kind: 'squared' | 'half-squared' | 'absolute' | 'log-cosh' | 'shifted-cosh' }
  | { readonly kind: 'huber'; readonly delta: number }
  | { readonly kind: 'linex'; readonly alpha: number };
