import { getHeapStatistics } from 'node:v8';
import { describe, expect, it } from 'vitest';
import {
  defineEnvironment,
  detailedBalance,
  flowMatching,
  subTrajectoryBalance,
  trajectoryBalance,
  Trainer,
  varGrad,
  type DefinedEnvironment,
  type Environment,
  type EnvironmentDescription,
  type Objective,
  type Progress,
  type TrainerOptions,
} from '../../../src/index.ts';
import { hypergrid } from '../../../src/env/hypergrid.ts';
import { pairs, type Items } from './pairs.ts';

async function trained(
  environment: Environment,
  options: Partial<TrainerOptions>,
  steps: number,
): Promise<{ reports: Progress[]; l1Sum: number | null; model: Uint8Array }> {
  using trainer = await Trainer.create({
    environment,
    objective: trajectoryBalance(),
    hidden: [32, 32],
    seed: 3,
    threads: 2,
    ...options,
  });
  const reports: Progress[] = [];
  for await (const report of trainer.train({ steps, reportEvery: 10, keepVisited: true })) reports.push(report);
  const { l1Sum } = await trainer.evaluate({ samples: 100 });
  const drawn = await trainer.model.sampleTrajectories(200, { seed: 5 });
  return { reports, l1Sum, model: new Uint8Array(drawn.terminalState.buffer) };
}

/** The hypergrid of the package, written as a user would. */
function ownGrid(
  dimensions: number,
  side: number,
  tableBytes?: number,
  compile?: boolean,
): DefinedEnvironment<number[]> {
  const built = hypergrid({ dimensions, side });
  const stop = dimensions;
  return defineEnvironment<number[]>(
    {
      name: 'own-grid',
      actions: dimensions + 1,
      maximumLength: dimensions * (side - 1) + 1,
      observation: built.observation,
      initial: () => new Array<number>(dimensions + 1).fill(0),
      allowed: (state, action) => state[stop] === 0 && (action === stop || state[action] < side - 1),
      apply: (state, action) => state.with(action, state[action] + 1),
      isTerminal: (state) => state[stop] === 1,
      backwardAllowed: (state, backward) =>
        backward === stop ? state[stop] === 1 : state[stop] === 0 && state[backward] > 0,
      undo: (state, backward) => state.with(backward, state[backward] - 1),
      key: (state) => state,
      observe: (state) => state.slice(0, dimensions).map((x, i) => i * side + x),
      logReward: (state) => built.logReward(Int32Array.from(state)),
    },
    { tableBytes, compile },
  );
}

const objectives: readonly [string, Objective, boolean][] = [
  ['trajectory balance', trajectoryBalance(), true],
  ['flow matching', flowMatching(), false],
  ['detailed balance', detailedBalance(), true],
  ['sub-trajectory balance', subTrajectoryBalance(), false],
  ['VarGrad', varGrad(), true],
];

