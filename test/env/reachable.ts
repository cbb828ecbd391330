import { expect } from 'vitest';
import type { Environment } from '../../src/env/environment.ts';
import { trajectoryBalance } from '../../src/objective/define-objective.ts';
import { Trainer } from '../../src/trainer/trainer.ts';

export function keyOf(environment: Environment, state: Int32Array): string {
  const key = new Uint32Array(2 * environment.keyWords);
  environment.key(state, key);
  return key.join(' ');
}

/** Every state that can be reached, by key. */
export function reachableStates(environment: Environment): Map<string, Int32Array> {
  const first = new Int32Array(environment.stateSize);
  environment.initial(first);
  const states = new Map([[keyOf(environment, first), first]]);
  for (const state of states.values()) {
    for (let action = 0; action < environment.actions; action++) {
      if (!environment.allowed(state, action)) continue;
      const child = state.slice();
      environment.apply(child, action);
      const key = keyOf(environment, child);
      if (!states.has(key)) states.set(key, child);
    }
  }
  return states;
}

export function terminalStates(environment: Environment): Int32Array[] {
  return [...reachableStates(environment).values()].filter((state) => environment.isTerminal(state));
}

export function logSumExp(values: readonly number[]): number {
  const most = Math.max(...values);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}

/** Trains trajectory balance for this many steps and evaluates it exactly. */
export async function trained(environment: Environment, steps: number, backend: 'native' | 'typescript' = 'native') {
  using trainer = await Trainer.create({
    environment,
    objective: trajectoryBalance(),
    hidden: [64],
    batchSize: 32,
    seed: 1,
    learningRate: { kind: 'cosine', start: 0.005, end: 0, steps },
    learningRateLogZ: { kind: 'cosine', start: 0.1, end: 0, steps },
    backend,
  });
  for await (const { step } of trainer.train({ steps, reportEvery: steps })) expect(step).toBe(steps);
  return await trainer.evaluate({ samples: 1000, seed: 1 });
}
