/** Two paths add up in different orders; float32 leaves this much, as in the parity tests. */
const TOLERANCE = 1e-5;
const compared = /** @type {const} */ (['loss', 'logZ', 'meanLength', 'meanLogReward', 'rows']);

/**
 * Throws unless all reports of the same step say the same: |a − b| ≤ 1e-5 · (1 + |a|).
 * @param {readonly { name: string, report: import('../dist/index.js').StepReport }[]} results
 */
export function requireEqualResults(results) {
  const [first, ...others] = results;
  for (const { name, report } of others) {
    for (const key of compared) {
      const [expected, got] = [first.report[key], report[key]];
      if (!(Math.abs(expected - got) <= TOLERANCE * (1 + Math.abs(expected)))) {
        throw new Error(`${key} of step ${report.step}: ${first.name} has ${expected}, ${name} has ${got}`);
      }
    }
  }
}
