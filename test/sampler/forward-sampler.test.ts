import { expect, test } from 'vitest';
import type { Environment } from '../../src/env/environment.ts';
import { bitSequence } from '../../src/env/bit-sequence.ts';
import { hypergrid } from '../../src/env/hypergrid.ts';
import { BehaviourPolicy, RecordedActions } from '../../src/sampler/action-source.ts';
import { ForwardSampler } from '../../src/sampler/forward-sampler.ts';
import { Purpose, RandomStream } from '../../src/sampler/philox.ts';
import { RowLimitError } from '../../src/sampler/row-limit.ts';
import { countBackward, StateRows } from '../../src/sampler/state-rows.ts';
import { LeapEnvironment } from './leap-environment.ts';
import { hashedModel } from './tabular-model.ts';

const environments: readonly Environment[] = [
  hypergrid({ dimensions: 2, side: 6 }),
  new LeapEnvironment(7),
  bitSequence({ length: 6, wordBits: 2, modes: ['010101'] }),
  bitSequence({ length: 4, wordBits: 2, modes: ['0101'] }), // terminal states of two parents
];

function label({ name, maximumLength }: Environment): string {
  return `${name} of ${maximumLength} transitions`;
}

function setUp(environment: Environment, learnedBackward: boolean) {
  const { actions, backwardActions } = environment;
  const model = hashedModel(actions, backwardActions, learnedBackward);
  const rows = new StateRows(environment, model);
  const sampler = new ForwardSampler(rows);
  const policy = new BehaviourPolicy(actions, new RandomStream(11, Purpose.training));
  return { model, rows, sampler, policy, batch: sampler.batch };
}

for (const environment of environments) {
  for (const learnedBackward of [false, true]) {
    test(`${label(environment)}, learned P_B ${learnedBackward}: a batch packs the trajectories that its actions give`, () => {
      const { rows, sampler, policy, batch } = setUp(environment, learnedBackward);
      policy.firstTrajectory = 1000;
      sampler.sample(1, policy);
      policy.firstTrajectory = 0;
      sampler.sample(40, policy);
      const state = new Int32Array(environment.stateSize);
      const stored = new Int32Array(environment.stateSize);
      const seen = new Set<number>();
      expect(batch.offset[0]).toBe(0);
      expect(batch.offset[40]).toBe(batch.transitions);
      for (let b = 0; b < 40; b++) {
        environment.initial(state);
        for (let t = batch.offset[b]; t < batch.offset[b + 1]; t++) {
          const row = batch.stateRow[t + b];
          seen.add(row);
          rows.readState(row, stored);
          expect(stored).toEqual(state);
          expect(batch.backwardCount[t + b]).toBe(countBackward(environment, state));
          for (let action = 0; action < environment.actions; action++) {
            expect(batch.allowed[row * environment.actions + action]).toBe(environment.allowed(state, action) ? 1 : 0);
          }
          expect(environment.allowed(state, batch.forwardAction[t])).toBe(true);
          expect(environment.apply(state, batch.forwardAction[t])).toBe(batch.backwardAction[t]);
        }
        expect(environment.isTerminal(state)).toBe(true);
        const { stateSize } = environment;
        expect(batch.terminalState.slice(b * stateSize, (b + 1) * stateSize)).toEqual(state);
        expect(batch.logReward[b]).toBe(environment.logReward(state));
        const parents = countBackward(environment, state);
        const terminalRow = batch.stateRow[batch.offset[b + 1] + b];
        expect(batch.backwardCount[batch.offset[b + 1] + b]).toBe(parents);
        if (learnedBackward && parents > 1) seen.add(terminalRow);
        else expect(terminalRow).toBe(-1);
      }
      expect(seen.size).toBe(batch.rows);
    });
  }

  test(`${label(environment)}: every state is evaluated once, one call an iteration`, () => {
    const { model, sampler, policy, batch } = setUp(environment, false);
    sampler.sample(40, policy);
    let end = 0;
    for (const [first, last] of model.calls) {
      expect(first).toBe(end);
      expect(last).toBeGreaterThan(first);
      end = last;
    }
    expect(end).toBe(batch.rows);
    expect(model.calls[0]).toEqual([0, 1]);
    expect(model.calls.length).toBeLessThanOrEqual(environment.maximumLength);
  });

  test(`${label(environment)}: a trajectory does not depend on the batch it is drawn in`, () => {
    const { sampler, policy, batch } = setUp(environment, false);
    sampler.sample(30, policy);
    const actions = Array.from({ length: 30 }, (_, b) =>
      batch.forwardAction.slice(batch.offset[b], batch.offset[b + 1]),
    );
    expect(new Set(actions.map((one) => one.join())).size).toBeGreaterThan(5);
    for (const first of [0, 7, 29]) {
      policy.firstTrajectory = first;
      sampler.sample(1, policy);
      expect(batch.forwardAction.slice(0, batch.transitions)).toEqual(actions[first]);
    }
  });
}

