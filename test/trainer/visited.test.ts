import { describe, expect, it } from 'vitest';
import {
  hypergrid,
  Trainer,
  trajectoryBalance,
  type Backend,
  type TrainOptions,
  type Visited,
} from '../../src/index.ts';
import { resolveTrainerOptions } from '../../src/trainer/trainer-options.ts';
import { stepsHeld } from '../../src/trainer/visited-objects.ts';

const environment = hypergrid({ dimensions: 2, side: 6 });
const create = (backend: Backend = 'native', batchSize = 4) =>
  Trainer.create({ environment, objective: trajectoryBalance(), hidden: [8], seed: 2, batchSize, backend });

async function run(trainer: Trainer, options: TrainOptions): Promise<number[]> {
  const steps: number[] = [];
  for await (const { step } of trainer.train(options)) steps.push(step);
  trainer.dispose();
  return steps;
}

describe('onVisited', () => {
  it.each(['native', 'typescript'] as const)(
    'is given all objects in order, whatever is reported: %s',
    async (backend) => {
      const expected: number[] = [];
      const kept = await create(backend);
      for await (const { visited } of kept.train({ steps: 23, keepVisited: true })) {
        expected.push(...(visited?.terminalState ?? []));
      }
      kept.dispose();
      const states: number[] = [];
      const rewards: number[] = [];
      const onVisited = ({ count, terminalState, logReward }: Visited) => {
        states.push(...terminalState.subarray(0, count * environment.stateSize));
        rewards.push(...logReward.subarray(0, count));
      };
      expect(await run(await create(backend), { steps: 23, reportEvery: 10, onVisited })).toEqual([10, 20, 23]);
      expect(states).toEqual(expected);
      const x = (i: number) =>
        Int32Array.from(states.slice(i * environment.stateSize, (i + 1) * environment.stateSize));
      expect(rewards).toHaveLength(92);
      rewards.forEach((reward, i) => expect(reward).toBeCloseTo(environment.logReward(x(i)), 6));
    },
  );

  it('is done with what comes before a report when that is yielded', async () => {
    using trainer = await create();
    let given = 0;
    const onVisited = async ({ count }: Visited) => {
      await new Promise((done) => setTimeout(done, 5));
      given += count;
    };
    for await (const { visits, visited } of trainer.train({ steps: 12, reportEvery: 3, onVisited })) {
      expect(given).toBe(visits);
      expect(visited).toBeNull();
    }
  });

  it('holds training when it does not come after', async () => {
    const batchSize = 2 ** 17;
    using trainer = await create('native', batchSize);
    const held = stepsHeld(trainer.options);
    expect(held).toBeGreaterThan(1);
    expect(held * batchSize * (4 * environment.stateSize + 8)).toBeLessThanOrEqual(2 ** 24);
    let steps = 0;
    const onVisited = async ({ count }: Visited) => {
      steps += count / batchSize;
      await new Promise((done) => setTimeout(done, 100));
      expect(trainer.step - steps).toBeLessThan(held);
    };
    await run(trainer, { steps: 3 * held, reportEvery: 100, onVisited });
    expect(steps).toBe(3 * held);
  });

  it('counts what local search visits, and a step at least', () => {
    const options = { environment, objective: trajectoryBalance() };
    const plain = stepsHeld(resolveTrainerOptions({ ...options, batchSize: 64 }));
    const localSearch = { trajectories: 32, rounds: 1 };
    expect(stepsHeld(resolveTrainerOptions({ ...options, batchSize: 64, localSearch }))).toBeCloseTo(plain / 2, -1);
    expect(stepsHeld(resolveTrainerOptions({ ...options, batchSize: 2 ** 20 }))).toBe(1);
  });

  it('ends training with its failure', async () => {
    using trainer = await create();
    const onVisited = () => Promise.reject(new Error('disk full'));
    const training = (async () => {
      for await (const { step } of trainer.train({ steps: 50, onVisited })) expect(step).toBeLessThan(0);
    })();
    await expect(training).rejects.toThrow('disk full');
    for await (const { loss } of trainer.train({ steps: 1 })) expect(loss).toBeGreaterThan(0);
  });

  it('must be a function', async () => {
    using trainer = await create();
    const bad = trainer.train({ steps: 1, onVisited: 'no' as unknown as () => void });
    await expect(bad.next()).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
  });
});
