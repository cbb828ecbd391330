/** Global (Euclidean) norm of a flat gradient, summed in double. */
export function gradientNorm(gradient: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) sum += gradient[i] * gradient[i];
  return Math.sqrt(sum);
}

/** Factor that brings a gradient of this norm down to at most `clip` (Pascanu et al. 2013); 0: no clipping. */
export function clipScale(norm: number, clip: number): number {
  return clip > 0 && norm > clip ? clip / norm : 1;
}
