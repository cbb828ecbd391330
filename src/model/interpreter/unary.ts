import { errorFunction } from './error-function.ts';
import type { NodeContext, Operator } from './node-context.ts';
import { copyShape } from './slot.ts';

/** y[i] = f(x[i]) for i < n. Each function has a loop of its own: one shared loop would call f for every element. */
type FloatLoop = (x: Float32Array, y: Float32Array, n: number) => void;

function apply(context: NodeContext, loop: FloatLoop): () => void {
  const x = context.float(0);
  const y = context.floatOutput(0);
  return () => {
    copyShape(y.shape, x.shape);
    y.allocate();
    loop(x.data, y.data, y.size);
  };
}

function float(loop: FloatLoop): Operator {
  return (context) => apply(context, loop);
}

/** For operators that exist on integers too. */
function number(loop: FloatLoop, f: (x: number) => number): Operator {
  return (context) => {
    if (context.input(0).type === 'float32') return apply(context, loop);
    const x = context.integer(0);
    const y = context.integerOutput(0);
    return () => {
      copyShape(y.shape, x.shape);
      y.allocate();
      for (let i = 0; i < y.size; i++) y.data[i] = f(x.data[i]);
    };
  };
}

export const neg = number(
  (x, y, n) => {
    for (let i = 0; i < n; i++) y[i] = -x[i];
  },
  (x) => 0 - x,
);

export const abs = number((x, y, n) => {
  for (let i = 0; i < n; i++) y[i] = Math.abs(x[i]);
}, Math.abs);

// A difference of two comparisons has no branch that is mispredicted half of the time, as Math.sign has.
export const sign = number((x, y, n) => {
  for (let i = 0; i < n; i++) y[i] = Number.isNaN(x[i]) ? NaN : Number(x[i] > 0) - Number(x[i] < 0);
}, Math.sign);

// (x + |x|) / 2 is exact and, unlike a choice by sign, has no branch that is mispredicted half of the time.
// It is NaN for −∞, which the second line puts right.
export const relu = float((x, y, n) => {
  for (let i = 0; i < n; i++) {
    const value = 0.5 * (x[i] + Math.abs(x[i]));
    y[i] = Number.isNaN(value) && x[i] < 0 ? 0 : value;
  }
});

export const exp = float((x, y, n) => {
  for (let i = 0; i < n; i++) y[i] = Math.exp(x[i]);
});

export const log = float((x, y, n) => {
  for (let i = 0; i < n; i++) y[i] = Math.log(x[i]);
});

export const sqrt = float((x, y, n) => {
  for (let i = 0; i < n; i++) y[i] = Math.sqrt(x[i]);
});

export const reciprocal = float((x, y, n) => {
  for (let i = 0; i < n; i++) y[i] = 1 / x[i];
});

export const tanh = float((x, y, n) => {
  for (let i = 0; i < n; i++) y[i] = Math.tanh(x[i]);
});

export const sigmoid = float((x, y, n) => {
  for (let i = 0; i < n; i++) y[i] = 1 / (1 + Math.exp(-x[i]));
});

export const softplus = float((x, y, n) => {
  for (let i = 0; i < n; i++) y[i] = Math.max(x[i], 0) + Math.log1p(Math.exp(-Math.abs(x[i])));
});

export const erf = float((x, y, n) => {
  for (let i = 0; i < n; i++) y[i] = errorFunction(x[i]);
});

export const leakyRelu: Operator = (context) => {
  const alpha = context.floatAttribute('alpha', 0.01);
  const slopes = Float64Array.of(1, alpha);
  return apply(context, (x, y, n) => {
    for (let i = 0; i < n; i++) y[i] = x[i] * slopes[Number(x[i] < 0)];
  });
};

export const elu: Operator = (context) => {
  const alpha = context.floatAttribute('alpha', 1);
  return apply(context, (x, y, n) => {
    for (let i = 0; i < n; i++) y[i] = x[i] < 0 ? alpha * Math.expm1(x[i]) : x[i];
  });
};

/** Gaussian error linear unit (Hendrycks and Gimpel 2016), exact or by tanh. */
export const gelu: Operator = (context) => {
  const scale = Math.sqrt(2 / Math.PI);
  if (context.textAttribute('approximate', ['none', 'tanh'], 'none') === 'tanh') {
    return apply(context, (x, y, n) => {
      for (let i = 0; i < n; i++) {
        const value = x[i];
        y[i] = 0.5 * value * (1 + Math.tanh(scale * (value + 0.044715 * value * value * value)));
      }
    });
  }
  return apply(context, (x, y, n) => {
    for (let i = 0; i < n; i++) y[i] = 0.5 * x[i] * (1 + errorFunction(x[i] * Math.SQRT1_2));
  });
};

// The element, the lower and the upper limit.
const candidates = new Float64Array(4);

/** Picks by index: a choice by comparison has a branch that is mispredicted half of the time. */
function clipLoop(x: Float32Array, y: Float32Array, n: number, low: number, high: number): void {
  candidates[1] = Math.min(low, high);
  candidates[2] = candidates[3] = high;
  for (let i = 0; i < n; i++) {
    candidates[0] = x[i];
    y[i] = candidates[Number(x[i] < low) + 2 * Number(x[i] > high)];
  }
}

export const hardSigmoid: Operator = (context) => {
  const alpha = context.floatAttribute('alpha', 0.2);
  const beta = context.floatAttribute('beta', 0.5);
  return apply(context, (x, y, n) => {
    candidates[1] = 0;
    candidates[2] = 1;
    for (let i = 0; i < n; i++) {
      const value = Math.fround(Math.fround(alpha * x[i]) + beta);
      candidates[0] = value;
      y[i] = candidates[Number(value < 0) + 2 * Number(value > 1)];
    }
  });
};

/** Limits are scalars that may be missing; the upper one wins where they cross. */
export const clip: Operator = (context) => {
  const x = context.input(0);
  if (x.type !== 'float32') return clipIntegers(context);
  const minimum = context.hasInput(1) ? context.float(1) : null;
  const maximum = context.hasInput(2) ? context.float(2) : null;
  return apply(context, (from, to, n) =>
    clipLoop(from, to, n, minimum?.data[0] ?? -Infinity, maximum?.data[0] ?? Infinity),
  );
};

const clipIntegers: Operator = (context) => {
  const x = context.integer(0);
  const minimum = context.hasInput(1) ? context.integer(1) : null;
  const maximum = context.hasInput(2) ? context.integer(2) : null;
  const y = context.integerOutput(0);
  return () => {
    copyShape(y.shape, x.shape);
    y.allocate();
    for (let i = 0; i < y.size; i++) {
      y.data[i] = Math.min(Math.max(x.data[i], minimum?.data[0] ?? -Infinity), maximum?.data[0] ?? Infinity);
    }
  };
};

export const not: Operator = (context) => {
  const x = context.bool(0);
  const y = context.boolOutput(0);
  return () => {
    copyShape(y.shape, x.shape);
    y.allocate();
    for (let i = 0; i < y.size; i++) y.data[i] = x.data[i] ^ 1;
  };
};
