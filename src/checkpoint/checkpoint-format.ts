import type { SectionData } from '../trainer/training-state.ts';
import type { Checkpoint } from './checkpoint.ts';
import { isJsonObject, type JsonValue } from './json.ts';
import {
  bytesPerElement,
  fromLittleEndian,
  isSectionData,
  isSectionType,
  littleEndianBytes,
  sectionTypeOf,
  type SectionType,
} from './section-type.ts';
import { configurationDigest, type TrainingConfiguration } from './training-configuration.ts';

/*
 * A checkpoint is one file:
 *
 *   magic (8 bytes), version and length of the header (32-bit integers),
 *   header (JSON), then the sections one after the other, each of these begun at a multiple of 8 bytes,
 *   SHA-256 of everything before it (32 bytes).
 *
 * All numbers are little-endian. The same training run gives the same bytes: nothing of time or place is in it.
 */

/** Not a text, and damaged by a transfer that takes it for one. */
const MAGIC = Uint8Array.of(0x89, 0x47, 0x46, 0x4e, 0x0d, 0x0a, 0x1a, 0x0a);
export const VERSION = 1;
const PREFIX_BYTES = MAGIC.length + 8;
export const DIGEST_BYTES = 32;
const ALIGNMENT = 8;

type Group = 'state' | 'attached';

interface SectionHeader {
  readonly group: Group;
  readonly name: string;
  readonly type: SectionType;
  /** Elements. */
  readonly length: number;
}

interface Header {
  readonly digest: string;
  readonly configuration: TrainingConfiguration;
  readonly step: number;
  readonly visits: number;
  readonly attached: Readonly<Record<string, JsonValue>>;
  readonly sections: readonly SectionHeader[];
}

/** The parts of a checkpoint's file in order, without the checksum at its end. */
export function* encodedParts(checkpoint: Checkpoint): Generator<Uint8Array, void, undefined> {
  const { configuration, state, attached } = checkpoint;
  const arrays: [Group, string, SectionData][] = Object.entries(state.sections).map(([name, data]) => [
    'state',
    name,
    data,
  ]);
  const values: [string, JsonValue][] = [];
  for (const [name, value] of Object.entries(attached)) {
    if (isSectionData(value)) arrays.push(['attached', name, value]);
    else values.push([name, value]);
  }
  const header: Header = {
    digest: configurationDigest(configuration),
    configuration,
    step: state.step,
    visits: state.visits,
    attached: Object.fromEntries(values),
    sections: arrays.map(([group, name, data]) => ({
      group,
      name,
      type: sectionTypeOf(data),
      length: data.length,
    })),
  };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const prefix = new Uint8Array(PREFIX_BYTES);
  prefix.set(MAGIC);
  const numbers = new DataView(prefix.buffer);
  numbers.setUint32(MAGIC.length, VERSION, true);
  numbers.setUint32(MAGIC.length + 4, json.length, true);
  yield prefix;
  yield* aligned(json);
  for (const [, , data] of arrays) yield* aligned(littleEndianBytes(data));
}

function* aligned(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  yield bytes;
  const padding = roundedUp(bytes.length) - bytes.length;
  if (padding > 0) yield new Uint8Array(padding);
}

function roundedUp(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** The version of a file that is whole; null if it is no checkpoint at all. */
export function versionOf(bytes: Uint8Array): number | null {
  if (bytes.length < PREFIX_BYTES + DIGEST_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) return null;
  return viewOf(bytes).getUint32(MAGIC.length, true);
}

/**
 * Reads the content of a file of this version whose checksum is right. Throws a TypeError that says what is wrong: such
 * a file was not written by this package.
 */
export function decodedCheckpoint(bytes: Uint8Array): Checkpoint {
  const headerLength = viewOf(bytes).getUint32(MAGIC.length + 4, true);
  const end = bytes.length - DIGEST_BYTES;
  if (PREFIX_BYTES + headerLength > end) throw new TypeError(`the header of ${headerLength} bytes does not fit`);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(
    bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + headerLength),
  );
  const header = checkedHeader(JSON.parse(text) as JsonValue);
  const state: [string, SectionData][] = [];
  const attached: [string, JsonValue | SectionData][] = Object.entries(header.attached);
  let start = PREFIX_BYTES + roundedUp(headerLength);
  for (const { group, name, type, length } of header.sections) {
    const size = length * bytesPerElement(type);
    if (size > end - start) throw new TypeError(`section ${name} of ${size} bytes does not fit`);
    const data = fromLittleEndian(type, bytes.subarray(start, start + size));
    if (group === 'state') state.push([name, data]);
    else attached.push([name, data]);
    start += roundedUp(size);
  }
  if (start !== end) throw new TypeError(`expected ${start + DIGEST_BYTES} bytes, got ${bytes.length}`);
  const { configuration, step, visits } = header;
  return {
    configuration,
    state: { step, visits, sections: Object.fromEntries(state) },
    attached: Object.fromEntries(attached),
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function checkedHeader(value: JsonValue): Header {
  const header = object('header', value);
  const configuration = object('configuration', header.configuration);
  const environment = object('environment', configuration.environment);
  const known: TrainingConfiguration = {
    environment: { name: text('environment.name', environment.name), parameters: environment.parameters },
    options: object('options', configuration.options),
  };
  const digest = text('digest', header.digest);
  if (digest !== configurationDigest(known)) throw new TypeError('digest is not that of the configuration');
  if (!Array.isArray(header.sections)) throw new TypeError('sections is no list');
  return {
    digest,
    configuration: known,
    step: count('step', header.step),
    visits: count('visits', header.visits),
    attached: object('attached', header.attached),
    sections: (header.sections as readonly JsonValue[]).map(checkedSection),
  };
}

function checkedSection(value: JsonValue): SectionHeader {
  const { group, name, type, length } = object('section', value);
  if (group !== 'state' && group !== 'attached') throw new TypeError('a section has an unknown group');
  if (!isSectionType(type)) throw new TypeError('a section has an unknown type');
  return { group, name: text('section.name', name), type, length: count('section.length', length) };
}

function object(name: string, value: JsonValue | undefined): Readonly<Record<string, JsonValue>> {
  if (value === undefined || !isJsonObject(value)) throw new TypeError(`${name} is no object`);
  return value;
}

function text(name: string, value: JsonValue | undefined): string {
  if (typeof value !== 'string') throw new TypeError(`${name} is no text`);
  return value;
}

function count(name: string, value: JsonValue | undefined): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new TypeError(`${name} is no number of things`);
  }
  return value;
}
