import { describe, expect, test } from 'vitest';
import type { Environment } from '../../src/env/environment.ts';
import { createEnvironment, environments } from '../../src/env/registry.ts';
import { nativeAddon, type EnvironmentTrace } from '../../src/native-addon.ts';
import { Purpose, RandomStream } from '../../src/sampler/philox.ts';
import { cases, smallCases } from './cases.ts';

/** A uniformly drawn trajectory to a terminal state. */
function randomActions(environment: Environment, trajectory: number): Int32Array {
  const random = new RandomStream(5, Purpose.evaluation);
  const state = new Int32Array(environment.stateSize);
  environment.initial(state);
  const actions: number[] = [];
  while (!environment.isTerminal(state)) {
    const allowed = Array.from({ length: environment.actions }, (_, a) => a).filter((a) =>
      environment.allowed(state, a),
    );
    const action = allowed[Math.floor(random.uniform(trajectory, actions.length) * allowed.length)];
    environment.apply(state, action);
    actions.push(action);
  }
  return Int32Array.from(actions);
}

/** The same walk in TypeScript as `traceEnvironment` makes natively. */
function traceInTypeScript(environment: Environment, actions: Int32Array): EnvironmentTrace {
  const { stateSize, keyWords, observation } = environment;
  const visited = actions.length + 1;
  const trace = {
    states: new Int32Array(visited * stateSize),
    keys: new Uint32Array(visited * 2 * keyWords),
    allowed: new Uint8Array(visited * environment.actions),
    backwardAllowed: new Uint8Array(visited * environment.backwardActions),
    observations: new Int32Array(visited * observation.width),
    backwardActions: new Int32Array(actions.length),
    undone: new Int32Array(actions.length),
    undoneState: new Int32Array(stateSize),
  };
  const state = trace.undoneState;
  environment.initial(state);
  for (let t = 0; t < visited; t++) {
    trace.states.set(state, t * stateSize);
    environment.key(state, trace.keys.subarray(t * 2 * keyWords, (t + 1) * 2 * keyWords));
    environment.observe(state, trace.observations.subarray(t * observation.width, (t + 1) * observation.width));
    for (let a = 0; a < environment.actions; a++) {
      trace.allowed[t * environment.actions + a] = environment.allowed(state, a) ? 1 : 0;
    }
    for (let b = 0; b < environment.backwardActions; b++) {
      trace.backwardAllowed[t * environment.backwardActions + b] = environment.backwardAllowed(state, b) ? 1 : 0;
    }
    if (t < actions.length) trace.backwardActions[t] = environment.apply(state, actions[t]);
  }
  const logReward = environment.logReward(state);
  for (let t = 0; t < actions.length; t++) {
    trace.undone[t] = environment.undo(state, trace.backwardActions[actions.length - 1 - t]);
  }
  return { ...trace, logReward };
}

/** The bytes of an array: comparing these takes milliseconds where `toEqual` takes seconds. */
function bytes(array: NodeJS.TypedArray): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

for (const { name } of environments) {
  describe(name, () => {
    test.each([...cases[name], ...smallCases[name]])('native and TypeScript agree, %j', (parameters) => {
      const environment = createEnvironment(name, parameters);
      for (let trajectory = 0; trajectory < 3; trajectory++) {
        const actions = randomActions(environment, trajectory);
        const { logReward, ...native } = nativeAddon().traceEnvironment(name, environment.parameters, actions);
        const { logReward: expected, ...twin } = traceInTypeScript(environment, actions);
        for (const key of Object.keys(twin) as (keyof typeof twin)[]) {
          expect(bytes(native[key]).equals(bytes(twin[key])), key).toBe(true);
        }
        // The two mathematics libraries round log, exp and cos differently.
        expect(Math.abs(logReward - expected)).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(expected)));
      }
    });
  });
}

describe('every cell of a grid', () => {
  test.each(['corners', 'cosine', 'sparse', 'deceptive'])('%s reward', (reward) => {
    for (const side of [2, 3, 5, 8, 11, 21]) {
      const environment = createEnvironment('hypergrid', { dimensions: 2, side, reward });
      for (let cell = 0; cell < side * side; cell++) {
        const [x, y] = [cell % side, Math.floor(cell / side)];
        const actions = Int32Array.from([...Array<number>(x).fill(0), ...Array<number>(y).fill(1), 2]);
        const native = nativeAddon().traceEnvironment('hypergrid', environment.parameters, actions);
        const expected = environment.logReward(environment.parse(`${x},${y}`));
        expect(Math.abs(native.logReward - expected)).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(expected)));
      }
    }
  });

  test('R = 0 is minus infinity', () => {
    const { parameters } = createEnvironment('hypergrid', { rewardR0: 0 });
    const native = nativeAddon().traceEnvironment('hypergrid', parameters, Int32Array.of(0, 0, 0, 1, 1, 1, 2));
    expect(native.logReward).toBe(-Infinity);
  });
});

describe('native parameters are checked again where they guard memory', () => {
  const grid = { ...createEnvironment('hypergrid').parameters };
  const sequence = { ...createEnvironment('bit-sequence', { length: 8 }).parameters };

  test.each<[string, object, RegExp]>([
    ['hypergrid', { ...grid, side: 0 }, /^side: expected an integer from 2 to 65535/],
    ['hypergrid', { ...grid, dimensions: 1e9 }, /^dimensions: /],
    ['hypergrid', { ...grid, side: NaN }, /^side: /],
    ['hypergrid', { ...grid, side: 'x' }, /^side: expected a number, got another type/],
    ['hypergrid', {}, /^dimensions: expected a number, got nothing/],
    ['hypergrid', { ...grid, reward: 'x' }, /^reward: expected corners/],
    ['bit-sequence', { ...sequence, modes: ['0'] }, /^modes: expected strings of 8 bits/],
    ['bit-sequence', { ...sequence, wordBits: 3 }, /^length: expected a multiple of wordBits/],
    ['bit-sequence', { ...sequence, wordBits: 40 }, /^wordBits: /],
    ['hypergrd', grid, /^environment: expected a registered name, got hypergrd/],
  ])('%s %j', (name, parameters, message) => {
    const trace = () => nativeAddon().traceEnvironment(name, parameters, new Int32Array());
    expect(trace).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
    expect(trace).toThrow(message);
  });
});
