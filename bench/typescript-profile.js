import { Session } from 'node:inspector/promises';
import { basename } from 'node:path';
import { alignedTable } from '../dist/cli/terminal.js';
import { makeRunner } from './runner.js';
import { chosenScenarios } from './scenarios.js';
import { trainedPolicy } from './trained-policy.js';

const SCENARIO = 'hypergrid-16x4-b128';
const STEPS = 12;
const MICROSECONDS = 200;
const FUNCTIONS = 12;

/** Where the TypeScript path's time goes: V8's sampling profile of training steps, by function, without what it calls. */
export async function runTypescriptProfile(/** @type {(text: string) => void} */ print) {
  const [scenario] = chosenScenarios(SCENARIO);
  const runner = makeRunner(scenario, await trainedPolicy(scenario), 'typescript', 'typescript', 1);
  await runner.time(STEPS / 4); // compiles what is hot
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: MICROSECONDS });
  await session.post('Profiler.start');
  await runner.time(STEPS);
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  runner.dispose();

  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, frameName(callFrame)]));
  /** @type {Map<string, number>} */
  const time = new Map();
  const deltas = profile.timeDeltas ?? [];
  (profile.samples ?? []).forEach((id, i) => {
    const name = names.get(id) ?? 'unknown';
    time.set(name, (time.get(name) ?? 0) + deltas[i]);
  });
  const all = deltas.reduce((sum, delta) => sum + delta, 0);
  const shares = [...time]
    .map(([name, microseconds]) => ({ name, share: microseconds / all }))
    .sort((a, b) => b.share - a.share)
    .slice(0, FUNCTIONS);
  const cells = shares.map(({ name, share }) => [name, (100 * share).toFixed(1)]);
  print(alignedTable([[`TypeScript path, ${SCENARIO}`, '% of time'], ...cells]));
  return shares;
}

function frameName(/** @type {import('node:inspector').Runtime.CallFrame} */ { functionName, url }) {
  const name = functionName === '' ? 'anonymous' : functionName;
  return url === '' ? name : `${name}, ${basename(url)}`;
}
