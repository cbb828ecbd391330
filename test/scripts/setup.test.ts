import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

interface Stamp {
  readonly fingerprint: (root: string, paths: readonly string[], further?: readonly string[]) => string;
  readonly isDone: (file: string, print: string) => boolean;
  readonly markDone: (file: string, print: string) => void;
}
interface Toolchain {
  readonly missingTools: () => string[];
  readonly installCommand: () => string;
  readonly ensureToolchain: () => void;
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
