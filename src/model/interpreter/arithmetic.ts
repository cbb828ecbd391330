import { broadcast, combine, pair, type BinaryLoop } from './binary-loop.ts';
import type { Kernel, NodeContext, Operator } from './node-context.ts';
import { copyShape, type ElementArray, type Slot } from './slot.ts';
import { StridedLoop } from './strided-loop.ts';

type FloatLoop = BinaryLoop<Float32Array, Float32Array, Float32Array>;
type IntegerLoop = BinaryLoop<Float64Array, Float64Array, Float64Array>;

/** Two inputs or, where `variadic`, any number from one on, taken from left to right. */
function arithmetic(floatLoop: FloatLoop, f: (a: number, b: number) => number, variadic: boolean): Operator {
  return (context) => {
    if (!variadic && context.inputCount !== 2)
      throw context.unsupported(`expected 2 inputs, got ${context.inputCount}`);
    const indices = Array.from({ length: context.inputCount }, (_, index) => index);
    return context.input(0).type === 'float32'
      ? fold(
          context,
          floatLoop,
          indices.map((index) => context.float(index)),
          context.floatOutput(0),
        )
      : fold(
          context,
          integerLoop(context, f),
          indices.map((index) => context.integer(index)),
          context.integerOutput(0),
        );
  };
}

function fold<A extends ElementArray>(
  context: NodeContext,
  loop: BinaryLoop<A, A, A>,
  inputs: readonly Slot<A>[],
  y: Slot<A>,
): Kernel {
  const [first, second] = inputs;
  if (inputs.length === 1) {
    return () => {
      copyShape(y.shape, first.shape);
      y.alias(first);
    };
  }
  const strided = new StridedLoop(3);
  return () => {
    broadcast(context, y, inputs);
    combine(strided, loop, first, second, y);
    for (let input = 2; input < inputs.length; input++) combine(strided, loop, y, inputs[input], y);
  };
}

/** Integers are rare and small (shapes, indices): one loop for all operators, and a check of every result. */
function integerLoop(context: NodeContext, f: (a: number, b: number) => number): IntegerLoop {
  return (a, aOffset, aStride, b, bOffset, bStride, y, yOffset, n) => {
    for (let i = 0; i < n; i++) {
      const value = f(a[aOffset + i * aStride], b[bOffset + i * bStride]);
      if (!Number.isSafeInteger(value)) throw context.failure(`expected integers of at most 53 bits, got ${value}`);
      y[yOffset + i] = value;
    }
  };
}

const addLoop: FloatLoop = (a, ai, as, b, bi, bs, y, yi, n) => {
  for (let i = 0; i < n; i++, ai += as, bi += bs) y[yi + i] = a[ai] + b[bi];
};

export const add = arithmetic(addLoop, (a, b) => a + b, false);

export const sum = arithmetic(addLoop, (a, b) => a + b, true);

export const sub = arithmetic(
  (a, ai, as, b, bi, bs, y, yi, n) => {
    for (let i = 0; i < n; i++, ai += as, bi += bs) y[yi + i] = a[ai] - b[bi];
  },
  (a, b) => a - b,
  false,
);

export const mul = arithmetic(
  (a, ai, as, b, bi, bs, y, yi, n) => {
    for (let i = 0; i < n; i++, ai += as, bi += bs) y[yi + i] = a[ai] * b[bi];
  },
  (a, b) => a * b,
  false,
);

/** Integers are divided towards zero; by zero is an error. */
export const div = arithmetic(
  (a, ai, as, b, bi, bs, y, yi, n) => {
    for (let i = 0; i < n; i++, ai += as, bi += bs) y[yi + i] = a[ai] / b[bi];
  },
  (a, b) => Math.trunc(a / b),
  false,
);

// The two numbers, and the second once more where it is NaN: Math.max and Math.min are several times slower, by
// mispredicted branches.
const candidates = new Float64Array(4);

export const max = arithmetic(
  (a, ai, as, b, bi, bs, y, yi, n) => {
    for (let i = 0; i < n; i++, ai += as, bi += bs) {
      candidates[0] = a[ai];
      candidates[1] = candidates[2] = b[bi];
      y[yi + i] = candidates[Number(b[bi] > a[ai]) + 2 * Number(Number.isNaN(b[bi]))];
    }
  },
  Math.max,
  true,
);

export const min = arithmetic(
  (a, ai, as, b, bi, bs, y, yi, n) => {
    for (let i = 0; i < n; i++, ai += as, bi += bs) {
      candidates[0] = a[ai];
      candidates[1] = candidates[2] = b[bi];
      y[yi + i] = candidates[Number(b[bi] < a[ai]) + 2 * Number(Number.isNaN(b[bi]))];
    }
  },
  Math.min,
  true,
);

const powerLoop: BinaryLoop<Float32Array, Float32Array | Float64Array, Float32Array> = (
  a,
  ai,
  as,
  b,
  bi,
  bs,
  y,
  yi,
  n,
) => {
  if (bs === 0 && b[bi] === 2) for (let i = 0; i < n; i++, ai += as) y[yi + i] = a[ai] * a[ai];
  else for (let i = 0; i < n; i++, ai += as, bi += bs) y[yi + i] = power(a[ai], b[bi]);
};

/** IEEE 754: 1 to any power is 1, also to NaN and ±∞, where JavaScript has NaN. */
function power(base: number, exponent: number): number {
  return base === 1 ? 1 : Math.pow(base, exponent);
}

/** The result has the type of the base. */
export const pow: Operator = (context) => {
  const exponent = context.input(1).type === 'float32' ? context.float(1) : context.integer(1);
  if (context.input(0).type === 'float32')
    return pair(context, powerLoop, context.float(0), exponent, context.floatOutput(0));
  const loop = integerLoop(context, Math.pow);
  return pair(context, loop, context.integer(0), context.integer(1), context.integerOutput(0));
};
