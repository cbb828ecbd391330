/**
 * Draws one of the allowed choices from the mixture (1 − ε)·softmax(logits / temperature) + ε·uniform by the inverse
 * cumulative distribution in choice order, in double.
 *
 * `logits` and `allowed` begin at `offset` for `weight.length` choices; `weight` is scratch; `u` is in [0, 1). Returns
 * the first choice whose running sum exceeds u, or the last allowed one if rounding leaves none.
 */
export function drawChoice(
  logits: Float32Array,
  allowed: Uint8Array,
  offset: number,
  temperature: number,
  exploration: number,
  u: number,
  weight: Float64Array,
): number {
  const choices = weight.length;
  let count = 0;
  let maximum = -Infinity;
  for (let choice = 0; choice < choices; choice++) {
    if (allowed[offset + choice] === 0) continue;
    count++;
    maximum = Math.max(maximum, logits[offset + choice]);
  }
  let total = 0;
  for (let choice = 0; choice < choices; choice++) {
    if (allowed[offset + choice] === 0) continue;
    weight[choice] = Math.exp((logits[offset + choice] - maximum) / temperature);
    total += weight[choice];
  }
  let cumulative = 0;
  let last = -1;
  for (let choice = 0; choice < choices; choice++) {
    if (allowed[offset + choice] === 0) continue;
    cumulative += ((1 - exploration) * weight[choice]) / total + exploration / count;
    last = choice;
    if (u < cumulative) break;
  }
  return last;
}

/** As `drawChoice` with equal logits: which of `count` choices (0-based) u falls on. */
export function drawUniform(count: number, u: number): number {
  let cumulative = 0;
  for (let choice = 0; choice < count; choice++) {
    cumulative += 1 / count;
    if (u < cumulative) return choice;
  }
  return count - 1;
}
