import { Buffer } from 'node:buffer';
import { scheduler } from 'node:timers/promises';

/** Objects that are written at a time: a fraction of a millisecond. */
const PIECE = 250;

/** What clients are told of an object. */
export function samplePart({ state, logReward, logProbability }) {
  return { state, logReward, logProbability };
}

/**
 * `head` with the samples in JSON, written a few at a time: the event loop, which all requests share, gets a turn in
 * between. Rejects with the signal's reason when nobody waits any more.
 */
export async function samplesBody(head, samples, signal) {
  const pieces = [];
  for (let first = 0; first < samples.length; first += PIECE) {
    const text = JSON.stringify(samples.slice(first, first + PIECE).map(samplePart));
    pieces.push(Buffer.from(text.slice(1, -1)));
    await scheduler.yield();
    signal.throwIfAborted();
  }
  const start = JSON.stringify({ ...head, samples: [] }).slice(0, -2);
  const separated = pieces.flatMap((piece, i) => (i === 0 ? [piece] : [Buffer.from(','), piece]));
  return Buffer.concat([Buffer.from(start), ...separated, Buffer.from(']}')]);
}
