import { describe, expect, test } from 'vitest';
import { GfnError } from '../../src/error.ts';
import { createEnvironment } from '../../src/env/registry.ts';

function failure(run: () => unknown): { code: string; message: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof GfnError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('expected an error');
}

const bits = 'bit-sequence';

test.each<[string, unknown, string, RegExp]>([
  ['hypergrid', { side: 0 }, 'ERR_ARGUMENT', /^side: expected an integer from 2 to 65535, got 0$/],
  ['hypergrid', { side: 65536 }, 'ERR_ARGUMENT', /^side: .*got 65536/],
  ['hypergrid', { side: 1 }, 'ERR_ARGUMENT', /^side: /],
  ['hypergrid', { side: '8' }, 'ERR_ARGUMENT', /^side: .*got "8"/],
  ['hypergrid', { side: 2.5 }, 'ERR_ARGUMENT', /^side: .*got 2.5/],
  ['hypergrid', { side: null }, 'ERR_ARGUMENT', /^side: .*got null/],
  ['hypergrid', { dimensions: 0 }, 'ERR_ARGUMENT', /^dimensions: expected an integer from 1/],
  ['hypergrid', { dimensions: 2 ** 31 }, 'ERR_ARGUMENT', /^dimensions: /],
  ['hypergrid', { dimensions: 4096 }, 'ERR_TOO_LARGE', /dimensions 4096.*4097 integers in a state, at most 4096/],
  ['hypergrid', { dimensions: 32, side: 65535 }, 'ERR_TOO_LARGE', /side 65535.*model inputs, at most 1048576/],
  ['hypergrid', { rewardR0: -0.1 }, 'ERR_ARGUMENT', /^rewardR0: expected a finite number from 0.*got -0.1/],
  ['hypergrid', { rewardR0: NaN }, 'ERR_ARGUMENT', /^rewardR0: .*got NaN/],
  ['hypergrid', { rewardR1: Infinity }, 'ERR_ARGUMENT', /^rewardR1: .*got Infinity/],
  ['hypergrid', { reward: 'sparse', rewardR2: 2 }, 'ERR_ARGUMENT', /^rewardR2: expected nothing with reward sparse/],
  ['hypergrid', { reward: 'corner' }, 'ERR_ARGUMENT', /^reward: expected one of corners.*did you mean "corners"/],
  ['hypergrid', { dimension: 2 }, 'ERR_UNKNOWN_OPTION', /"dimension"; did you mean "dimensions"/],
  ['hypergrid', { xyzzy: 2 }, 'ERR_UNKNOWN_OPTION', /"xyzzy"; Allowed: dimensions, side/],
  ['hypergrid', [], 'ERR_ARGUMENT', /^hypergrid options: expected an object/],
  ['hypergrid', null, 'ERR_ARGUMENT', /^hypergrid options: .*got null/],
  ['hypergrid-2021', { reward: 'sparse' }, 'ERR_ARGUMENT', /^reward: expected one of corners, cosine, got "sparse"/],
  ['hypergrd', {}, 'ERR_ARGUMENT', /^environment: .*did you mean "hypergrid"/],
  [bits, { length: 0 }, 'ERR_ARGUMENT', /^length: expected an integer from 1/],
  [bits, { length: 121 }, 'ERR_ARGUMENT', /^length: expected a multiple of wordBits, 8, got 121/],
  [bits, { length: 12, wordBits: 2 }, 'ERR_ARGUMENT', /^length: expected a multiple of 8 where modes are drawn/],
  [bits, { wordBits: 17 }, 'ERR_ARGUMENT', /^wordBits: expected an integer from 1 to 16, got 17/],
  [bits, { length: 1600, wordBits: 16 }, 'ERR_TOO_LARGE', /makes 6553600 actions, at most 1048576/],
  [bits, { length: 2 ** 30, wordBits: 1 }, 'ERR_TOO_LARGE', /integers in a state/],
  [bits, { modeCount: 0 }, 'ERR_ARGUMENT', /^modeCount: expected an integer from 1/],
  [bits, { modeCount: 2 ** 30 }, 'ERR_TOO_LARGE', /^modeCount: 1073741824 modes of 120 bits/],
  [bits, { modeCount: 2, modes: ['0'.repeat(120)] }, 'ERR_ARGUMENT', /^modeCount: expected the number of modes given/],
  [bits, { modes: [] }, 'ERR_ARGUMENT', /^modes: expected a list of strings of length bits, got \[\]/],
  [bits, { modes: ['0'] }, 'ERR_ARGUMENT', /^modes: expected strings of 120 bits, got "0"/],
  [bits, { modes: ['2'.repeat(120)] }, 'ERR_ARGUMENT', /^modes: expected strings of 120 bits/],
  [bits, { modes: [1] }, 'ERR_ARGUMENT', /^modes: /],
  [bits, { modes: '0101' }, 'ERR_ARGUMENT', /^modes: /],
  [bits, { modeSeed: -1 }, 'ERR_ARGUMENT', /^modeSeed: /],
  [bits, { modeDistance: NaN }, 'ERR_ARGUMENT', /^modeDistance: /],
  [bits, { wordBit: 2 }, 'ERR_UNKNOWN_OPTION', /did you mean "wordBits"/],
])('%s %j', (name, options, code, message) => {
  const error = failure(() => createEnvironment(name, options as object));
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
});

describe('parse', () => {
  const grid = createEnvironment('hypergrid', { dimensions: 2, side: 8 });
  const sequence = createEnvironment(bits, { length: 8 });

  test.each(['', '3', '3,8', '3,-1', '3,7,1', '3, 7', '3,7x', '3,1e0', '3,65537'])('a grid has no cell %j', (text) => {
    const error = failure(() => grid.parse(text));
    expect(error.code).toBe('ERR_ARGUMENT');
    expect(error.message).toBe(
      `text: expected a cell of hypergrid, 2 integers from 0 to 7, got ${JSON.stringify(text)}`,
    );
  });

  test.each(['', '0101', '010101012', '0101010x', '....0000'])('8 bits are not %j', (text) => {
    expect(failure(() => sequence.parse(text)).message).toMatch(/^text: expected 8 bits, got /);
  });
});
