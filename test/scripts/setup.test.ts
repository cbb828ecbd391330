import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

interface Stamp {
  readonly fingerprint: (root: string, paths: readonly string[], further?: readonly string[]) => string;
  readonly isDone: (file: string, print: string) => boolean;
  readonly markDone: (file: string, print: string) => void;
}
interface Toolchain {
  readonly missingTools: () => string[];
  readonly installCommand: () => string;
  readonly ensureToolchain: (options?: { readonly mayInstall: boolean }) => void;
}
interface SymbolVersions {
  readonly newerVersionsIn: (text: string, newest: Readonly<Record<string, string>>) => string[];
  readonly newerVersions: (binary: string, newest: Readonly<Record<string, string>>) => string[];
}
interface Prebuilt {
  readonly prebuiltPath: (root: string) => string;
  readonly prebuiltLoads: (root: string) => boolean;
}
interface Command {
  readonly runQuietly: (what: string, command: string, args: readonly string[]) => void;
}
interface Examples {
  readonly ensureExamples: (root: string) => boolean;
}
interface NodeVersion {
  readonly ensureNodeVersion: (version: string) => void;
}

/** A part of the set-up, which is plain JavaScript. */
async function part(name: string): Promise<unknown> {
  return import(new URL(`../../scripts/setup/${name}.js`, import.meta.url).href);
}

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gflownet-setup-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

describe('fingerprint', () => {
  it('depends on names and contents of the files and on nothing else', async () => {
    const { fingerprint } = (await part('stamp')) as Stamp;
    const print = () => fingerprint(root, ['src', 'one.txt', 'missing'], ['x86']);
    mkdirSync(join(root, 'src', 'deep'), { recursive: true });
    writeFileSync(join(root, 'src', 'deep', 'a.ts'), 'a');
    writeFileSync(join(root, 'one.txt'), '1');
    const first = print();
    writeFileSync(join(root, 'other.txt'), 'not asked for');
    writeFileSync(join(root, 'src', 'deep', 'a.ts'), 'a'); // written again, later
    expect(print()).toBe(first);

    writeFileSync(join(root, 'src', 'deep', 'a.ts'), 'b');
    const changed = print();
    renameSync(join(root, 'src', 'deep', 'a.ts'), join(root, 'src', 'deep', 'b.ts'));
    const renamed = print();
    writeFileSync(join(root, 'src', 'c.ts'), '');
    const added = print();
    const elsewhere = fingerprint(root, ['src', 'one.txt', 'missing'], ['arm']);
    expect(new Set([first, changed, renamed, added, elsewhere]).size).toBe(5);
  });

  it('is remembered by a stamp', async () => {
    const { isDone, markDone } = (await part('stamp')) as Stamp;
    const file = join(root, 'build', 'stamp');
    expect(isDone(file, 'print')).toBe(false);
    markDone(file, 'print');
    expect(isDone(file, 'print')).toBe(true);
    expect(isDone(file, 'another')).toBe(false);
  });
});

describe('the toolchain', () => {
  it('is named where it is missing, with the command that installs it', async () => {
    const { missingTools, installCommand, ensureToolchain } = (await part('toolchain')) as Toolchain;
    vi.stubEnv('PATH', root);
    vi.stubEnv('CXX', '');
    expect(missingTools().join()).toMatch(/C\+\+20 compiler \(g\+\+ 11 .*CMake.*make/);
    expect(installCommand()).toMatch(/cmake/);
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    expect(ensureToolchain).toThrow(/missing: C\+\+20 compiler[^]*Install with:\n {2}.*cmake/);
    // As a dependency nothing is installed, whoever asks.
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    expect(() => ensureToolchain({ mayInstall: false })).toThrow(/missing: C\+\+20 compiler/);
  });

  it('is whatever CXX names', async () => {
    const { missingTools } = (await part('toolchain')) as Toolchain;
    vi.stubEnv('CXX', join(root, 'no-compiler'));
    expect(missingTools().join()).toMatch(/C\+\+20 compiler/);
  });
});

describe('a command of the set-up', () => {
  const program = (code: number): string[] => [
    '-e',
    `console.log('first'); console.error('second'); console.log('x'.repeat(3_000_000)); process.exitCode = ${code}`,
  ];
  let shown: string;
  beforeEach(() => {
    shown = '';
    vi.spyOn(console, 'error').mockImplementation((text: string) => (shown += `${text}\n`));
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((shown += String(text)), true));
  });

  it('is silent while it does well', async () => {
    const { runQuietly } = (await part('command')) as Command;
    runQuietly('building', process.execPath, program(0));
    expect(shown).toBe('set-up: building\n');
  });

  it('shows all that it printed, in order, when it fails', async () => {
    const { runQuietly } = (await part('command')) as Command;
    expect(() => runQuietly('building', process.execPath, program(3))).toThrow('building failed (exit code 3)');
    expect(shown).toMatch(/^set-up: building\n> .*\nfirst\nsecond\nx{3000000}\n$/s);
    expect(() => runQuietly('building', join(root, 'none'), [])).toThrow(/none could not be started/);
  });
});