describe('an environment of the user’s own', () => {
  it.each(objectives)('trains as the same one of the package does: %s', async (_, objective, learnBackward) => {
    const options = { objective, learnBackward };
    const built = await trained(hypergrid({ dimensions: 2, side: 5 }), options, 30);
    for (const own of [ownGrid(2, 5), ownGrid(2, 5, 0), ownGrid(2, 5, undefined, true)]) {
      const { reports } = await trained(own, options, 30);
      expect(reports.map(({ loss, logZ, rows, meanLength }) => ({ loss, logZ, rows, meanLength }))).toEqual(
        built.reports.map(({ loss, logZ, rows, meanLength }) => ({ loss, logZ, rows, meanLength })),
      );
    }
  });

  it('gives the same results whatever is kept of its states, and on the TypeScript path', async () => {
    const kept = await trained(defineEnvironment(pairs), {}, 60);
    const hosted = await trained(defineEnvironment(pairs, { tableBytes: 0 }), {}, 60);
    const compiled = await trained(defineEnvironment(pairs, { compile: true }), {}, 60);
    expect(hosted).toEqual({ ...kept, reports: withoutSeconds(kept.reports, hosted.reports) });
    expect(compiled).toEqual({ ...kept, reports: withoutSeconds(kept.reports, compiled.reports) });
  });

  it.each([6, 700])('may show several inputs, %i of them indices of one', async (size) => {
    const environment = defineEnvironment<Items>({
      ...pairs,
      name: 'pairs-with-inputs',
      observation: { items: { width: 6, size: 2 * size }, count: { values: 2 }, end: { width: 1, size: 2 } },
      observe: ({ chosen, finished }) => {
        const bits = Array.from(chosen, Number);
        const count = bits.reduce((sum, bit) => sum + bit, 0);
        return { items: bits.map((bit, i) => 2 * i + bit), count: [count / 6, 0.25], end: [Number(finished)] };
      },
    });
    const native = await trained(environment, {}, 40);
    const typescript = await trained(environment, { backend: 'typescript' }, 40);
    expect(native.reports[0].loss).toBeCloseTo(typescript.reports[0].loss, 4);
    expect(native.reports[3].loss).toBeCloseTo(typescript.reports[3].loss, 3);
  });

  it.each([
    ['kept as they are found', {}, 0, 0],
    ['compiled', { compile: true }, 0, 0],
    ['not kept', { tableBytes: 0 }, 1, Infinity],
  ] as const)('asks JavaScript again only about states that are %s', async (_, options, least, most) => {
    let asked = 0;
    const apply: typeof pairs.apply = (state, action) => {
      asked++;
      return pairs.apply(state, action);
    };
    const environment = defineEnvironment<Items>({ ...pairs, apply }, options);
    using trainer = await Trainer.create({ environment, objective: trajectoryBalance(), hidden: [8], exploration: 1 });
    for await (const { step } of trainer.train({ steps: 300 })) expect(step).toBeGreaterThan(0);
    asked = 0;
    for await (const { step } of trainer.train({ steps: 20 })) expect(step).toBeGreaterThan(300);
    expect(asked).toBeGreaterThanOrEqual(least);
    expect(asked).toBeLessThanOrEqual(most);
  });

  it('keeps fewer states where JavaScript’s heap, which holds them too, is small', () => {
    const { keptBytes, hosting } = defineEnvironment(pairs);
    expect(keptBytes).toBeLessThanOrEqual(getHeapStatistics().heap_size_limit / 4);
    expect(keptBytes).toBeLessThanOrEqual(hosting.tableBytes);
    expect(defineEnvironment(pairs, { tableBytes: 1000 }).keptBytes).toBe(1000);
  });

  describe('that takes more than tableBytes', () => {
    const TABLE_BYTES = 20_000;
    const LENGTH = 10;
    const BATCH = 4;
    /** Words of ten bits: 2,047 states, of which a trajectory sees eleven. */
    const words = {
      name: 'words-of-bits',
      actions: 2,
      maximumLength: LENGTH,
      observation: { width: LENGTH, size: 3 * LENGTH },
      initial: () => '',
      allowed: (word) => word.length < LENGTH,
      apply: (word, bit) => word + String(bit),
      isTerminal: (word) => word.length === LENGTH,
      backwardAllowed: (word, bit) => word.endsWith(String(bit)),
      undo: (word) => word.slice(0, -1),
      key: (word) => word,
      observe: (word) => Array.from({ length: LENGTH }, (_, i) => 3 * i + Number(word[i] ?? 2)),
      logReward: () => 0,
    } as const satisfies EnvironmentDescription<string>;

    it('is kept up to that and begun anew by the native side', async () => {
      // Of native/env/hosted_environment.hpp, without the paths.
      const bytesPerState = 9 * (2 + 2) + 4 * (LENGTH + 1) + 8;
      const known = new Set<string>(); // since the table was begun, with the initial state
      let most = 0;
      const environment = defineEnvironment<string>(
        {
          ...words,
          initial: () => {
            known.clear();
            return '';
          },
          key: (word) => {
            most = Math.max(most, known.add(word).size);
            return word;
          },
        },
        { tableBytes: TABLE_BYTES },
      );
      const options = { objective: trajectoryBalance(), hidden: [8], batchSize: BATCH, exploration: 1 };
      using trainer = await Trainer.create({ environment, ...options });
      most = 0;
      for await (const { step } of trainer.train({ steps: 200 })) expect(step).toBeGreaterThan(0);
      expect(most).toBeGreaterThan((0.7 * TABLE_BYTES) / bytesPerState);
      expect(most).toBeLessThanOrEqual(TABLE_BYTES / bytesPerState + BATCH * (LENGTH + 1));
    });

    it('is kept up to that and begun anew on the TypeScript path', () => {
      const environment = defineEnvironment<string>(words, { tableBytes: TABLE_BYTES });
      const bytesPerState = 9 * (2 + 2) + 4 * LENGTH;
      const state = new Int32Array(environment.stateSize);
      let most = 0;
      for (let trajectory = 0; trajectory < 200; trajectory++) {
        environment.initial(state);
        for (let i = 0; i < LENGTH; i++) {
          most = Math.max(most, -state[0]); // a live state is −1 minus its number
          environment.apply(state, (trajectory >> (i % 8)) & 1);
        }
      }
      expect(most).toBeGreaterThan((0.7 * TABLE_BYTES) / bytesPerState);
      expect(most).toBeLessThanOrEqual(TABLE_BYTES / bytesPerState + LENGTH + 2);
    });
  });

  it('reaches its exact distribution', async () => {
    const { l1Sum } = await trained(defineEnvironment(pairs), { batchSize: 32, learningRate: 3e-3 }, 1500);
    expect(l1Sum).toBeLessThan(0.05);
  });
});

