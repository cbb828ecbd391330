import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { elfDefect } from '../src/elf-defect.ts';
import { nativeAddon, runtimeLibrary } from '../src/native-addon.ts';

const folder = mkdtempSync(join(tmpdir(), 'gflownet-runtime-'));
const bin = new URL('../bin/gflownet.js', import.meta.url).pathname;

interface Outcome {
  readonly code: number;
  readonly message: string;
}

/** Trains in a process of its own, since a process loads one runtime: what it ends with, and its last line. */
async function trainWith(library: string): Promise<Outcome> {
  return train({ GFLOWNET_ORT_LIBRARY: library });
}

async function train(environment: Readonly<Record<string, string>>, program = bin): Promise<Outcome> {
  const args = [
    program,
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
  const env = { ...process.env, ...environment };
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

describe.runIf(process.platform === 'linux')('the addon', () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const built = readFileSync(join(root, 'build', 'Release', 'gflownet.node'));
  const processor = new Uint8Array(built);
  new DataView(processor.buffer).setUint16(18, process.arch === 'arm64' ? 62 : 183, true);

  function file(name: string, content: Uint8Array | string): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }

  test.each([
    ['missing', () => join(folder, 'none.node'), /none\.node: there is no such file/],
    ['empty', () => file('empty.node', ''), /empty\.node: it is truncated \(0 bytes\)/],
    ['no library', () => file('text.node', 'text '.repeat(100)), /text\.node: it is not a 64-bit Linux library/],
    ['truncated', () => file('short.node', built.subarray(0, built.length / 2)), /short\.node: it is truncated/],
    ['of another processor', () => file('arm.node', processor), /arm\.node: it was built for another processor/],
    ['another library', () => compiled('strange', 'int answer(void) { return 42; }'), /strange\.so/],
  ])('%s: says what was tried and what to do', async (_, path, message) => {
    const outcome = await train({ GFLOWNET_ADDON: path() });
    expect(outcome.code).toBe(1);
    expect(outcome.message).toMatch(/^error \[ERR_NATIVE\]: [^\n]+$/);
    expect(outcome.message).toMatch(message);
    expect(outcome.message).toMatch(/npm rebuild gflownet.*backend: 'typescript'/);
  });

  test('truncated anywhere before the end of what is loaded, it is noticed first', () => {
    expect(elfDefect(built, process.arch)).toBeNull();
    // What is not loaded, names for debuggers, comes last.
    for (let length = 0; length < built.length / 2; length += Math.ceil(built.length / 500)) {
      expect(elfDefect(built.subarray(0, length), process.arch), String(length)).toMatch(/truncated/);
    }
    expect(elfDefect(built, 's390x'), 'a processor that is not known').toBeNull();
  });

  test('compiled or shipped: one that does not load leaves it to the other', async () => {
    const copy = mkdtempSync(join(tmpdir(), 'gflownet-addon-'));
    for (const name of ['bin', 'bundle', 'package.json'])
      cpSync(join(root, name), join(copy, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const places = ['build/Release', `prebuilds/${process.platform}-${process.arch}`].map((place) => join(copy, place));
    const [compiledHere, shipped] = places.map((place) => join(place, 'gflownet.node'));
    for (const place of places) mkdirSync(place, { recursive: true });
    const program = join(copy, 'bin', 'gflownet.js');
    try {
      const nothing = await train({}, program);
      expect(nothing.message).toMatch(
        /ERR_NATIVE.*build\/Release.*no such file; .*prebuilds\/\S+: there is no such file/,
      );
      writeFileSync(compiledHere, 'broken');
      writeFileSync(shipped, built);
      expect(await train({}, program)).toEqual({ code: 0, message: '' });
      writeFileSync(compiledHere, built);
      writeFileSync(shipped, 'broken');
      expect(await train({}, program)).toEqual({ code: 0, message: '' });
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});
