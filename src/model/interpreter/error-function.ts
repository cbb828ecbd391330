/**
 * erf(x) by rational Chebyshev approximations (W. J. Cody 1969, "Rational Chebyshev approximations for the error
 * function"); beyond |x| = 4 it is ±1 to the precision of float32.
 */
export function errorFunction(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude <= 0.46875) {
    const y = x * x;
    return (x * polynomial(NEAR_NUMERATOR, y)) / polynomial(NEAR_DENOMINATOR, y);
  }
  if (magnitude > 4) return Math.sign(x);
  const complement = (Math.exp(-x * x) * polynomial(FAR_NUMERATOR, magnitude)) / polynomial(FAR_DENOMINATOR, magnitude);
  return x < 0 ? complement - 1 : 1 - complement;
}

/** Σ c[i]·x^(length−1−i) */
function polynomial(coefficients: Float64Array, x: number): number {
  let sum = 0;
  for (let i = 0; i < coefficients.length; i++) sum = sum * x + coefficients[i];
  return sum;
}

const NEAR_NUMERATOR = Float64Array.of(
  0.18577770618460315,
  3.1611237438705655,
  113.86415415105016,
  377.485237685302,
  3209.3775891384694,
);
const NEAR_DENOMINATOR = Float64Array.of(
  1,
  23.601290952344122,
  244.02463793444417,
  1282.6165260773723,
  2844.236833439171,
);
const FAR_NUMERATOR = Float64Array.of(
  2.1531153547440383e-8,
  0.5641884969886701,
  8.883149794388377,
  66.11919063714163,
  298.6351381974001,
  881.952221241769,
  1712.0476126340707,
  2051.0783778260716,
  1230.3393547979972,
);
const FAR_DENOMINATOR = Float64Array.of(
  1,
  15.744926110709835,
  117.6939508913125,
  537.1811018620099,
  1621.3895745666903,
  3290.7992357334597,
  4362.619090143247,
  3439.3676741437216,
  1230.3393548037495,
);
