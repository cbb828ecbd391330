import { setImmediate } from 'node:timers';

/** Whoever waits for the thread, the first come first. */
const waiting: (() => void)[] = [];

/**
 * Resolves when the thread is free for a short piece of work: after other events have been served, and of all who wait
 * one at a time, however many there are.
 */
export function threadTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(serve);
  });
}

function serve(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(serve);
}
