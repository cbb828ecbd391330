import { describe, expect, it } from 'vitest';
import { ReplayBuffer } from '../../src/replay/replay-buffer.ts';
import { Purpose, RandomStream } from '../../src/sampler/philox.ts';
import { replayOption } from '../../src/trainer/off-policy.ts';

type Options = Partial<ReturnType<typeof replayOption>>;

function bufferOf(options: Options, objects: readonly (readonly [number, number])[]): ReplayBuffer {
  const buffer = new ReplayBuffer(replayOption('replay', { trajectories: 1, ...options }));
  for (const [object, logReward] of objects) buffer.add(Int32Array.of(object, -object), logReward);
  return buffer;
}

const contents = (buffer: ReplayBuffer): number[][] =>
  Array.from({ length: buffer.size }, (_, i) => [buffer.state(i)[0], buffer.logReward(i)]).sort((a, b) => a[0] - b[0]);

describe('ReplayBuffer', () => {
  it('keeps the newest objects', () => {
    const objects = [1, 2, 3, 4, 5].map((object) => [object, -object] as const);
    expect(contents(bufferOf({ capacity: 3 }, objects))).toEqual([
      [3, -3],
      [4, -4],
      [5, -5],
    ]);
  });

  it('keeps the best objects, of equal ones the newer', () => {
    const buffer = bufferOf({ capacity: 2, keep: 'best' }, [
      [1, 0],
      [2, 5],
      [3, -1],
      [4, 0],
      [5, 7],
      [6, 5],
    ]);
    expect(contents(buffer)).toEqual([
      [2, 5],
      [5, 7],
    ]);
  });

  it('holds an object once if it is told so', () => {
    const objects = [1, 1, 2, 1, 3].map((object) => [object, 0] as const);
    expect(contents(bufferOf({ unique: true, capacity: 2 }, objects)).map(([object]) => object)).toEqual([2, 3]);
    expect(bufferOf({ capacity: 10 }, objects).size).toBe(5);
  });

  it('draws uniformly, or in proportion to the reward', () => {
    const objects = [0, 1, 2].map((object) => [object, Math.log(object + 1)] as const);
    const random = new RandomStream(3, Purpose.replay);
    const shares = (options: Options): number[] => {
      const drawn = bufferOf(options, objects).draw(20_000, random, 0);
      return [0, 1, 2].map((object) => drawn.filter((number) => number === object).length / drawn.length);
    };
    shares({}).forEach((share) => expect(share).toBeCloseTo(1 / 3, 1));
    shares({ draw: 'reward' }).forEach((share, object) =>
      expect(Math.abs(share - (object + 1) / 6)).toBeLessThan(0.015),
    );
  });

  it('draws nothing before its warm-up', () => {
    const random = new RandomStream(3, Purpose.replay);
    expect(bufferOf({ warmUp: 3 }, [[1, 0]]).draw(5, random, 0)).toEqual([]);
  });
});
