import { expect, test } from 'vitest';
import { bitSequence } from '../../src/env/bit-sequence.ts';
import { hypergrid } from '../../src/env/hypergrid.ts';
import { defaultSamples } from '../../src/model/default-samples.ts';

test.each([
  [hypergrid(), true, 200_000],
  [hypergrid({ dimensions: 8, side: 8 }), false, 10_000],
  [bitSequence(), false, 10_000],
  [hypergrid({ dimensions: 1024, side: 2 }), false, Math.floor(2 ** 31 / (1025 * (2048 + 1025)))],
  [hypergrid({ dimensions: 4095, side: 2 }), false, 100],
])('$parameters', (environment, isEnumerated, samples) => {
  expect(defaultSamples(environment, isEnumerated)).toBe(samples);
});
