import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Environment } from '../../src/env/environment.ts';
import { createEnvironment } from '../../src/env/registry.ts';
import { sequenceStyles } from '../../src/env/sequence-growth.ts';
import type { SequenceOptions } from '../../src/env/sequence-options.ts';
import { qm9Small, sequence, tfbind8 } from '../../src/env/sequence.ts';
import { nativeAddon } from '../../src/native-addon.ts';
import { FlowModel } from '../../src/model/flow-model.ts';
import { trajectoryBalance } from '../../src/objective/define-objective.ts';
import { Trainer } from '../../src/trainer/trainer.ts';
import { logSumExp, reachableStates, terminalStates, trained } from './reachable.ts';

const folder = mkdtempSync(join(tmpdir(), 'gflownet-sequence-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** All texts over an alphabet with this many symbols, in order. */
function texts(alphabet: string, length: number): string[] {
  if (length === 0) return [''];
  return texts(alphabet, length - 1).flatMap((text) => Array.from(alphabet, (symbol) => text + symbol));
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** The sequences that one symbol more gives, by the definition of the style. */
function children(text: string, alphabet: string, style: SequenceOptions['style']): Set<string> {
  const places = { append: [text.length], 'prepend-append': [0, text.length], insert: range(0, text.length) };
  return new Set(
    places[style ?? 'append'].flatMap((p) => Array.from(alphabet, (w) => text.slice(0, p) + w + text.slice(p))),
  );
}

/** The sequences that one symbol less gives. */
function parents(text: string, style: SequenceOptions['style']): Set<string> {
  if (text === '') return new Set();
  const last = text.length - 1;
  const places = { append: [last], 'prepend-append': [0, last], insert: range(0, last) };
  return new Set(places[style ?? 'append'].map((p) => text.slice(0, p) + text.slice(p + 1)));
}

function after(environment: Environment, state: Int32Array, change: (copy: Int32Array) => void): string {
  const copy = state.slice();
  change(copy);
  return environment.format(copy);
}

describe.each(sequenceStyles)('%s', (style) => {
  test.each([
    ['ab', 6],
    ['abc', 5],
    ['a', 3],
  ])('has one action for every child and every parent, alphabet %s, up to %i symbols', (alphabet, length) => {
    const environment = sequence({ alphabet, length, style });
    const states = [...reachableStates(environment).values()];
    expect(new Set(states.map((state) => environment.format(state)))).toEqual(
      new Set(range(0, length).flatMap((size) => texts(alphabet, size))),
    );
    for (const state of states) {
      const text = environment.format(state);
      const forward = range(0, environment.actions - 1).filter((a) => environment.allowed(state, a));
      const reached = forward.map((a) => after(environment, state, (copy) => environment.apply(copy, a)));
      const expected = text.length < length ? children(text, alphabet, style) : new Set();
      expect(reached.length).toBe(expected.size);
      expect(new Set(reached)).toEqual(expected);
      const backward = range(0, environment.backwardActions - 1).filter((b) => environment.backwardAllowed(state, b));
      const left = backward.map((b) => after(environment, state, (copy) => environment.undo(copy, b)));
      expect(left.length).toBe(parents(text, style).size);
      expect(new Set(left)).toEqual(parents(text, style));
    }
  });

  test.each([
    [0, 3],
    [2, 4],
    [1, 1],
  ])('counts of states, %i to %i symbols', (minimumLength, maximumLength) => {
    const environment = sequence({ alphabet: 'abc', minimumLength, maximumLength, style });
    const lengths = range(minimumLength, maximumLength);
    const objects = lengths.flatMap((length) => texts('abc', length));
    const terminal = terminalStates(environment).map((x) => environment.format(x));
    expect(terminal.length).toBe(objects.length);
    expect(new Set(terminal)).toEqual(new Set(objects));
    expect(environment.terminalCount).toBe(objects.length);
    const interior = range(0, maximumLength).reduce((sum, length) => sum + 3 ** length, 0);
    const states = minimumLength === maximumLength ? interior : interior + objects.length;
    expect([reachableStates(environment).size, environment.stateCount]).toEqual([states, states]);
  });
});

test('insertion beside an equal symbol has one place only', () => {
  const environment = sequence({ alphabet: 'ab', length: 4, style: 'insert' });
  const state = new Int32Array(environment.stateSize);
  environment.initial(state);
  for (const action of [0, 2 * 1 + 1, 0]) environment.apply(state, action); // a, ab, aab
  expect(environment.format(state)).toBe('aab');
  const allowed = range(0, 7).filter((action) => environment.allowed(state, action));
  // a in front, b in front, b between both a, b before b, a at the end
  expect(allowed).toEqual([0, 1, 3, 5, 6]);
  expect(range(0, 3).filter((b) => environment.backwardAllowed(state, b))).toEqual([0, 2]);
});

describe('tables', () => {
  const values = [3, 0.5, 2, 4, 1, 0.25, 8, 6];
  const named = Object.fromEntries(texts('ab', 3).map((text, i) => [text, values[i]]));
  const csv = (name: string, rows: readonly string[]) => {
    const path = join(folder, name);
    writeFileSync(path, rows.join('\n'));
    return path;
  };
  const rows = Object.entries(named).map(([text, value]) => `${text},${value}`);
  const options = { alphabet: 'ab', length: 3 } as const;

  test.each<[string, SequenceOptions['table']]>([
    ['a list', values],
    ['a Float32Array', Float32Array.from(values)],
    ['an object', named],
    ['.csv with a heading', csv('headed.csv', ['sequence,value', ...rows.toReversed()])],
    ['.csv without', csv('plain.csv', rows)],
    ['quoted .csv', csv('quoted.csv', rows.map((row) => row.replace(/^(.*),/, '"$1",')))], // prettier-ignore
    ['.json', csv('named.json', [JSON.stringify(named)])],
  ])('%s gives R to both paths', (_, table) => {
    const environment = sequence({ ...options, table });
    texts('ab', 3).forEach((text, i) => {
      expect(environment.logReward(environment.parse(text))).toBe(Math.log(values[i]));
      const actions = Int32Array.from(text, (symbol) => (symbol === 'a' ? 0 : 1));
      const native = nativeAddon().traceEnvironment('sequence', environment.parameters, actions);
      expect(native.logReward).toBeCloseTo(Math.log(values[i]), 12);
    });
  });

  test('order of sequences of several lengths: shorter ones first', () => {
    const table = range(0, 14);
    const environment = sequence({ alphabet: 'ab', minimumLength: 0, maximumLength: 3, table, tableReward: 'log' });
    const order = range(0, 3).flatMap((length) => texts('ab', length));
    order.forEach((text, i) => expect(environment.logReward(environment.parse(text))).toBe(i));
    const byName = { ...Object.fromEntries(order.map((text, i) => [text, i])) };
    const again = sequence({ alphabet: 'ab', minimumLength: 0, maximumLength: 3, table: byName, tableReward: 'log' });
    expect(again.parameters).toEqual(environment.parameters);
  });

  test.each<[SequenceOptions, (y: number) => number]>([
    [{ tableReward: 'log' }, (y) => y],
    [{ tableReward: 'plain' }, (y) => Math.log(y)],
    [
      { tableReward: 'clip-before', rewardExponent: 2, rewardScale: 5, rewardFloor: 0.6 },
      (y) => Math.log(5 * Math.max(y, 0.6) ** 2) - Math.log(8 ** 2),
    ],
    [
      { tableReward: 'clip-after', rewardExponent: 2, rewardScale: 5, rewardFloor: 0.6 },
      (y) => Math.log(Math.max(5 * (y / 8) ** 2, 0.6)),
    ],
  ])('%j', (reward, logReward) => {
    const environment = sequence({ ...options, table: values, ...reward });
    texts('ab', 3).forEach((text, i) => {
      expect(environment.logReward(environment.parse(text))).toBeCloseTo(logReward(values[i]), 12);
    });
  });

  test('modes are the best share, of equal values the first', () => {
    const environment = sequence({ ...options, table: [1, 7, 7, 2, 7, 0, 0, 3], modeFraction: 0.25 });
    const found = texts('ab', 3).map((text) => environment.modes!.of(environment.parse(text)));
    expect(found).toEqual([[], [0], [1], [], [], [], [], []]);
    expect(environment.modes!.definition).toBe('one of the 2 objects of highest value in the table (the best 25 %)');
    expect(sequence(options).modes).toBeNull();
  });

  test('R = 0 of a plain table is minus infinity', () => {
    const environment = sequence({ ...options, table: values.map((value, i) => (i === 2 ? 0 : value)) });
    expect(environment.logReward(environment.parse('aba'))).toBe(-Infinity);
  });

  test.each<[object, RegExp]>([
    [{ ...options, table: [1, 2] }, /^table: expected 8 values, one for each sequence, got 2$/],
    [{ ...options, table: { ...named, aab: NaN } }, /^table: value of "aab": expected a finite number, got NaN$/],
    [{ ...options, table: { ...named, ab: 1 } }, /^table: expected sequences like "bbb", got "ab"$/],
    [{ ...options, table: csv('few.csv', rows.slice(1)) }, /^table: expected 8 values, got 7: "aaa" has none$/],
    [{ ...options, table: csv('twice.csv', [...rows, rows[0]]) }, /^table: "aaa" has two values$/],
    [{ ...options, table: csv('word.csv', [...rows.slice(1), 'aaa,x']) }, /^table: value of "aaa": expected a finite/],
    [
      {
        ...options,
        table: csv(
          'wide.csv',
          rows.map((row) => `${row},1`),
        ),
      },
      /^table: row 1 of .*wide\.csv: expected/,
    ],
    [{ ...options, table: csv('empty.csv', []) }, /^table: expected 8 values, got 0: "aaa" has none$/],
    [
      { ...options, table: [-1, ...values.slice(1)] },
      /^table: value of "aaa": expected at least 0 with tableReward plain/,
    ],
    [{ ...options, table: values.map((y) => -y), tableReward: 'clip-after' }, /^table: expected a value above 0/],
    [
      { ...options, table: values.map((y) => -y), tableReward: 'clip-before', rewardFloor: 0 },
      /^table: expected a value above 0/,
    ],
    [{ ...options, table: values, rewardFloor: 1 }, /^rewardFloor: expected nothing but with tableReward clip-before/],
    [{ ...options, modeFraction: 0.1 }, /^modeFraction: expected nothing without a table/],
    [{ preset: 'tfbind8' }, /^table: expected a value for every sequence with preset tfbind8, got undefined$/],
    [{ preset: 'tfbind' }, /^preset: .*did you mean "tfbind8"/],
    [{ alphabet: 'ABA' }, /^alphabet: expected different symbols/],
    [{ alphabet: '' }, /^alphabet: expected different symbols/],
    [{ alphabet: ['A', 'B C'] }, /^alphabet: expected different symbols without blanks/],
    [{ alphabet: ['A', 2] }, /^alphabet: /],
    [{ style: 'inserted' }, /^style: expected one of append, prepend-append, insert.*did you mean "insert"/],
    [{ length: 0 }, /^length: expected an integer from 1/],
    [{ length: 3, maximumLength: 4 }, /^length: expected nothing where minimumLength or maximumLength is given/],
    [{ minimumLength: 3 }, /^maximumLength: expected an integer where minimumLength is given/],
    [{ minimumLength: 3, maximumLength: 2 }, /^minimumLength: expected at most maximumLength, 2, got 3/],
  ])('wrong: %j', (given, message) => {
    const create = () => createEnvironment('sequence', given);
    expect(create).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
    expect(create).toThrow(message);
  });

  test('too large', () => {
    expect(() => sequence({ length: 12, table: [1] })).toThrow(expect.objectContaining({ code: 'ERR_TOO_LARGE' }));
    const alphabet = Array.from({ length: 1000 }, (_, i) => `w${i}`);
    expect(() => sequence({ length: 4000, alphabet, style: 'insert' })).toThrow(/makes 4000001 actions, at most/);
  });
});

test.each(['', 'ab', 'abab', 'abd', 'a b'])('no sequence of three of abc: %j', (text) => {
  expect(() => sequence({ alphabet: 'abc', length: 3 }).parse(text)).toThrow(
    /^text: expected 3 of the symbols a, b, c, got /,
  );
});

test.each<[object, RegExp]>([
  [{ alphabet: ['a'], length: 5000, style: 'append' }, /^length: expected an integer from 0 to 4094/],
  [{ alphabet: ['a'], length: 3, style: 'x' }, /^style: expected append, prepend-append or insert, got x/],
  [{ alphabet: ['a', 'b'], length: 3, style: 'append', table: [1] }, /^table: expected a value for every sequence/],
  [{ alphabet: Array<string>(4000).fill('a'), length: 4000, style: 'append' }, /^alphabet: expected at most 2\^20/],
])('native, %j', (parameters, message) => {
  expect(() => nativeAddon().traceEnvironment('sequence', parameters, new Int32Array())).toThrow(message);
});

describe('TFBind8', () => {
  // Any table of the right size; the published one is the user's.
  const table = Float32Array.from({ length: 4 ** 8 }, (_, i) => ((i * 40503) % 65536) / 65536 - 0.01);
  const most = table.reduce((a, b) => Math.max(a, b));
  const at = (text: string) => Array.from(text).reduce((index, base) => 4 * index + 'ACGT'.indexOf(base), 0);

  test('clipped after the power, append', () => {
    const environment = tfbind8({ table });
    expect(environment).toMatchObject({ actions: 4, backwardActions: 1, maximumLength: 8, terminalCount: 65536 });
    expect(environment.stateCount).toBe((4 ** 9 - 1) / 3);
    expect(environment.modes!.count).toBe(328);
    for (const text of ['AAAAAAAA', 'ACGTACGT', 'TTTTTTTT', 'GATTACAG']) {
      const reward = Math.max(10 * (Math.max(table[at(text)], 0) / most) ** 3, 1e-3);
      expect(environment.logReward(environment.parse(text))).toBeCloseTo(Math.log(reward), 12);
    }
    expect(environment.logReward(environment.parse('AAAAAAAA'))).toBeCloseTo(Math.log(1e-3), 12);
  });

  test('clipped before the power, at both ends', () => {
    const environment = tfbind8({ table, style: 'prepend-append', tableReward: 'clip-before' });
    expect(environment).toMatchObject({ actions: 8, backwardActions: 2, terminalCount: 65536 });
    for (const text of ['AAAAAAAA', 'ACGTACGT', 'TTTTTTTT']) {
      const reward = (10 * Math.max(table[at(text)], 1e-3) ** 3) / most ** 3;
      expect(environment.logReward(environment.parse(text))).toBeCloseTo(Math.log(reward), 10);
    }
    const best = table
      .indexOf(most)
      .toString(4)
      .padStart(8, '0')
      .replace(/\d/g, (digit) => 'ACGT'[Number(digit)]);
    expect(environment.logReward(environment.parse(best))).toBeCloseTo(Math.log(10), 12);
    expect(environment.modes!.of(environment.parse(best))).toEqual([0]);
  });
});

test('QM9-small', () => {
  const table = Float64Array.from({ length: 11 ** 5 }, (_, i) => ((i * 40503) % 161051) / 8000 - 2.7);
  const environment = qm9Small({ table });
  expect(environment).toMatchObject({ actions: 22, backwardActions: 2, maximumLength: 5, terminalCount: 161051 });
  expect(environment.modes!.count).toBe(805);
  const text = 'C=O CCC C C1CCNC1 CF';
  const y = table[[4, 10, 0, 9, 3].reduce((index, block) => 11 * index + block, 0)];
  const most = table.reduce((a, b) => Math.max(a, b));
  const x = environment.parse(text);
  expect(environment.format(x)).toBe(text);
  expect(environment.logReward(x)).toBeCloseTo(Math.log((100 * Math.max(y, 1e-3) ** 5) / most ** 5), 10);
  const least = environment.parse('C C C C C'); // y = −2.7
  expect(environment.logReward(least)).toBeCloseTo(Math.log(100) + 5 * Math.log(1e-3 / most), 10);
  const after = qm9Small({ table, tableReward: 'clip-after' });
  expect(after.logReward(least)).toBeCloseTo(Math.log(1e-3), 12);
});

test('a saved model holds its table: no file is needed', async () => {
  const path = join(folder, 'table.csv');
  writeFileSync(path, texts('ab', 3).map((text, i) => `${text},${i + 0.1}`).join('\n')); // prettier-ignore
  using trainer = await Trainer.create({
    environment: sequence({ alphabet: 'ab', length: 3, style: 'insert', table: path }),
    objective: trajectoryBalance(),
    hidden: [8],
  });
  const saved = join(folder, 'model.onnx');
  await trainer.model.save(saved);
  rmSync(path);
  using model = await FlowModel.load(saved);
  const { environment } = model;
  expect(environment.logReward(environment.parse('bab'))).toBe(Math.log(5.1));
  const [{ state, logReward }] = await model.sample(1, { seed: 3 });
  expect(logReward).toBeCloseTo(environment.logReward(environment.parse(state)), 12);
  const other = sequence({ alphabet: 'ab', length: 3, style: 'insert', table: range(1, 8) });
  await expect(FlowModel.load(saved, { environment: other })).rejects.toMatchObject({ code: 'ERR_MODEL_ENVIRONMENT' });
});

describe('training reaches the exact distribution', () => {
  test.each([
    ['append', 'native', 0.05],
    ['prepend-append', 'native', 0.05],
    ['insert', 'native', 0.05],
    ['insert', 'typescript', 0.05],
  ] as const)('%s, %s', async (style, backend, bound) => {
    const table = Array.from({ length: 14 }, (_, i) => ((i * 5) % 14) / 5);
    const options = { alphabet: 'ab', minimumLength: 1, maximumLength: 3, table, tableReward: 'log', style } as const;
    const evaluation = await trained(sequence(options), 800, backend);
    expect(evaluation.exactLogZ).toBeCloseTo(logSumExp(table), 10);
    expect(evaluation.l1Sum).toBeLessThan(bound);
  });
});
