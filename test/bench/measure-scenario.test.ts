import { expect, it } from 'vitest';
import { part } from './part.ts';

interface Peer {
  readonly name: string;
  readonly objectives: readonly string[];
  readonly environments: readonly string[];
  readonly process: { readonly request: (request: { command: string }) => Promise<unknown> };
}
interface Result {
  readonly native: number;
  readonly gfnx: number | null;
  readonly torchgfn: number | null;
  readonly peersLeftOut: readonly string[];
}

const { measureScenario } = await part<{
  measureScenario: (scenario: object, seconds: number, peers: readonly Peer[]) => Promise<Result>;
}>('measure-scenario');
const { chosenScenarios } = await part<{ chosenScenarios: (names: string) => object[] }>('scenarios');
const { scenarioText } = await part<{ scenarioText: (result: Result) => string }>('scenario-table');

/** Answers as a peer whose log-rewards are all the same. */
const peer = (name: string, ask: (command: string) => Promise<unknown>): Peer => ({
  name,
  objectives: ['trajectory-balance'],
  environments: ['hypergrid'],
  process: { request: ({ command }) => ask(command) },
});

it('leaves a peer out that solves another problem, says so, and measures the rest', async () => {
  const other = peer('gfnx', () => Promise.resolve({ versions: {}, logRewards: [] }));
  const result = await measureScenario(chosenScenarios('hypergrid-8x2-b16')[0], 0.05, [other]);
  expect(result.native).toBeGreaterThan(0);
  expect(result.gfnx).toBeNull();
  expect(result.peersLeftOut).toEqual([expect.stringMatching(/^gfnx: /)]);
  expect(scenarioText(result)).toContain(`left out: ${result.peersLeftOut[0]}`);
});

it('passes on that a peer came to an end', async () => {
  const broken = peer('torchgfn', () => Promise.reject(new Error('torchgfn: ended with exit code 3')));
  await expect(measureScenario(chosenScenarios('hypergrid-8x2-b16')[0], 0.05, [broken])).rejects.toThrow(
    'torchgfn: ended with exit code 3',
  );
});
