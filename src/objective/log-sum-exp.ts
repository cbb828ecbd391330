/** log Σ e^logit over the allowed of `choices` logits from `offset` on, in double; −Infinity when none is allowed. */
export function allowedLogSumExp(logits: Float32Array, allowed: Uint8Array, offset: number, choices: number): number {
  let maximum = -Infinity;
  for (let i = offset; i < offset + choices; i++) {
    if (allowed[i] !== 0) maximum = Math.max(maximum, logits[i]);
  }
  if (maximum === -Infinity) return maximum;
  let sum = 0;
  for (let i = offset; i < offset + choices; i++) {
    if (allowed[i] !== 0) sum += Math.exp(logits[i] - maximum);
  }
  return maximum + Math.log(sum);
}

/** log(e^a + e^b). */
export function logAddExp(a: number, b: number): number {
  const maximum = Math.max(a, b);
  return maximum === -Infinity ? maximum : maximum + Math.log1p(Math.exp(Math.min(a, b) - maximum));
}
