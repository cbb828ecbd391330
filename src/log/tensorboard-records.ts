import { frameRecord, framedRecords } from './record-framing.ts';
import { scalarEvent, stepOfEvent, versionEvent } from './tensorboard-event.ts';

/** The record that every event file begins with. `wallTime` is in seconds since 1970. */
export function versionRecord(wallTime: number): Buffer {
  return frameRecord(versionEvent(wallTime));
}

/** The record of a step's scalars. */
export function scalarRecord(
  wallTime: number,
  step: number,
  scalars: Iterable<readonly [tag: string, value: number]>,
): Buffer {
  return frameRecord(scalarEvent(wallTime, step, scalars));
}

/** Bytes of a file up to the last whole record of a step that is no later. */
export function keptBytes(content: Buffer, step: number): number {
  let kept = 0;
  for (const { data, end } of framedRecords(content)) {
    if (stepOfEvent(data) > step) break;
    kept = end;
  }
  return kept;
}
