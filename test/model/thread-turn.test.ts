import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { threadTurn } from '../../src/model/thread-turn.ts';

test('one piece of work of all who wait is done a round of the event loop, the first come first', async () => {
  let round = 0;
  const done: [worker: number, piece: number, round: number][] = [];
  const work = async (worker: number): Promise<void> => {
    for (let piece = 0; piece < 3; piece++) {
      await threadTurn();
      done.push([worker, piece, round]);
    }
  };
  const workers = Promise.all([0, 1, 2].map(work));
  let working = true;
  void workers.then(() => (working = false));
  while (working) {
    await setImmediate();
    round++;
  }
  expect(done.map(([worker, piece]) => [worker, piece])).toEqual(
    [0, 1, 2].flatMap((piece) => [0, 1, 2].map((worker) => [worker, piece])),
  );
  expect(new Set(done.map(([, , at]) => at)).size).toBe(done.length);
});
