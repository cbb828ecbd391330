import { pair, type BinaryLoop } from './binary-loop.ts';
import type { Operator } from './node-context.ts';
import type { ElementArray } from './slot.ts';

type Comparison = BinaryLoop<Float32Array, Float32Array, Uint8Array>;

/** Number(…) of a comparison compiles without a branch, a choice of 1 or 0 does not. */
function comparison(floatLoop: Comparison, f: (a: number, b: number) => boolean, withBool: boolean): Operator {
  return (context) => {
    const { type } = context.input(0);
    if (type === 'float32') return pair(context, floatLoop, context.float(0), context.float(1), context.boolOutput(0));
    const [a, b] =
      withBool && type === 'bool' ? [context.bool(0), context.bool(1)] : [context.integer(0), context.integer(1)];
    return pair(context, truthLoop(f), a, b, context.boolOutput(0));
  };
}

function truthLoop(f: (a: number, b: number) => boolean): BinaryLoop<ElementArray, ElementArray, Uint8Array> {
  return (a, aOffset, aStride, b, bOffset, bStride, y, yOffset, n) => {
    for (let i = 0; i < n; i++) y[yOffset + i] = Number(f(a[aOffset + i * aStride], b[bOffset + i * bStride]));
  };
}

export const greater = comparison(
  (a, ai, as, b, bi, bs, y, yi, n) => {
    for (let i = 0; i < n; i++, ai += as, bi += bs) y[yi + i] = Number(a[ai] > b[bi]);
  },
  (a, b) => a > b,
  false,
);

export const less = comparison(
  (a, ai, as, b, bi, bs, y, yi, n) => {
    for (let i = 0; i < n; i++, ai += as, bi += bs) y[yi + i] = Number(a[ai] < b[bi]);
  },
  (a, b) => a < b,
  false,
);

export const greaterOrEqual = comparison(
  (a, ai, as, b, bi, bs, y, yi, n) => {
    for (let i = 0; i < n; i++, ai += as, bi += bs) y[yi + i] = Number(a[ai] >= b[bi]);
  },
  (a, b) => a >= b,
  false,
);

export const lessOrEqual = comparison(
  (a, ai, as, b, bi, bs, y, yi, n) => {
    for (let i = 0; i < n; i++, ai += as, bi += bs) y[yi + i] = Number(a[ai] <= b[bi]);
  },
  (a, b) => a <= b,
  false,
);

export const equal = comparison(
  (a, ai, as, b, bi, bs, y, yi, n) => {
    for (let i = 0; i < n; i++, ai += as, bi += bs) y[yi + i] = Number(a[ai] === b[bi]);
  },
  (a, b) => a === b,
  true,
);

function logical(f: (a: number, b: number) => boolean): Operator {
  return (context) => pair(context, truthLoop(f), context.bool(0), context.bool(1), context.boolOutput(0));
}

export const and = logical((a, b) => a !== 0 && b !== 0);
export const or = logical((a, b) => a !== 0 || b !== 0);
