import { expect, test } from 'vitest';
import type { Environment } from '../../src/env/environment.ts';
import { bitSequence } from '../../src/env/bit-sequence.ts';
import { hypergrid } from '../../src/env/hypergrid.ts';
import { BackwardSampler } from '../../src/sampler/backward-sampler.ts';
import { Purpose, RandomStream } from '../../src/sampler/philox.ts';
import { StateRows } from '../../src/sampler/state-rows.ts';
import { LeapEnvironment } from './leap-environment.ts';
import { hashedModel, hashedNumbers } from './tabular-model.ts';

/** Probability of every backward path from `state`, by its forward actions. */
function pathProbabilities(environment: Environment, state: Int32Array, learned: boolean): Map<string, number> {
  const indices = new Int32Array(environment.observation.width);
  const allowed = Array.from({ length: environment.backwardActions }, (_, backward) => backward).filter((backward) =>
    environment.backwardAllowed(state, backward),
  );
  if (allowed.length === 0) return new Map([['', 1]]);
  environment.observe(state, indices);
  const logits = hashedNumbers(`${indices.join(',')} backward`, environment.backwardActions);
  const weight = allowed.map((backward) => (learned ? Math.exp(logits[backward]) : 1));
  const total = weight.reduce((a, b) => a + b);
  const paths = new Map<string, number>();
  allowed.forEach((backward, i) => {
    const parent = state.slice();
    const action = environment.undo(parent, backward);
    for (const [path, probability] of pathProbabilities(environment, parent, learned)) {
      paths.set(`${path}${action},`, (probability * weight[i]) / total);
    }
  });
  return paths;
}

const cases: readonly [Environment, Int32Array][] = [
  [hypergrid({ dimensions: 2, side: 5 }), Int32Array.of(2, 1, 1)],
  [new LeapEnvironment(5), Int32Array.of(4, 1)],
  [
    bitSequence({ length: 3, wordBits: 1, modes: ['010'] }),
    bitSequence({ length: 3, wordBits: 1, modes: ['010'] }).parse('011'),
  ],
];

for (const [environment, terminal] of cases) {
  for (const learned of [false, true]) {
    test(`${environment.name}, learned P_B ${learned}: paths have their probability under P_B`, () => {
      const { actions, backwardActions, stateSize } = environment;
      const rows = new StateRows(environment, hashedModel(actions, backwardActions, learned));
      const count = 20_000;
      const states = new Int32Array(count * stateSize);
      for (let b = 0; b < count; b++) states.set(terminal, b * stateSize);
      const random = new RandomStream(1, Purpose.backward);
      const { offset, forwardAction } = new BackwardSampler(rows).sample(states, random, 0);
      expect(states.subarray(0, stateSize)).toEqual(terminal);

      const frequency = new Map<string, number>();
      for (let b = 0; b < count; b++) {
        const path = Array.from(forwardAction.subarray(offset[b], offset[b + 1]), (action) => `${action},`).join('');
        frequency.set(path, (frequency.get(path) ?? 0) + 1 / count);
      }
      const expected = pathProbabilities(environment, terminal, learned);
      expect(expected.size).toBeGreaterThan(2);
      expect([...frequency.keys()].every((path) => expected.has(path))).toBe(true);
      for (const [path, p] of expected) {
        const deviation = Math.sqrt((p * (1 - p)) / count);
        expect(Math.abs((frequency.get(path) ?? 0) - p)).toBeLessThan(4.5 * deviation);
      }
    });
  }
}

test('a trajectory does not depend on the batch it is drawn in', () => {
  const environment = hypergrid({ dimensions: 2, side: 8 });
  const rows = new StateRows(environment, hashedModel(environment.actions, environment.backwardActions, true));
  const sampler = new BackwardSampler(rows);
  const random = new RandomStream(3, Purpose.backward);
  const states = Int32Array.of(7, 7, 1, 3, 5, 1, 6, 2, 1);
  const all = sampler.sample(states, random, 40);
  const last = sampler.sample(states.subarray(6), random, 42);
  expect(all.forwardAction.slice(all.offset[2], all.offset[3])).toEqual(last.forwardAction);
});
