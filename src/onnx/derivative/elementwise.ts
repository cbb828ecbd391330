import { tensorNumbers, typeNumber } from '../tensor.ts';
import type { DerivativeContext, DerivativeRule } from './derivative-context.ts';

export const add: DerivativeRule = (c) => [c.reduced(c.gradient, 0), c.reduced(c.gradient, 1)];

export const sub: DerivativeRule = (c) => [c.reduced(c.gradient, 0), c.op('Neg', [c.reduced(c.gradient, 1)])];

export const mul: DerivativeRule = (c) => [
  c.reduced(c.op('Mul', [c.gradient, c.input(1)]), 0),
  c.reduced(c.op('Mul', [c.gradient, c.input(0)]), 1),
];

/** y = a / b: da = g / b, db = −y g / b. */
export const div: DerivativeRule = (c) => {
  const ratio = c.op('Div', [c.gradient, c.input(1)]);
  return [c.reduced(ratio, 0), c.op('Neg', [c.reduced(c.op('Mul', [ratio, c.output()]), 1)])];
};

export const sum: DerivativeRule = (c) => c.node.inputs.map((_, index) => c.reduced(c.gradient, index));

export const identity: DerivativeRule = (c) => [c.gradient];

export const neg: DerivativeRule = (c) => [c.op('Neg', [c.gradient])];

export const exp: DerivativeRule = (c) => [c.op('Mul', [c.gradient, c.output()])];

export const log: DerivativeRule = (c) => [c.op('Div', [c.gradient, c.input(0)])];

/** y = √x: dx = g / 2y. */
export const sqrt: DerivativeRule = (c) => [c.op('Div', [c.op('Mul', [c.gradient, c.scalar(0.5)]), c.output()])];

/** y = 1 / x: dx = −g y². */
export const reciprocal: DerivativeRule = (c) => {
  const square = c.op('Mul', [c.output(), c.output()]);
  return [c.op('Neg', [c.op('Mul', [c.gradient, square])])];
};

export const abs: DerivativeRule = (c) => [c.op('Mul', [c.gradient, c.op('Sign', [c.input(0)])])];

/** d erf(x) / dx = 2/√π e^(−x²). */
export const erf: DerivativeRule = (c) => {
  const square = c.op('Mul', [c.input(0), c.input(0)]);
  const bell = c.op('Mul', [c.op('Exp', [c.op('Neg', [square])]), c.scalar(2 / Math.sqrt(Math.PI))]);
  return [c.op('Mul', [c.gradient, bell])];
};

function powerOfConstant(c: DerivativeContext, exponent: number): string {
  if (exponent === 0) return c.op('Mul', [c.gradient, c.scalar(0)]);
  if (exponent === 1) return c.gradient;
  const scaled = c.op('Mul', [c.gradient, c.scalar(exponent)]);
  const factor = exponent === 2 ? c.input(0) : c.op('Pow', [c.input(0), c.scalar(exponent - 1)]);
  return c.op('Mul', [scaled, factor]);
}

/** b a^(b−1), and 0 for b = 0 whatever a is. */
function powerSlope(c: DerivativeContext): string {
  const exponent = c.inputType(1) === c.type ? c.input(1) : c.op('Cast', [c.input(1)], { to: typeNumber(c.type) });
  const slope = c.op('Mul', [exponent, c.op('Pow', [c.input(0), c.op('Sub', [exponent, c.scalar(1)])])]);
  return c.op('Where', [c.op('Equal', [exponent, c.scalar(0)]), c.scalar(0), slope]);
}

/** y = a^b: da = g b a^(b−1), db = g y log a (0 where a ≤ 0, as the logarithm has no limit there). */
export const pow: DerivativeRule = (c) => {
  const exponent = c.constant(1);
  const single = exponent !== null && exponent.data.length === 1;
  const base = single ? powerOfConstant(c, tensorNumbers(exponent)[0]) : c.op('Mul', [c.gradient, powerSlope(c)]);
  if (!c.wanted[1]) return [c.reduced(base, 0), null];
  const positive = c.op('Greater', [c.input(0), c.scalar(0)]);
  const logarithm = c.op('Log', [c.op('Where', [positive, c.input(0), c.scalar(1)])]);
  const product = c.op('Mul', [c.op('Mul', [c.gradient, c.output()]), logarithm]);
  return [c.reduced(base, 0), c.reduced(product, 1)];
};

export const where: DerivativeRule = (c) => [
  null,
  c.reduced(c.op('Where', [c.input(0), c.gradient, c.scalar(0)]), 1),
  c.reduced(c.op('Where', [c.input(0), c.scalar(0), c.gradient]), 2),
];

export const cast: DerivativeRule = (c) => [
  c.inputType(0) === c.type ? c.gradient : c.op('Cast', [c.gradient], { to: typeNumber(c.inputType(0)) }),
];

/** Piecewise constant functions: the derivative is 0 wherever there is one. */
export const flat: DerivativeRule = (c) => c.node.inputs.map(() => null);