describe('symbol versions', () => {
  const newest = { GLIBC: '2.28', GLIBCXX: '3.4.25', CXXABI: '1.3.11' };

  it('are compared number by number', async () => {
    const { newerVersionsIn } = (await part('symbol-versions')) as SymbolVersions;
    const text = `
      0x0010: Name: GLIBC_2.2.5  Flags: none  Version: 2
      0x0020: Name: GLIBC_2.28  Flags: none  Version: 3
      0x0030: Name: GLIBC_2.29  Flags: none  Version: 4
      0x0040: Name: GLIBC_2.34  Flags: none  Version: 5
      0x0050: Name: GLIBC_2.34  Flags: none  Version: 6
      0x0060: Name: GLIBCXX_3.4.9  Flags: none  Version: 7
      0x0070: Name: GLIBCXX_3.4.30  Flags: none  Version: 8
      0x0080: Name: CXXABI_1.3  Flags: none  Version: 9
      0x0090: Name: CXXABI_1.3.13  Flags: none  Version: 10`;
    expect(newerVersionsIn(text, newest)).toEqual(['CXXABI_1.3.13', 'GLIBCXX_3.4.30', 'GLIBC_2.29', 'GLIBC_2.34']);
  });

  it('are read from a binary', async () => {
    const { newerVersions } = (await part('symbol-versions')) as SymbolVersions;
    const older = { GLIBC: '2.0', GLIBCXX: '3.0', CXXABI: '1.0' };
    const addon = fileURLToPath(new URL('../../build/Release/gflownet.node', import.meta.url));
    if (process.platform === 'linux') expect(newerVersions(addon, older).join()).toMatch(/GLIBC_2/);
    expect(() => newerVersions(join(root, 'missing'), newest)).toThrow(/readelf.*missing/);
  });
});

describe('the binary that is shipped', () => {
  it('is used where it loads, and a broken one is noticed', async () => {
    const { prebuiltPath, prebuiltLoads } = (await part('prebuilt')) as Prebuilt;
    expect(prebuiltLoads(root)).toBe(false);
    const path = prebuiltPath(root);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'no library');
    expect(prebuiltLoads(root)).toBe(false);
    cpSync(new URL('../../build/Release/gflownet.node', import.meta.url), path);
    expect(prebuiltLoads(root)).toBe(true);
  });
});

describe('ensureNodeVersion', () => {
  it.each(['18.20.0', '20.18.3', '19.99.0'])('refuses %s', async (version) => {
    const { ensureNodeVersion } = (await part('node-version')) as NodeVersion;
    expect(() => ensureNodeVersion(version)).toThrow(/Node 20\.19 or newer is needed/);
  });

  it.each(['20.19.0', '20.20.2', '22.0.0'])('takes %s', async (version) => {
    const { ensureNodeVersion } = (await part('node-version')) as NodeVersion;
    expect(() => ensureNodeVersion(version)).not.toThrow();
  });
});

describe('examples', () => {
  it('are linked to the package, once', async () => {
    const { ensureExamples } = (await part('examples')) as Examples;
    expect(ensureExamples(root)).toBe(false);
    mkdirSync(join(root, 'examples'));
    expect(ensureExamples(root)).toBe(true);
    expect(realpathSync(join(root, 'examples', 'node_modules', 'gflownet'))).toBe(realpathSync(root));
    expect(ensureExamples(root)).toBe(false);
  });
});

describe('the launcher', () => {
  it('says what to run before the package is built', () => {
    cpSync(new URL('../../bin', import.meta.url), join(root, 'bin'), { recursive: true });
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
    const { status, stderr, stdout } = spawnSync(process.execPath, [join(root, 'bin', 'gflownet.js'), 'train'], {
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/^error \[ERR_NATIVE\]: .*npm run setup/);
    expect(stdout).toBe('');
    expect(status).toBe(1);
  });
});
