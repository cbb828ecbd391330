import { runNode } from './command.js';

/** Runs the tests of the native parts under sanitizers. */
export async function showSanitizers({ sanitizers }) {
  const { ok, stdout, stderr } = await runNode(['scripts/test-sanitizers.js', sanitizers]);
  const passed = Number(/Tests\s+(\d+) passed/.exec(stdout)?.[1] ?? 0);
  const last = stderr.trim().split('\n').at(-1);
  return { ok: ok && passed > 0, printed: `${passed} passed; ${last}`, values: { passed } };
}
