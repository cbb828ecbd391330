import { floatAttribute, stringAttribute } from '../attributes.ts';
import type { DerivativeContext, DerivativeRule } from './derivative-context.ts';

/**
 * `low` where y ≤ 0 and 1 where y > 0: y times a number so large that every normal y > 0 gets above 1, clipped. ONNX
 * Runtime does this faster than Greater and Where, much faster than Sign, and fastest as HardSigmoid, which it has in
 * float32 only.
 */
function step(c: DerivativeContext, y: string, low: number): string {
  if (low === 0 && c.type === 'float32') {
    return c.op('HardSigmoid', [y], { alpha: { float: 1e38 }, beta: { float: 0 } });
  }
  const huge = c.scalar(c.type === 'float64' ? 1e308 : 1e38);
  return c.op('Clip', [c.op('Mul', [y, huge]), c.scalar(low), c.scalar(1)]);
}

export const relu: DerivativeRule = (c) => [c.op('Mul', [c.gradient, step(c, c.output(), 0)])];

/** Slope 1 above 0 and α elsewhere; the output has the input's sign for α > 0. */
export const leakyRelu: DerivativeRule = (c) => {
  const alpha = floatAttribute(c.node, 'alpha', 0.01);
  if (alpha > 0 && alpha <= 1) return [c.op('Mul', [c.gradient, step(c, c.output(), alpha)])];
  const positive = c.op('Greater', [c.input(0), c.scalar(0)]);
  return [c.op('Where', [positive, c.gradient, c.op('Mul', [c.gradient, c.scalar(alpha)])])];
};

/** Slope 1 above 0 and α e^x = y + α elsewhere; for α = 1 that is min(y, 0) + 1. */
export const elu: DerivativeRule = (c) => {
  const alpha = floatAttribute(c.node, 'alpha', 1);
  if (alpha === 1) {
    const slope = c.op('Add', [c.op('Min', [c.output(), c.scalar(0)]), c.scalar(1)]);
    return [c.op('Mul', [c.gradient, slope])];
  }
  const positive = c.op('Greater', [c.input(0), c.scalar(0)]);
  const below = c.op('Mul', [c.gradient, c.op('Add', [c.output(), c.scalar(alpha)])]);
  return [c.op('Where', [positive, c.gradient, below])];
};

/** dx = g (1 − y²). */
export const tanh: DerivativeRule = (c) => {
  const square = c.op('Mul', [c.output(), c.output()]);
  return [c.op('Mul', [c.gradient, c.op('Sub', [c.scalar(1), square])])];
};

/** dx = g y (1 − y). */
export const sigmoid: DerivativeRule = (c) => {
  const slope = c.op('Mul', [c.output(), c.op('Sub', [c.scalar(1), c.output()])]);
  return [c.op('Mul', [c.gradient, slope])];
};

/** y = log(1 + e^x): dx = g sigmoid(x), and sigmoid(x) = 1 − e^(−y). */
export const softplus: DerivativeRule = (c) => {
  const rest = c.op('Exp', [c.op('Neg', [c.output()])]);
  return [c.op('Mul', [c.gradient, c.op('Sub', [c.scalar(1), rest])])];
};

/** y = x Φ(x): slope Φ(x) + x φ(x), with the standard normal distribution Φ and density φ. */
function exactSlope(c: DerivativeContext, x: string): string {
  const erf = c.op('Erf', [c.op('Mul', [x, c.scalar(Math.SQRT1_2)])]);
  const distribution = c.op('Mul', [c.op('Add', [erf, c.scalar(1)]), c.scalar(0.5)]);
  const exponent = c.op('Mul', [c.op('Mul', [x, x]), c.scalar(-0.5)]);
  const density = c.op('Mul', [c.op('Exp', [exponent]), c.scalar(1 / Math.sqrt(2 * Math.PI))]);
  return c.op('Add', [distribution, c.op('Mul', [x, density])]);
}

/**
 * y = x (1 + t) / 2 with t = tanh(√(2/π) (x + 0.044715 x³)) (Hendrycks and Gimpel 2016, section 2):
 * slope (1 + t + x (1 − t²) √(2/π) (1 + 3 · 0.044715 x²)) / 2.
 */
function tanhSlope(c: DerivativeContext, x: string): string {
  const scale = Math.sqrt(2 / Math.PI);
  const square = c.op('Mul', [x, x]);
  const cubic = c.op('Add', [c.op('Mul', [square, c.scalar(scale * 0.044715)]), c.scalar(scale)]);
  const t = c.op('Tanh', [c.op('Mul', [x, cubic])]);
  const inner = c.op('Add', [c.op('Mul', [square, c.scalar(3 * scale * 0.044715)]), c.scalar(scale)]);
  const curve = c.op('Mul', [c.op('Sub', [c.scalar(1), c.op('Mul', [t, t])]), c.op('Mul', [x, inner])]);
  return c.op('Mul', [c.op('Add', [c.op('Add', [t, c.scalar(1)]), curve]), c.scalar(0.5)]);
}

export const gelu: DerivativeRule = (c) => {
  const form = stringAttribute(c.node, 'approximate', 'none');
  const slope = form === 'tanh' ? tanhSlope(c, c.input(0)) : exactSlope(c, c.input(0));
  return [c.op('Mul', [c.gradient, slope])];
};
