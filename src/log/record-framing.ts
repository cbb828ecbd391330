import crc32c from 'crc-32/crc32c.js';

// A record of a TFRecord file: length (8 bytes), its checksum (4), the data, their checksum (4), all little-endian
// (TensorFlow, "TFRecords format details").
const LENGTH_BYTES = 8;
const CHECKSUM_BYTES = 4;
const HEADER_BYTES = LENGTH_BYTES + CHECKSUM_BYTES;

/** CRC-32C, rotated and shifted, so that the checksum of data that hold checksums is no special case. */
export function maskedChecksum(bytes: Uint8Array): number {
  const checksum = crc32c.buf(bytes) >>> 0;
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}

/** The data as one record. */
export function frameRecord(data: Uint8Array): Buffer {
  const record = Buffer.alloc(HEADER_BYTES + data.length + CHECKSUM_BYTES);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(maskedChecksum(record.subarray(0, LENGTH_BYTES)), LENGTH_BYTES);
  record.set(data, HEADER_BYTES);
  record.writeUInt32LE(maskedChecksum(data), HEADER_BYTES + data.length);
  return record;
}

/** The records of a file, each with the byte after its end, up to the first one that is cut off or damaged. */
export function* framedRecords(content: Buffer): Generator<{ readonly data: Uint8Array; readonly end: number }> {
  for (let start = 0; start + HEADER_BYTES <= content.length;) {
    const lengthBytes = content.subarray(start, start + LENGTH_BYTES);
    if (content.readUInt32LE(start + LENGTH_BYTES) !== maskedChecksum(lengthBytes)) return;
    const begin = start + HEADER_BYTES;
    const end = begin + Number(lengthBytes.readBigUInt64LE());
    if (end + CHECKSUM_BYTES > content.length) return;
    const data = content.subarray(begin, end);
    if (content.readUInt32LE(end) !== maskedChecksum(data)) return;
    start = end + CHECKSUM_BYTES;
    yield { data, end: start };
  }
}
