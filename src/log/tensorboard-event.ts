import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

// Field numbers of tensorflow.Event, tensorflow.Summary and tensorflow.Summary.Value (event.proto, summary.proto).
const Event = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const Summary = { value: 1 } as const;
const Value = { tag: 1, simpleValue: 2 } as const;

/** The event that every event file begins with. `wallTime` is in seconds since 1970. */
export function versionEvent(wallTime: number): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(Event.wallTime, WireType.Bit64).double(wallTime);
  writer.tag(Event.fileVersion, WireType.LengthDelimited).string('brain.Event:2');
  return writer.finish();
}

/** The scalars of a step, as TensorBoard keeps them: single precision. */
export function scalarEvent(
  wallTime: number,
  step: number,
  scalars: Iterable<readonly [tag: string, value: number]>,
): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(Event.wallTime, WireType.Bit64).double(wallTime);
  writer.tag(Event.step, WireType.Varint).int64(step);
  writer.tag(Event.summary, WireType.LengthDelimited).fork();
  for (const [tag, value] of scalars) {
    writer.tag(Summary.value, WireType.LengthDelimited).fork();
    writer.tag(Value.tag, WireType.LengthDelimited).string(tag);
    writer.tag(Value.simpleValue, WireType.Bit32).float(value);
    writer.join();
  }
  writer.join();
  return writer.finish();
}

/** The step of an event; 0 where it names none, like the version. Throws for bytes that are no message. */
export function stepOfEvent(event: Uint8Array): number {
  const reader = new BinaryReader(event);
  let step = 0;
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === (Event.step as number) && type === WireType.Varint) step = Number(reader.int64());
    else reader.skip(type, field);
  }
  return step;
}
