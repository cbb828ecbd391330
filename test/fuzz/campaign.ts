import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GfnError } from '../../src/error.ts';

/** A campaign is short and always the same in tests; `npm run verify -- --claim fuzz` sets another seed and length. */
const seed = Number(process.env.GFLOWNET_FUZZ_SEED ?? 1);
const length = Number(process.env.GFLOWNET_FUZZ_LENGTH ?? 1);

/** A case that takes longer hangs. */
const LONGEST_CASE = 20_000;

const errors = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const documented = new Set([...errors.matchAll(/^\| `(ERR_\w+)`/gm)].map(([, code]) => code));
// A broken invariant is never what bad input may lead to.
documented.delete('ERR_INTERNAL');

/** The codes that may answer bad input, as docs/errors.md lists them. */
export const documentedCodes: ReadonlySet<string> = documented;

/** Whether something ended well, or was aborted or ended with an error that is documented; any other is thrown on. */
export async function endsWell(work: () => unknown): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof GfnError && documentedCodes.has(error.code)) return false;
    if (error instanceof DOMException && error.name === 'AbortError') return false;
    throw error;
  }
}

/** A test that runs `work` on `cases` values of `arbitrary`; more in a longer campaign. */
export function fuzz<T>(
  name: string,
  cases: number,
  arbitrary: fc.Arbitrary<T>,
  work: (value: T) => Promise<unknown>,
): void {
  test(name, { timeout: 120_000 * length }, async () => {
    const timed = fc.asyncProperty(arbitrary, async (value) => {
      const started = performance.now();
      await work(value);
      expect(performance.now() - started, 'milliseconds of one case').toBeLessThan(LONGEST_CASE);
    });
    await fc.assert(timed, { seed, numRuns: Math.ceil(cases * length), endOnFailure: length > 1 });
  });
}

/** Numbers at the edges of what options allow and of what numbers can hold. */
export const edgeNumber = fc.constantFrom(
  ...[0, -0, 1, -1, 2, 3, 0.5, -0.5, 1e-300, 1e300, NaN, Infinity, -Infinity],
  ...[
    31,
    32,
    33,
    64,
    255,
    256,
    65535,
    65536,
    2 ** 20,
    2 ** 28,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32,
    2 ** 40,
    2 ** 53,
    -(2 ** 53),
  ],
);

/** Anything that JavaScript can pass where an option is expected. */
export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  edgeNumber,
  fc.double(),
  fc.integer(),
  fc.string(),
  fc.boolean(),
  fc.constantFrom(undefined, null, '', '1', [], {}, () => 1, Symbol('s'), 3n, new Date(0), new Uint8Array(3)),
  fc.array(edgeNumber, { maxLength: 4 }),
  fc.anything({ withBigInt: true, withNullPrototype: true, withTypedArray: true, withMap: true, withDate: true }),
);