/** The reports with the others' seconds. */
function withoutSeconds(reports: readonly Progress[], others: readonly Progress[]): Progress[] {
  return reports.map((report, i) => ({ ...report, secondsTraining: others[i].secondsTraining }));
}

describe('defineEnvironment', () => {
  const broken: readonly [string, Partial<EnvironmentDescription<Items>>, RegExp][] = [
    ['undo that does not undo', { undo: (state) => state }, /undo restores the state before the action/],
    ['keys that are all the same', { key: () => 'same' }, /an action leads to another state; .* action 0/],
    [
      'keys that collide',
      { key: ({ chosen, finished }) => (finished ? 'finished' : chosen) },
      /two states with the same key are the same state/,
    ],
    [
      'keys of several bigints',
      { key: (() => [1n]) as never },
      /key: expected a string, a bigint or an array of integers/,
    ],
    [
      'nothing instead of several inputs',
      { observation: { a: { values: 1 } }, observe: () => null as never },
      /observe: expected 1 finite float32 numbers for a from pairs, got undefined/,
    ],
    [
      'a number beyond float32',
      { observation: { a: { values: 1 } }, observe: () => ({ a: [1e300] }) },
      /observe: expected 1 finite float32 numbers for a from pairs/,
    ],
    [
      'a terminal state with actions',
      { allowed: ({ chosen }, action) => action === 6 || chosen[action] === '0' },
      /a terminal state has no allowed action/,
    ],
    ['a state without actions', { allowed: () => false }, /a state that is not terminal has an allowed action/],
    ['backward actions that are not allowed', { backwardAllowed: () => false }, /backward action \d is allowed after/],
    ['an initial state with parents', { backwardAllowed: () => true }, /the initial state has no backward action/],
    ['trajectories that are too long', { maximumLength: 2 }, /ends within maximumLength = 2/],
    [
      'an observation out of range',
      { observe: () => [0, 1, 2, 3, 4, 5, 99] },
      /observe: expected 7 integers from 0 to 13/,
    ],
    [
      'an undeclared part of an observation',
      { observation: { a: { values: 1 } }, observe: () => ({ b: [1] }) },
      /observe: expected 1 finite float32 numbers for a from pairs, got undefined/,
    ],
    [
      'an observation without width',
      { observation: { size: 4 } as never },
      /^observation.size: expected \{ width, size \}/,
    ],
    ['a reward that is no number', { logReward: () => Number.NaN }, /logReward: expected a finite number or -Infinity/],
    [
      'a function that throws',
      {
        apply: () => {
          throw new Error('no ink');
        },
      },
      /apply of pairs threw: no ink/,
    ],
    [
      'parameters that no file can hold',
      { parameters: { items: 6n as never } },
      /^parameters: expected an object of what JSON can hold/,
    ],
    [
      'modes without a function',
      { modes: { count: 1, definition: 'the best' } as never },
      /^modes.of: expected a function/,
    ],
    [
      'flags that are no booleans',
      { isTerminal: ((): unknown => 0) as () => boolean },
      /isTerminal returns true or false/,
    ],
  ];

  it.each(broken)('refuses %s', (_, change, message) => {
    expect(() => defineEnvironment({ ...pairs, ...change })).toThrow(message);
  });

  it('refuses keys that collide where only the reward tells the states apart', () => {
    // Words of two letters, of which only the last one is seen, undone and, at the end, in the key.
    const letters = 'ab';
    const words: EnvironmentDescription<string> = {
      name: 'words',
      actions: 2,
      maximumLength: 2,
      observation: { width: 1, size: 3 },
      initial: () => '',
      isTerminal: (word) => word.length === 2,
      allowed: (word) => word.length < 2,
      apply: (word, action) => word + letters[action],
      backwardAllowed: (word, backward) => word.at(-1) === letters[backward],
      undo: (word) => word.slice(0, -1),
      key: (word) => word,
      observe: (word) => [word.length],
      logReward: (word) => (word.startsWith('a') ? 1 : 0),
    };
    expect(() => defineEnvironment(words)).not.toThrow();
    expect(() => defineEnvironment({ ...words, key: (word) => (word.length === 2 ? `_${word[1]}` : word) })).toThrow(
      /words: expected that two states with the same key are the same state; not so in state _[ab]/,
    );
  });

  it.each(['native', 'typescript'] as const)(
    'stops training at a backward action that there is not: %s',
    async (backend) => {
      const count = (chosen: string): number => chosen.replaceAll('0', '').length;
      let broken = false;
      // Two backward actions for three actions: the newest item leaves, or the end is taken back.
      const environment = defineEnvironment<Items>(
        {
          ...pairs,
          name: 'broken-late',
          backwardActions: 2,
          allowed: ({ chosen, finished }, action) => !finished && (action === 6 || action === count(chosen)),
          backwardAllowed: ({ chosen, finished }, backward) =>
            backward === 1 ? finished : !finished && count(chosen) > 0,
          undo: ({ chosen }, backward) =>
            backward === 1
              ? { chosen, finished: false }
              : { chosen: '1'.repeat(count(chosen) - 1).padEnd(6, '0'), finished: false },
          backwardOf: (_, action) => (broken ? 5 : Number(action === 6)),
          forwardOf: ({ chosen }, backward) => (backward === 1 ? 6 : count(chosen) - 1),
        },
        { tableBytes: 0 },
      );
      using trainer = await Trainer.create({ environment, objective: trajectoryBalance(), hidden: [8], backend });
      const train = async (): Promise<void> => {
        for await (const { step } of trainer.train({ steps: 2 })) expect(step).toBeGreaterThan(0);
      };
      await train();
      broken = true;
      await expect(train()).rejects.toMatchObject({ code: 'ERR_ENVIRONMENT' });
      expect(trainer.step).toBe(2);
      broken = false;
      await train();
      expect(trainer.step).toBe(4);
    },
  );
});
