import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bitSequence, hypergrid, ising, type Environment } from '../../src/index.ts';
import { part } from './part.ts';

interface Process {
  readonly request: (request: object) => Promise<unknown>;
  readonly close: () => void;
}

const { requireSameLogRewards, requireSimilarLength } = await part<{
  requireSameLogRewards: (peer: string, expected: readonly number[], got: readonly number[]) => void;
  requireSimilarLength: (peer: string, expected: number, got: number) => void;
}>('peers/agreement');
const { PeerProcess } = await part<{
  PeerProcess: new (name: string, command: string, args: readonly string[]) => Process;
}>('peers/peer-process');
const { terminalStates } = await part<{
  terminalStates: (environment: Environment, count: number) => Int32Array[];
}>('peers/terminal-states');
const { cacheFolder, environmentName } = await part<{
  cacheFolder: (environment: Readonly<Record<string, string>>) => string;
  environmentName: (name: string, requirements: string, pythonVersion: string) => string;
}>('peers/python-environment');

describe('agreement of a peer', () => {
  it('allows float32 in log-rewards, and no more', () => {
    expect(() => requireSameLogRewards('gfnx', [-2.302585, 14.08], [-2.3026, 14.0801])).not.toThrow();
    expect(() => requireSameLogRewards('gfnx', [-2.3, 0.9], [-2.3, 0.901])).toThrow(
      'gfnx: log-reward of terminal state 1: expected 0.9, got 0.901',
    );
    expect(() => requireSameLogRewards('gfnx', [0], [Number.NaN])).toThrow(/expected 0, got NaN/);
    expect(() => requireSameLogRewards('gfnx', [0, 0], [0])).toThrow('gfnx: expected 2 log-rewards, got 1');
  });

  it('allows trajectories a quarter and one transition longer or shorter', () => {
    for (const length of [22, 38]) expect(() => requireSimilarLength('torchgfn', 30, length)).not.toThrow();
    for (const length of [21, 39, Number.NaN]) {
      expect(() => requireSimilarLength('torchgfn', 30, length)).toThrow(/^torchgfn: mean trajectory length/);
    }
  });
});

describe('PeerProcess', () => {
  /** A child that runs `onLine` with each line as `request`, and answers by `answer(object)`. */
  const child = (onLine: string) =>
    new PeerProcess('peer', process.execPath, [
      '-e',
      `const answer = (value) => console.log(JSON.stringify(value));
       require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
         const request = JSON.parse(line); ${onLine} });`,
    ]);

  it('answers one request by one line', async () => {
    const peer = child('answer({ double: 2 * request.value });');
    expect(await peer.request({ value: 4 })).toEqual({ double: 8 });
    expect(await peer.request({ value: 5 })).toEqual({ double: 10 });
    peer.close();
  });

  it('passes on an error and goes on', async () => {
    const peer = child("answer(request.bad ? { error: 'no such thing' } : {});");
    await expect(peer.request({ bad: true })).rejects.toThrow('peer: no such thing');
    expect(await peer.request({})).toEqual({});
    peer.close();
  });

  it('says what the child wrote before it ended, then and later', async () => {
    const peer = child("console.error('out of luck'); process.exitCode = 3; process.stdin.destroy();");
    await expect(peer.request({})).rejects.toThrow('peer: ended with exit code 3\nout of luck');
    await expect(peer.request({})).rejects.toThrow('exit code 3');
  });

  it('refuses what is not JSON', async () => {
    const peer = child("console.log('hello');");
    await expect(peer.request({})).rejects.toThrow('peer: expected a line of JSON, got hello');
    peer.close();
  });

  it('says that there is no such program', async () => {
    const peer = new PeerProcess('peer', join('no', 'such', 'program'), []);
    await expect(peer.request({})).rejects.toThrow(/^peer: .*ENOENT/);
  });
});

describe('terminalStates', () => {
  it.each([
    hypergrid({ dimensions: 2, side: 8 }),
    bitSequence({ length: 8, wordBits: 2 }),
    ising({ side: 3 }),
  ] as Environment[])('are terminal, different and always the same: $name', (environment) => {
    const states = terminalStates(environment, 40);
    expect(states).toEqual(terminalStates(environment, 40));
    expect(states.every((state) => environment.isTerminal(state))).toBe(true);
    expect(new Set(states.map((state) => environment.format(state))).size).toBeGreaterThan(15);
    expect(new Set(states.map((state) => environment.logReward(state))).size).toBeGreaterThan(2);
  });
});

describe('virtual environments', () => {
  it('are in the cache folder', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/somewhere' })).toBe(join('/somewhere', 'gflownet', 'peers'));
    expect(cacheFolder({ XDG_CACHE_HOME: '' })).toMatch(/\.cache.gflownet.peers$/);
  });

  it('are made anew for other packages and another Python', () => {
    const names = [
      environmentName('gfnx', 'jax==1', '3.11'),
      environmentName('gfnx', 'jax==2', '3.11'),
      environmentName('gfnx', 'jax==1', '3.12'),
    ];
    expect(new Set(names).size).toBe(3);
    expect(environmentName('gfnx', 'jax==1', '3.11')).toBe(names[0]);
  });
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

describe.skipIf(!hasPython)('protocol.py', () => {
  const runner = `
import sys
sys.path.insert(0, ${JSON.stringify(fileURLToPath(new URL('../../bench/peers', import.meta.url)))})
from protocol import serve

class Runner:
    def __init__(self, scenario):
        print("a library says something")
        self.steps, self.frozen = 0, False
    def log_rewards(self, states):
        return [float(sum(state)) for state in states]
    def train(self, steps):
        if steps > 100:
            raise ValueError("steps: too many")
        self.steps += steps
    def freeze(self):
        self.frozen = True
    def statistics(self):
        return float(self.steps), 2.0 if self.frozen else 1.0

serve(Runner, [])
`;

  it('prepares, times and counts, and survives errors', async () => {
    const peer = new PeerProcess('peer', 'python3', ['-B', '-c', runner]);
    await expect(peer.request({ command: 'time', steps: 1 })).rejects.toThrow(/expected prepare first, got time/);
    const scenario = {
      terminalStates: [
        [1, 2],
        [3, 4],
      ],
      policySteps: 50,
    };
    expect(await peer.request({ command: 'prepare', scenario })).toEqual({ versions: {}, logRewards: [3, 7] });
    const { seconds } = (await peer.request({ command: 'time', steps: 7 })) as { seconds: number };
    expect(seconds).toBeGreaterThan(0);
    // 50 to train, 1 before the clock, 7 timed.
    expect(await peer.request({ command: 'statistics', batches: 3 })).toEqual({ meanLength: 58, distinctStates: 2 });
    await expect(peer.request({ command: 'time', steps: 101 })).rejects.toThrow(/steps: too many/);
    await expect(peer.request({ command: 'dance' })).rejects.toThrow(/expected prepare, time or statistics, got dance/);
    peer.close();
  });
});
