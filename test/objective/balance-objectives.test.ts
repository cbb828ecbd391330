import { expect, test } from 'vitest';
import { evaluateBalance, goldenTerms, label, part, readGolden, totalsOf } from './golden-objectives.ts';

const golden = readGolden();
const terms = goldenTerms(golden);

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs(actual[i] - expected[i]), `element ${i}`).toBeLessThan(1e-12 * (1 + Math.abs(expected[i])));
  }
}

for (const { objective, loss, gradients } of golden.balance.cases) {
  test(`${label(objective)}: loss and gradients are PyTorch's`, () => {
    const result = evaluateBalance(objective, terms, totalsOf(terms));
    expectClose([result.loss, result.gradients.logZ], [loss, gradients.logZ]);
    expectClose(result.gradients.logPf, gradients.logPf);
    expectClose(result.gradients.logPb, gradients.logPb);
    expectClose(result.gradients.logF, gradients.logF);
  });

  test(`${label(objective)}: parts of a batch add up to it`, () => {
    const parts = [part(terms, 0, 1), part(terms, 1, 4)];
    const totals = totalsOf(...parts);
    const results = parts.map((one) => evaluateBalance(objective, one, totals));
    expectClose([results[0].loss + results[1].loss], [loss]);
    expectClose([results[0].gradients.logZ + results[1].gradients.logZ], [gradients.logZ]);
    expectClose([...results[0].gradients.logPf, ...results[1].gradients.logPf], gradients.logPf);
    expectClose([...results[0].gradients.logF, ...results[1].gradients.logF], gradients.logF);
  });

  // It holds the mean residual fixed, which differences do not.
  if (objective.name === 'vargrad') continue;
  test(`${label(objective)}: gradients are the slopes of the loss`, () => {
    const h = 1e-6;
    const { gradients: own } = evaluateBalance(objective, terms, totalsOf(terms));
    for (const name of ['logPf', 'logPb', 'logF'] as const) {
      for (let i = 0; i < terms[name].length; i++) {
        const at = (shift: number) => {
          const values = terms[name].slice();
          values[i] += shift;
          const shifted = { ...terms, [name]: values };
          return evaluateBalance(objective, shifted, totalsOf(shifted)).loss;
        };
        expect(Math.abs((at(h) - at(-h)) / (2 * h) - own[name][i]), `${name}[${i}]`).toBeLessThan(1e-7);
      }
    }
  });
}

test('geometric weights of long trajectories do not overflow', () => {
  const length = 3000;
  const long = {
    trajectories: 2,
    offset: Int32Array.of(0, length, length + 2),
    logPf: new Float64Array(length + 2).fill(-1),
    logPb: new Float64Array(length + 2).fill(-0.5),
    logF: new Float64Array(length + 4),
    logReward: new Float64Array(2),
    logZ: 0,
  };
  for (const weighting of ['geometric-within', 'geometric'] as const) {
    for (const lambda of [1.9, 0.5]) {
      const objective = {
        name: 'sub-trajectory-balance',
        lambda,
        weighting,
        regressionLoss: { kind: 'absolute' },
      } as const;
      const { loss, gradients } = evaluateBalance(objective, long, totalsOf(long));
      // Residuals are half the length: λ < 1 prefers short sub-trajectories, λ > 1 long ones.
      expect(loss).toBeGreaterThan(lambda < 1 ? 0.5 : 700);
      expect(loss).toBeLessThan(lambda < 1 ? 2 : 1500);
      expect(gradients.logPf.every(Number.isFinite)).toBe(true);
    }
  }
});
