import { describe, expect, it } from 'vitest';
import { part } from './part.ts';

interface Timed {
  readonly seconds: number;
  readonly meanLength: number;
  readonly rows: number;
  readonly profile: null;
}
interface Runner {
  readonly name: string;
  readonly threads: number;
  readonly time: (steps: number) => Promise<Timed>;
}

const { timeRounds, rotation } = await part<{
  timeRounds: (
    runners: readonly Runner[],
    peaks: readonly { readonly measure: () => Promise<void> }[],
    seconds: number,
  ) => Promise<{ timedSteps: number; timings: Timed[][] }>;
  rotation: (count: number, round: number) => number[];
}>('rounds');

/** Says that a step takes so many seconds; keeps its name and steps in `calls`. */
function fakeRunner(name: string, secondsAStep: number, calls: string[]): Runner {
  return {
    name,
    threads: 1,
    time: (steps) => {
      calls.push(`${name} ${steps}`);
      return Promise.resolve({ seconds: steps * secondsAStep, meanLength: 8, rows: 44, profile: null });
    },
  };
}

describe('timeRounds', () => {
  it('gives every runner the same steps in turn, the first place going round', async () => {
    const calls: string[] = [];
    const runners = [fakeRunner('a', 0.001, calls), fakeRunner('b', 0.1, calls), fakeRunner('c', 0.2, calls)];
    const { timedSteps, timings } = await timeRounds(runners, [], 1e-9);
    expect(timedSteps).toBe(10); // the fastest for 10 ms
    expect(calls.slice(0, 3)).toEqual(['a 3', 'b 3', 'c 3']);
    expect(calls.slice(3)).toEqual(
      ['abc', 'bca', 'cab', 'abc', 'bca'].flatMap((round) => Array.from(round, (name) => `${name} 10`)),
    );
    expect(timings.map((rounds) => rounds.length)).toEqual([5, 5, 5]);
    expect(timings.map(([{ seconds }]) => Math.round(100 * seconds) / 100)).toEqual([0.01, 1, 2]);
  });

  it('measures peaks between rounds, from the first one on', async () => {
    const calls: string[] = [];
    const peaks = [1, 2].map((threads) => ({
      measure: () => {
        calls.push(`peak ${threads}`);
        return Promise.resolve();
      },
    }));
    await timeRounds([fakeRunner('a', 1, calls)], peaks, 1e-9);
    const round = ['peak 1', 'peak 2', 'a 1'];
    expect(calls).toEqual(['a 3', ...round, ...round, ...round, ...round, ...round]);
  });

  it('does one step at least', async () => {
    const calls: string[] = [];
    const { timedSteps } = await timeRounds([fakeRunner('a', 3, calls)], [], 1e-9);
    expect(timedSteps).toBe(1);
  });
});

describe('rotation', () => {
  it('begins with another one each round', () => {
    expect([0, 1, 2, 3].map((round) => rotation(3, round))).toEqual([
      [0, 1, 2],
      [1, 2, 0],
      [2, 0, 1],
      [0, 1, 2],
    ]);
  });
});
