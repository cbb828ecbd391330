import { expect, test } from 'vitest';
import { BatchTotals } from '../../src/objective/batch-totals.ts';
import { FlowMatchingLoss } from '../../src/objective/flow-matching.ts';
import type { FlowMatching } from '../../src/objective/objective.ts';
import type { PackedBatch } from '../../src/sampler/packed-batch.ts';
import { label, readGolden } from './golden-objectives.ts';

const { flow } = readGolden();
const actions = flow.allowed[0].length;
const trajectories = flow.logReward.length;
const parents = {
  visitedRows: flow.visitedRows,
  offset: Int32Array.from(flow.offset),
  row: Int32Array.from(flow.row),
  action: Int32Array.from(flow.action),
  multiplicity: Int32Array.from(flow.multiplicity),
};
const batch: PackedBatch = {
  trajectories,
  transitions: flow.transitions,
  rows: flow.allowed.length,
  offset: Int32Array.of(0, 3, 6, flow.transitions),
  forwardAction: new Int32Array(flow.transitions),
  backwardAction: new Int32Array(flow.transitions),
  stateRow: new Int32Array(flow.transitions + trajectories),
  backwardCount: new Int32Array(flow.transitions + trajectories),
  logReward: Float64Array.from(flow.logReward),
  terminalState: new Int32Array(trajectories),
  allowed: Uint8Array.from(flow.allowed.flat()),
  backwardAllowed: new Uint8Array(0),
  parents,
};

function evaluate(objective: FlowMatching, logReward = batch.logReward): { loss: number; gradient: Float32Array } {
  const logits = Float32Array.from(flow.logits);
  const gradient = new Float32Array(logits.length).fill(99);
  const totals = new BatchTotals();
  const zeros = new Float64Array(flow.transitions);
  const terms = { trajectories, offset: batch.offset, logPf: zeros, logPb: zeros, logF: zeros, logReward, logZ: 0 };
  totals.add(terms);
  const loss = new FlowMatchingLoss().evaluate(objective, batch, parents, logits, actions, logReward, totals, gradient);
  return { loss, gradient };
}

test.each(flow.cases.map((one) => ({ ...one, name: `${label(one.objective)} ${one.objective.flowEpsilon}` })))(
  "$name: loss and gradient are PyTorch's",
  ({ objective, loss, gradient }) => {
    const result = evaluate(objective);
    expect(Math.abs(result.loss - loss)).toBeLessThan(1e-12 * (1 + Math.abs(loss)));
    // The gradient is handed to the model in float32.
    gradient.forEach((expected, i) => {
      expect(Math.abs(result.gradient[i] - expected), `element ${i}`).toBeLessThan(1e-7 * (1 + Math.abs(expected)));
    });
  },
);

test('a reward of zero is an outflow of ε', () => {
  const { objective } = flow.cases.find((one) => one.objective.flowEpsilon > 0)!;
  const zero = evaluate(objective, Float64Array.of(-Infinity, 0, 0));
  const tiny = evaluate(objective, Float64Array.of(-60, 0, 0));
  expect(zero.loss).toBeCloseTo(tiny.loss, 12);
  expect(zero.gradient.every(Number.isFinite)).toBe(true);
});