test('exploration and temperature shape the behaviour policy', () => {
  const environment = new LeapEnvironment(3);
  const stops = (temperature: number, exploration: number): number => {
    const { sampler, policy, batch } = setUp(environment, false);
    policy.temperature = temperature;
    policy.exploration = exploration;
    sampler.sample(20_000, policy);
    let count = 0;
    for (let b = 0; b < 20_000; b++) if (batch.offset[b + 1] - batch.offset[b] === 1) count++;
    return count / 20_000;
  };
  const { model, rows } = setUp(environment, false);
  rows.rowOf(new Int32Array(2));
  rows.evaluate();
  const expected = (temperature: number, exploration: number): number => {
    const weight = Array.from(model.forwardLogits.slice(0, 3), (logit) => Math.exp(logit / temperature));
    return (1 - exploration) * (weight[2] / (weight[0] + weight[1] + weight[2])) + exploration / 3;
  };
  for (const [temperature, exploration] of [
    [1, 0],
    [0.3, 0],
    [0.3, 0.5],
    [1, 1],
  ]) {
    expect(Math.abs(stops(temperature, exploration) - expected(temperature, exploration))).toBeLessThan(0.016);
  }
  expect(Math.abs(expected(0.3, 0) - expected(1, 0))).toBeGreaterThan(0.05);
});

test('recorded actions give the batch that they were recorded from', () => {
  const { sampler, policy, batch } = setUp(environments[0], false);
  sampler.sample(12, policy);
  const offset = batch.offset.slice(0, 13);
  const forwardAction = batch.forwardAction.slice(0, batch.transitions);
  const stateRow = batch.stateRow.slice(0, batch.transitions + 12);
  sampler.sample(12, new RecordedActions(offset, forwardAction));
  expect(batch.forwardAction.slice(0, batch.transitions)).toEqual(forwardAction);
  expect(batch.stateRow.slice(0, batch.transitions + 12)).toEqual(stateRow);
});

test('recorded actions that do not fit are refused by name', () => {
  const { sampler } = setUp(new LeapEnvironment(3), false);
  const replay = (actions: number[]) => {
    sampler.sample(1, new RecordedActions(Int32Array.of(0, actions.length), Int32Array.from(actions)));
  };
  expect(() => replay([0, 1, 0, 2])).toThrow(
    'forwardAction: expected an action that is allowed in step 2 of trajectory 0, got 0',
  );
  expect(() => replay([5])).toThrow(
    'forwardAction: expected an action that is allowed in step 0 of trajectory 0, got 5',
  );
  expect(() => replay([0, 1])).toThrow('expected trajectory 0 to end in a terminal state, got 2 actions');
});

test('more rows than the limit are refused, and the limit itself is not', () => {
  const { rows, sampler, policy, batch } = setUp(environments[0], false);
  sampler.sample(40, policy);
  rows.limit = batch.rows;
  sampler.sample(40, policy);
  rows.limit = batch.rows - 1;
  expect(() => sampler.sample(40, policy)).toThrow(RowLimitError);
});

test('an environment that breaks its maximum length is refused', () => {
  const environment = Object.assign(new LeapEnvironment(9), { maximumLength: 2 });
  const { sampler, policy } = setUp(environment, false);
  expect(() => sampler.sample(20, policy)).toThrow(
    expect.objectContaining({
      code: 'ERR_ENVIRONMENT', // as in native/sampler
      message: 'maximumLength: expected every trajectory of leap to end within 2 transitions, got a longer one',
    }),
  );
});
