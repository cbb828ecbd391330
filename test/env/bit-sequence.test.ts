import { describe, expect, test } from 'vitest';
import { bitSequenceTestSet, drawModes } from '../../src/env/bit-sequence-modes.ts';
import { bitSequencePrependAppend } from '../../src/env/bit-sequence-prepend-append.ts';
import { bitSequenceAutoregressive } from '../../src/env/bit-sequence-autoregressive.ts';
import { bitSequence } from '../../src/env/bit-sequence.ts';

const distance = (a: string, b: string) => Array.from(a).filter((bit, i) => bit !== b[i]).length;

describe('modes', () => {
  test('are rows of the five blocks, and depend on the seed only', () => {
    const modes = drawModes(120, 60, 1);
    expect(modes.length).toBe(60);
    const used = new Set(modes.flatMap((mode) => mode.match(/.{8}/g)!));
    expect([...used].sort()).toEqual(['00000000', '00001111', '00111100', '11110000', '11111111']);
    expect(modes.every((mode) => mode.length === 120)).toBe(true);
    expect(drawModes(120, 60, 1)).toEqual(modes);
    expect(drawModes(120, 60, 2)).not.toEqual(modes);
    expect(drawModes(120, 20, 1)).toEqual(modes.slice(0, 20));
  });

  test('test set: each mode with 0 to n − 1 distinct flips', () => {
    const modes = drawModes(120, 60, 1);
    const set = bitSequenceTestSet(modes, 1);
    expect(set.length).toBe(7200);
    set.forEach((x, i) => expect(distance(x, modes[Math.floor(i / 120)])).toBe(i % 120));
    expect(bitSequenceTestSet(modes, 2)).not.toEqual(set);
    const environment = bitSequence({ modeSeed: 1 });
    const states = environment.testSet!();
    expect(states.length).toBe(7200 * environment.stateSize);
    for (const i of [0, 119, 120, 7199]) {
      const state = states.subarray(i * environment.stateSize, (i + 1) * environment.stateSize);
      expect(environment.isTerminal(state)).toBe(true);
      expect(environment.format(state)).toBe(set[i]);
    }
    expect(bitSequence({ length: 4096, wordBits: 4, modeCount: 100 }).testSet).toBeUndefined();
  });
});

describe('reward', () => {
  test('is minus the least Hamming distance over the length, whatever the words', () => {
    const modes = ['001100111100', '111111000000', '000000000000'];
    for (const wordBits of [1, 2, 3, 4, 6, 12]) {
      for (const make of [bitSequence, bitSequenceAutoregressive, bitSequencePrependAppend]) {
        const environment = make({ length: 12, wordBits, modes });
        for (let x = 0; x < 4096; x += 37) {
          const text = x.toString(2).padStart(12, '0');
          const least = Math.min(...modes.map((mode) => distance(mode, text)));
          const state = environment.parse(text);
          expect(environment.logReward(state)).toBeCloseTo(-least / 12, 14);
          const near = modes.flatMap((mode, m) => (distance(mode, text) < 3 ? [m] : []));
          expect(environment.modes.of(state)).toEqual(near);
        }
      }
    }
  });

  test('a mode has log-reward zero; at 120 bits it is found below a distance of 30', () => {
    const environment = bitSequence();
    const [mode] = environment.parameters.modes as string[];
    expect(Object.is(environment.logReward(environment.parse(mode)), 0)).toBe(true);
    const single = bitSequence({ modes: ['0'.repeat(120)] });
    const ones = (count: number) => single.parse('1'.repeat(count).padStart(120, '0'));
    expect(single.modes.of(ones(29))).toEqual([0]);
    expect(single.modes.of(ones(30))).toEqual([]);
    const wider = bitSequence({ modes: ['0'.repeat(120)], modeDistance: 31 });
    expect(wider.modes.of(ones(30))).toEqual([0]);
  });
});

describe('sizes', () => {
  test('the published environment', () => {
    expect(bitSequence()).toMatchObject({
      stateSize: 16,
      actions: 3840,
      backwardActions: 15,
      keyWords: 3,
      maximumLength: 15,
      terminalCount: Infinity,
      observation: { width: 15, size: 3855 },
    });
    expect(bitSequence({ length: 16 }).terminalCount).toBe(65536);
  });

  test('a partly built sequence is shown with dots', () => {
    const environment = bitSequence({ length: 6, wordBits: 2, modes: ['000000'] });
    const state = new Int32Array(environment.stateSize);
    environment.initial(state);
    expect(environment.apply(state, 4 + 2)).toBe(1);
    expect(environment.format(state)).toBe('..10..');
  });
});

describe('order of words', () => {
  const options = { length: 3, wordBits: 1, modes: ['000'] };
  const walk = (environment: ReturnType<typeof bitSequence>, actions: readonly number[]) => {
    const state = new Int32Array(environment.stateSize);
    environment.initial(state);
    for (const action of actions) {
      expect(environment.allowed(state, action)).toBe(true);
      environment.apply(state, action);
    }
    return environment.format(state);
  };

  test('autoregressive appends', () => expect(walk(bitSequenceAutoregressive(options), [1, 0, 0])).toBe('100'));

  test('prepend-append puts words at both ends', () => {
    const environment = bitSequencePrependAppend(options);
    expect(walk(environment, [1, 2, 1])).toBe('011');
    expect(walk(environment, [0, 3, 0])).toBe('100');
    const repeated = new Int32Array([1, 1, 2, 2]);
    expect([0, 1, 2, 3].map((a) => environment.allowed(repeated, a))).toEqual([true, true, true, false]);
    expect([0, 1].map((b) => environment.backwardAllowed(repeated, b))).toEqual([true, false]);
    expect(environment.backwardAllowed(new Int32Array([1, 0, 2, 2]), 1)).toBe(true);
  });
});
