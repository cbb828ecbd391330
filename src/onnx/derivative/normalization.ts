import { floatAttribute, intAttribute } from '../attributes.ts';
import type { DerivativeContext, DerivativeRule } from './derivative-context.ts';

function sumOverAxis(c: DerivativeContext, value: string): string {
  return c.op('ReduceSum', [value, c.vector([intAttribute(c.node, 'axis', -1)])], { keepdims: 1 });
}

/** dx = y g − y Σ y g. */
export const softmax: DerivativeRule = (c) => {
  const product = c.op('Mul', [c.output(), c.gradient]);
  return [c.op('Sub', [product, c.op('Mul', [c.output(), sumOverAxis(c, product)])])];
};

/** dx = g − e^y Σ g. */
export const logSoftmax: DerivativeRule = (c) => {
  const probability = c.op('Exp', [c.output()]);
  return [c.op('Sub', [c.gradient, c.op('Mul', [probability, sumOverAxis(c, c.gradient)])])];
};

/**
 * y = x̂ s + b with x̂ = (x − mean) / √(variance + ε) (Ba et al. 2016, equation 3). With d = g s:
 * dx = (d − mean d − x̂ mean(d x̂)) / √(variance + ε). Statistics are computed again from x, the only thing kept.
 */
export const layerNormalization: DerivativeRule = (c) => {
  if (c.gradients.slice(1).some((gradient) => gradient !== null)) c.fail('the mean and deviation outputs are used');
  const rank = c.inputShape(0).length;
  const axis = intAttribute(c.node, 'axis', -1);
  const first = axis < 0 ? axis + rank : axis;
  const axes = c.vector(Array.from({ length: rank - first }, (_, index) => first + index));
  const mean = (value: string) => c.op('ReduceMean', [value, axes], { keepdims: 1 });
  const x = c.input(0);

  const centered = c.op('Sub', [x, mean(x)]);
  const variance = mean(c.op('Mul', [centered, centered]));
  const deviation = c.op('Sqrt', [c.op('Add', [variance, c.scalar(floatAttribute(c.node, 'epsilon', 1e-5))])]);
  const normalized = c.op('Div', [centered, deviation]);

  const d = c.op('Mul', [c.gradient, c.input(1)]);
  const projection = c.op('Mul', [normalized, mean(c.op('Mul', [d, normalized]))]);
  const ofX = c.op('Div', [c.op('Sub', [c.op('Sub', [d, mean(d)]), projection]), deviation]);
  const ofScale = c.reduced(c.op('Mul', [c.gradient, normalized]), 1);
  return c.hasInput(2) ? [ofX, ofScale, c.reduced(c.gradient, 2)] : [ofX, ofScale];
};
