/** Numbers of the processors in ELF, by Node's names. */
const machines: Readonly<Partial<Record<string, number>>> = { x64: 62, arm64: 183 };

const MAGIC = 0x464c457f; // "\x7fELF", little-endian
const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const LOADED_SEGMENT = 1;

/**
 * What is wrong with the bytes of a Linux library for this processor, or null. The dynamic loader itself maps a file
 * that ends early and then dies of SIGBUS, which would end the process.
 */
export function elfDefect(bytes: Uint8Array, processor: string): string | null {
  const expected = machines[processor];
  if (expected === undefined) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES) return `it is truncated (${bytes.length} bytes)`;
  const is64BitLittleEndian = view.getUint8(4) === 2 && view.getUint8(5) === 1;
  if (view.getUint32(0, true) !== MAGIC || !is64BitLittleEndian) return 'it is not a 64-bit Linux library';
  const machine = view.getUint16(18, true);
  if (machine !== expected) {
    const found = Object.keys(machines).find((name) => machines[name] === machine) ?? `ELF machine ${machine}`;
    return `it was built for another processor (${found}, not ${processor})`;
  }
  const truncated = `it is truncated (${bytes.length} bytes)`;
  const tableOffset = Number(view.getBigUint64(32, true));
  const entryBytes = view.getUint16(54, true);
  const entries = view.getUint16(56, true);
  if (entryBytes !== PROGRAM_HEADER_BYTES || entries === 0) return 'it is not a 64-bit Linux library';
  if (tableOffset + entries * entryBytes > bytes.length) return truncated;
  for (let entry = tableOffset; entry < tableOffset + entries * entryBytes; entry += entryBytes) {
    if (view.getUint32(entry, true) !== LOADED_SEGMENT) continue;
    const end = Number(view.getBigUint64(entry + 8, true) + view.getBigUint64(entry + 32, true));
    if (end > bytes.length) return truncated;
  }
  return null;
}
