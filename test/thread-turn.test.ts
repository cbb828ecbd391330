import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ThreadTurn } from '../src/thread-turn.ts';

let now = 0;
beforeEach(() => vi.spyOn(performance, 'now').mockImplementation(() => now));
afterEach(() => vi.restoreAllMocks());

/** Whether other work of the process runs before the turn goes on. */
async function lendsTheThread(turn: ThreadTurn): Promise<boolean> {
  let others = false;
  setImmediate(() => (others = true));
  await turn.share();
  return others;
}

test('a turn keeps the thread for a few milliseconds and then lends it', async () => {
  const turn = new ThreadTurn();
  now += 2;
  expect(turn.isOver).toBe(false);
  expect(await lendsTheThread(turn)).toBe(false);
  now += 2;
  expect(turn.isOver).toBe(true);
  expect(await lendsTheThread(turn)).toBe(true);
  expect(turn.isOver).toBe(false);
  expect(await lendsTheThread(turn)).toBe(false);
});
