import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { nativeAddon, runtimeLibrary } from '../src/native-addon.ts';

const folder = mkdtempSync(join(tmpdir(), 'gflownet-runtime-'));
const bin = new URL('../bin/gflownet.js', import.meta.url).pathname;

/** Trains in a process of its own, since a process loads one runtime: what it ends with, and its last line. */
async function trainWith(library: string): Promise<{ code: number; message: string }> {
  const args = [
    bin,
    'train',
    'hypergrid',
    '--dimensions',
    '2',
    '--side',
    '4',
    '--steps',
    '2',
    '--out',
    join(folder, 'run'),
  ];
  const env = { ...process.env, GFLOWNET_ORT_LIBRARY: library };
  try {
    await promisify(execFile)(process.execPath, [...args, '--force', '--json'], { env });
    return { code: 0, message: '' };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, message: stderr.trim() };
  }
}

function compiled(name: string, source: string): string {
  const file = join(folder, `${name}.c`);
  writeFileSync(file, source);
  execFileSync('cc', ['-shared', '-fPIC', '-o', join(folder, `${name}.so`), file]);
  return join(folder, `${name}.so`);
}

const runtime = (version: string, table: string): string => `
  #include <stdint.h>
  static const void* functions[512];
  static const void* table(uint32_t version) { (void)version; return ${table}; }
  static const char* text(void) { return "${version}"; }
  static const struct { const void* (*api)(uint32_t); const char* (*version)(void); } base = {table, text};
  const void* OrtGetApiBase(void) { return &base; }
`;

describe('ONNX Runtime', () => {
  test('is the one that onnxruntime-node ships', () => {
    expect(nativeAddon().runtimeVersion(runtimeLibrary())).toBe('1.29.0');
  });

  test('missing', async () => {
    const { code, message } = await trainWith(join(folder, 'none.so'));
    expect(code).not.toBe(0);
    expect(message).toMatch(/ERR_RUNTIME.*GFLOWNET_ORT_LIBRARY.*none\.so.*does not exist/);
  });

  test('a file that is no library', async () => {
    const file = join(folder, 'text.so');
    writeFileSync(file, 'not a library');
    expect((await trainWith(file)).message).toMatch(/ERR_RUNTIME.*cannot be loaded.*text\.so/);
  });

  test('a library that is not ONNX Runtime', async () => {
    const library = compiled('other', 'int answer(void) { return 42; }');
    expect((await trainWith(library)).message).toMatch(/ERR_RUNTIME.*other\.so is not ONNX Runtime/);
  });

  test('too old', async () => {
    for (const [version, table] of [
      ['1.10.0', 'functions'],
      ['1.2.0', '0'],
    ]) {
      const library = compiled(`old-${version}`, runtime(version, table));
      const { message } = await trainWith(library);
      expect(message).toMatch(
        new RegExp(`ERR_RUNTIME.*ONNX Runtime ${version} .* is too old: expected 1\\.17 or newer`),
      );
    }
  });
});
