import { describe, expect, test } from 'vitest';
import type { Environment } from '../../src/env/environment.ts';
import { createEnvironment, environments } from '../../src/env/registry.ts';
import { Purpose, RandomStream } from '../../src/sampler/philox.ts';
import { cases, smallCases } from './cases.ts';

function allowedActions(environment: Environment, state: Int32Array): number[] {
  return Array.from({ length: environment.actions }, (_, a) => a).filter((a) => environment.allowed(state, a));
}

function allowedBackward(environment: Environment, state: Int32Array): number[] {
  const all = Array.from({ length: environment.backwardActions }, (_, b) => b);
  return all.filter((b) => environment.backwardAllowed(state, b));
}

function keyOf(environment: Environment, state: Int32Array): string {
  const key = new Uint32Array(2 * environment.keyWords).fill(0xdeadbeef);
  environment.key(state, key);
  return key.join(' ');
}

function initialState(environment: Environment): Int32Array {
  const state = new Int32Array(environment.stateSize).fill(-7);
  environment.initial(state);
  return state;
}

/** A changed copy, and what the change returned. */
function copyAfter(state: Int32Array, change: (copy: Int32Array) => number): [Int32Array, number] {
  const copy = state.slice();
  return [copy, change(copy)];
}

function checkState(environment: Environment, state: Int32Array, isInitial: boolean): void {
  const forward = allowedActions(environment, state);
  const backward = allowedBackward(environment, state);
  expect(forward.length > 0).toBe(!environment.isTerminal(state));
  expect(backward.length > 0).toBe(!isInitial);
  const indices = new Int32Array(environment.observation.width).fill(-1);
  environment.observe(state, indices);
  for (const index of indices) {
    expect(index).toBeGreaterThanOrEqual(0);
    expect(index).toBeLessThan(environment.observation.size);
  }
  if (!environment.isTerminal(state)) return;
  expect(environment.logReward(state)).not.toBeNaN();
  expect(environment.parse(environment.format(state))).toEqual(state);
  for (const mode of environment.modes?.of(state) ?? []) {
    expect(mode).toBeGreaterThanOrEqual(0);
    expect(mode).toBeLessThan(environment.modes!.count);
  }
}

/** Both directions of every edge at the state: at most `most` of them, spread evenly. */
function checkEdges(environment: Environment, state: Int32Array, most: number): void {
  const spread = (actions: number[]) =>
    actions.filter((_, i) => i % Math.max(1, Math.ceil(actions.length / most)) === 0);
  const key = keyOf(environment, state);
  const children = new Set<string>();
  const forward = spread(allowedActions(environment, state));
  for (const action of forward) {
    const [child, backward] = copyAfter(state, (copy) => environment.apply(copy, action));
    expect(environment.backwardAllowed(child, backward)).toBe(true);
    children.add(keyOf(environment, child));
    expect(environment.undo(child, backward)).toBe(action);
    expect(child).toEqual(state);
  }
  expect(children.size).toBe(forward.length);
  const parents = new Set<string>();
  const backward = spread(allowedBackward(environment, state));
  for (const action of backward) {
    const [parent, redo] = copyAfter(state, (copy) => environment.undo(copy, action));
    expect(environment.isTerminal(parent)).toBe(false);
    expect(environment.allowed(parent, redo)).toBe(true);
    parents.add(keyOf(environment, parent));
    expect(environment.apply(parent, redo)).toBe(action);
    expect(parent).toEqual(state);
  }
  expect(parents.size).toBe(backward.length);
  expect(children.has(key) || parents.has(key)).toBe(false);
}

/** Every state that can be reached, by key. */
function enumerate(environment: Environment): Map<string, Int32Array> {
  const first = initialState(environment);
  const states = new Map([[keyOf(environment, first), first]]);
  for (const state of states.values()) {
    for (const action of allowedActions(environment, state)) {
      const child = state.slice();
      environment.apply(child, action);
      const key = keyOf(environment, child);
      const known = states.get(key);
      if (known === undefined) states.set(key, child);
      else expect(child).toEqual(known);
    }
  }
  return states;
}

test('every registered environment has cases', () => {
  expect(Object.keys(cases).sort()).toEqual(environments.map((definition) => definition.name).sort());
  expect(Object.keys(smallCases).sort()).toEqual(Object.keys(cases).sort());
});

for (const { name, options } of environments) {
  describe(name, () => {
    test.each(cases[name])('laws along random trajectories, %j', (parameters) => {
      const environment = createEnvironment(name, parameters);
      const random = new RandomStream(11, Purpose.evaluation);
      for (let trajectory = 0; trajectory < 3; trajectory++) {
        const state = initialState(environment);
        let length = 0;
        while (!environment.isTerminal(state)) {
          checkState(environment, state, length === 0);
          if (length % 8 === 0) checkEdges(environment, state, 12);
          const actions = allowedActions(environment, state);
          environment.apply(state, actions[Math.floor(random.uniform(trajectory, length) * actions.length)]);
          length++;
        }
        checkState(environment, state, false);
        checkEdges(environment, state, 12);
        expect(length).toBeLessThanOrEqual(environment.maximumLength);
        let step = 0;
        while (allowedBackward(environment, state).length > 0) {
          const actions = allowedBackward(environment, state);
          environment.undo(state, actions[Math.floor(random.uniform(trajectory, 10000 + step++) * actions.length)]);
        }
        expect(state).toEqual(initialState(environment));
      }
    });

    test.each(smallCases[name])('laws at every state, %j', (parameters) => {
      const environment = createEnvironment(name, parameters);
      const states = enumerate(environment);
      const first = keyOf(environment, initialState(environment));
      for (const [key, state] of states) {
        checkState(environment, state, key === first);
        checkEdges(environment, state, Infinity);
      }
      const terminal = [...states.values()].filter((state) => environment.isTerminal(state));
      expect(states.size).toBe(environment.stateCount);
      expect(terminal.length).toBe(environment.terminalCount);
      expect(new Set([...states.values()].map((state) => state.join(' '))).size).toBe(states.size);
      expect(new Set(terminal.map((state) => environment.format(state))).size).toBe(terminal.length);
      if (environment.modes === null) return;
      const found = new Set(terminal.flatMap((state) => [...environment.modes!.of(state)]));
      expect(found.size).toBe(environment.modes.count);
    });

    test('parameters build the same environment again', () => {
      for (const parameters of cases[name]) {
        const environment = createEnvironment(name, parameters);
        const json = JSON.parse(JSON.stringify(environment.parameters)) as object;
        expect(createEnvironment(name, json).parameters).toEqual(environment.parameters);
        expect(environment.parameters).toMatchObject(parameters);
        expect(environment.name).toBe(name);
      }
    });

    test('options are described and their defaults are taken', () => {
      const { parameters } = createEnvironment(name);
      for (const [option, description] of Object.entries(options)) {
        expect(description.description).not.toBe('');
        expect(description.allowed).not.toBe('');
        expect(description.defaultText).not.toBe('undefined');
        if (description.default === undefined) continue;
        expect(parameters[option]).toEqual(description.default);
        expect(description.check(option, description.default)).toBe(description.default);
      }
    });
  });
}
