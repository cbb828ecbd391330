import { expect, test } from 'vitest';
import { regressionDerivative, regressionValue, type RegressionLoss } from '../../src/objective/regression-loss.ts';

const losses: readonly RegressionLoss[] = [
  { kind: 'squared' },
  { kind: 'half-squared' },
  { kind: 'absolute' },
  { kind: 'huber', delta: 1.5 },
  { kind: 'log-cosh' },
  { kind: 'shifted-cosh' },
  { kind: 'linex', alpha: 1 },
  { kind: 'linex', alpha: -0.5 },
];

for (const loss of losses) {
  const name = JSON.stringify(loss);

  test(`${name}: the derivative is the slope`, () => {
    const h = 1e-6;
    for (const t of [-30, -3.1, -1.2, -0.4, 0.3, 0.9, 2.7, 30]) {
      const slope = (regressionValue(loss, t + h) - regressionValue(loss, t - h)) / (2 * h);
      const derivative = regressionDerivative(loss, t);
      expect(Math.abs(derivative - slope)).toBeLessThan(1e-6 * (1 + Math.abs(slope)));
    }
  });

  test(`${name}: zero at zero and positive elsewhere, finite far away`, () => {
    expect(regressionValue(loss, 0)).toBe(0);
    expect(Math.abs(regressionDerivative(loss, 0))).toBe(0);
    for (const t of [-1e4, -2, -1e-5, 1e-5, 2, 1e4]) {
      expect(regressionValue(loss, t)).toBeGreaterThan(0);
      expect(Number.isFinite(regressionValue(loss, t))).toBe(true);
      expect(Math.sign(regressionDerivative(loss, t))).toBe(Math.sign(t));
      expect(Math.abs(regressionDerivative(loss, t))).toBeLessThan(1e38);
    }
  });
}

test('beyond a clamp value and derivative are those at the clamp', () => {
  const cosh: RegressionLoss = { kind: 'shifted-cosh' };
  expect(regressionValue(cosh, -95)).toBe(regressionValue(cosh, -80));
  expect(regressionDerivative(cosh, -95)).toBe(regressionDerivative(cosh, -80));
  const linex: RegressionLoss = { kind: 'linex', alpha: 2 };
  expect(regressionValue(linex, 90)).toBe(regressionValue(linex, 40));
  expect(regressionDerivative(linex, 90)).toBe(regressionDerivative(linex, 40));
  expect(regressionDerivative(linex, 40)).toBeGreaterThan(1e34);
});

test('huber is quadratic up to delta and linear after it', () => {
  const huber: RegressionLoss = { kind: 'huber', delta: 2 };
  expect(regressionValue(huber, 2)).toBe(2);
  expect(regressionValue(huber, -5)).toBe(8);
  expect(regressionDerivative(huber, -5)).toBe(-2);
});
