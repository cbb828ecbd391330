import { Buffer } from 'node:buffer';

/** Characters that are kept as text before they become bytes. */
const PIECE = 16_384;

/** What clients are told of an object. */
export function samplePart({ state, logReward, logProbability }) {
  return { state, logReward, logProbability };
}

/**
 * `head` with the samples of a stream in JSON, as bytes. They are written as they are drawn: between two turns of a
 * stream the event loop serves other requests, which JSON.stringify of all samples at once would hold up.
 */
export async function samplesBody(head, samples) {
  const pieces = [];
  let text = JSON.stringify({ ...head, samples: [] }).slice(0, -2);
  let separator = '';
  for await (const sample of samples) {
    text += separator + JSON.stringify(samplePart(sample));
    separator = ',';
    if (text.length < PIECE) continue;
    pieces.push(Buffer.from(text));
    text = '';
  }
  pieces.push(Buffer.from(`${text}]}`));
  return Buffer.concat(pieces);
}
