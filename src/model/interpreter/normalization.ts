import { extent, resolveAxis } from './axis.ts';
import type { Operator } from './node-context.ts';
import { copyShape } from './slot.ts';

/** y[offset + i·stride], i < n, becomes the (log-)softmax of x there. */
type Softmax = (x: Float32Array, y: Float32Array, offset: number, stride: number, n: number) => void;

function maximum(x: Float32Array, offset: number, stride: number, n: number): number {
  let largest = -Infinity;
  for (let i = 0, at = offset; i < n; i++, at += stride) if (!(x[at] <= largest)) largest = x[at];
  return largest;
}

function overAxis(apply: Softmax): Operator {
  return (context) => {
    const axisAttribute = context.integerAttribute('axis', -1);
    const x = context.float(0);
    const y = context.floatOutput(0);
    return () => {
      const { shape } = x;
      const axis = resolveAxis(context, axisAttribute, shape.length);
      const inner = extent(shape, axis + 1, shape.length);
      const n = shape[axis];
      copyShape(y.shape, shape);
      y.allocate();
      for (let outer = 0; outer < x.size; outer += n * inner) {
        for (let i = 0; i < inner; i++) apply(x.data, y.data, outer + i, inner, n);
      }
    };
  };
}

export const softmax = overAxis((x, y, offset, stride, n) => {
  const largest = maximum(x, offset, stride, n);
  let sum = 0;
  for (let i = 0, at = offset; i < n; i++, at += stride) {
    const term = Math.exp(x[at] - largest);
    y[at] = term;
    sum += term;
  }
  const scale = 1 / sum;
  for (let i = 0, at = offset; i < n; i++, at += stride) y[at] *= scale;
});

export const logSoftmax = overAxis((x, y, offset, stride, n) => {
  const largest = maximum(x, offset, stride, n);
  let sum = 0;
  for (let i = 0, at = offset; i < n; i++, at += stride) sum += Math.exp(x[at] - largest);
  const logSum = largest + Math.log(sum);
  for (let i = 0, at = offset; i < n; i++, at += stride) y[at] = x[at] - logSum;
});

/**
 * Layer normalization (Ba et al. 2016) over the axes from `axis` on: scale · (x − mean) / √(variance + ε) + bias.
 * The mean and the inverse standard deviation are further outputs, with size 1 at the normalized axes.
 */
export const layerNormalization: Operator = (context) => {
  const axisAttribute = context.integerAttribute('axis', -1);
  const epsilon = context.floatAttribute('epsilon', 1e-5);
  if (context.integerAttribute('stash_type', 1) !== 1) throw context.unsupported('attribute stash_type: expected 1');
  const x = context.float(0);
  const scale = context.float(1);
  const bias = context.hasInput(2) ? context.float(2) : null;
  const y = context.floatOutput(0);
  const means = context.hasOutput(1) ? context.floatOutput(1) : null;
  const inverseDeviations = context.hasOutput(2) ? context.floatOutput(2) : null;
  return () => {
    const { shape } = x;
    const axis = resolveAxis(context, axisAttribute, shape.length);
    const n = extent(shape, axis, shape.length);
    for (const parameter of bias === null ? [scale] : [scale, bias]) {
      if (parameter.size !== n) {
        throw context.failure(`"${parameter.name}": expected ${n} elements, got ${parameter.size}`);
      }
    }
    copyShape(y.shape, shape);
    y.allocate();
    for (const statistic of [means, inverseDeviations]) {
      if (statistic === null) continue;
      copyShape(statistic.shape, shape);
      statistic.shape.fill(1, axis);
      statistic.allocate();
    }
    const rows = extent(shape, 0, axis);
    for (let row = 0; row < rows; row++) {
      const first = row * n;
      let sum = 0;
      for (let i = 0; i < n; i++) sum += x.data[first + i];
      const mean = sum / n;
      let squares = 0;
      for (let i = 0; i < n; i++) {
        const difference = x.data[first + i] - mean;
        squares += difference * difference;
      }
      const inverseDeviation = 1 / Math.sqrt(squares / n + epsilon);
      for (let i = 0; i < n; i++) {
        y.data[first + i] = (x.data[first + i] - mean) * inverseDeviation * scale.data[i];
      }
      if (bias !== null) for (let i = 0; i < n; i++) y.data[first + i] += bias.data[i];
      if (means !== null) means.data[row] = mean;
      if (inverseDeviations !== null) inverseDeviations.data[row] = inverseDeviation;
    }
  };
};
