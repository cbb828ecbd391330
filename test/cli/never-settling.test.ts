import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const program = join(root, 'bin', 'gflownet.js');
let folder: string;
const at = (name: string): string => join(folder, name);

const grid = "import { hypergrid } from 'gflownet';\nexport default hypergrid({ dimensions: 2, side: 4 });\n";
/** Never settles from the call `from` on; `holding` keeps the process as a pool of connections would. */
const hanging = (holding: boolean): string => `${grid}
import { existsSync, writeFileSync } from 'node:fs';
const { FROM, MARK } = process.env;
let calls = 0;
${holding ? 'setInterval(() => undefined, 1000);' : ''}
export const reward = {
  score: (objects: unknown[]) => {
    if (++calls < Number(FROM)) return objects.map(() => 2);
    writeFileSync(MARK!, '');
    return new Promise<number[]>(() => undefined);
  },
};
`;

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'scripts', 'setup.js')], { stdio: 'ignore' }); // it is what runs
  folder = mkdtempSync(join(tmpdir(), 'gflownet-never-'));
  writeFileSync(at('hanging.ts'), hanging(false));
  writeFileSync(at('holding.ts'), hanging(true));
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true }));

class Run {
  stdout = '';
  stderr = '';
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [program, ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.child.stdout.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = once(this.child, 'close').then(([code]) => code as number | null);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

const options = '--steps 9 --batch 4 --hidden 8 --seed 3 --threads 1 --evaluation-samples 20 --json'.split(' ');
const filesOf = (run: string) =>
  ['metrics.jsonl', 'model.onnx'].map((name) => readFileSync(join(at(run), name), 'latin1'));
let number = 0;

describe.each(['native', 'typescript'])('a reward that never settles on the %s backend', (backend) => {
  const runOf = (module: string, out: string, from: number, ...more: string[]) => {
    const mark = at(`mark-${++number}`);
    const args = ['train', module, ...options, '--backend', backend, '--out', out, ...more];
    return { mark, run: new Run(args, { MARK: mark, FROM: String(from) }) };
  };

  it.each([
    ['SIGINT', 130, 'hanging.ts', []],
    ['SIGTERM', 143, 'hanging.ts', []],
    ['SIGINT', 130, 'holding.ts', ['--reward-delay', '2', '--replay', '10']],
  ] as const)('is ended by %s with code %i in %s, and the run goes on', async (signal, code, module, more) => {
    const out = `${backend}-${signal}-${module}`;
    const alone = runOf(module, `${out}-alone`, 1e9, ...more);
    expect(await alone.run.ended).toBe(0);
    const { mark, run } = runOf(module, out, 6, ...more);
    await expect.poll(() => existsSync(mark), { timeout: 60_000, interval: 10 }).toBe(true);
    run.kill(signal);
    expect(await run.ended).toBe(code);
    expect(run.stderr).toMatch(/stopping, with the model saved/);
    const { steps, interrupted } = JSON.parse(run.stdout) as { steps: number; interrupted: boolean };
    expect(steps).toBeLessThan(9);
    expect(interrupted).toBe(true);
    const resumed = new Run(['train', '--resume', out, '--quiet'], { MARK: mark, FROM: '1e9' });
    expect(await resumed.ended).toBe(0);
    expect(filesOf(out)).toEqual(filesOf(`${out}-alone`));
  });

  it('is ended by a signal in the first step', async () => {
    const { mark, run } = runOf('hanging.ts', `${backend}-first`, 1);
    await expect.poll(() => existsSync(mark), { timeout: 60_000, interval: 10 }).toBe(true);
    run.kill('SIGINT');
    expect(await run.ended).toBe(130);
    expect(existsSync(at(`${backend}-first/model.onnx`))).toBe(true);
  });

  it('is ended by a signal while the model is evaluated', async () => {
    const { mark, run } = runOf('hanging.ts', `${backend}-evaluated`, 10, '--evaluate-every', '0');
    await expect.poll(() => existsSync(mark), { timeout: 60_000, interval: 10 }).toBe(true);
    run.kill('SIGTERM');
    expect(await run.ended).toBe(143);
    expect(JSON.parse(run.stdout)).toMatchObject({ steps: 9, l1Sum: null, interrupted: true });
  });

  it('is ended by two signals at once', async () => {
    const { mark, run } = runOf('holding.ts', `${backend}-twice`, 4);
    await expect.poll(() => existsSync(mark), { timeout: 60_000, interval: 10 }).toBe(true);
    run.kill('SIGTERM');
    run.kill('SIGINT');
    expect([130, 143]).toContain(await run.ended);
    expect(run.stderr).not.toContain('error');
  });

  it('is an error where nothing is left that could settle it', async () => {
    const { run } = runOf('hanging.ts', `${backend}-sampled`, 1e9);
    expect(await run.ended).toBe(0);
    const sampled = new Run(['sample', `${backend}-sampled`, '--backend', backend], { MARK: at('mark'), FROM: '1' });
    expect(await sampled.ended).toBe(1);
    expect(sampled.stderr).toMatch(/^error \[ERR_REWARD\]: reward: .* score of .*hanging\.ts gave never settles/m);
  });
});

describe('a module', () => {
  it.each([
    ['that awaits what never settles', 'await new Promise(() => undefined);', 'awaits never settles'],
    [
      'whose function never settles',
      'export default () => new Promise(() => undefined);',
      'a promise that it awaits never settles',
    ],
    ['that ends the process', 'process.exit(0);', 'ended while it was being loaded, with code 0'],
    [
      'that ends the process later',
      'setImmediate(() => process.exit(0)); await new Promise(() => undefined);',
      'code 0',
    ],
  ])('%s is an error', async (_, code, message) => {
    for (const name of ['stuck.ts', 'stuck.mjs']) {
      writeFileSync(at(name), code.includes('export default') ? code : `${grid}${code}\n`);
      const run = new Run(['train', name, '--out', 'stuck']);
      expect(await run.ended).toBe(2);
      expect(run.stderr).toMatch(/^error \[ERR_MODULE\]: [^\n]*\n$/);
      expect(run.stderr).toContain(`${at(name)}: expected`);
      expect(run.stderr).toContain(message);
      expect(run.stdout).toBe('');
    }
  });

  it('that ends the process with a code of its own keeps it, and is named', async () => {
    const exit = 'export const reward = { score: () => process.exit(7) };\n';
    writeFileSync(at('exit.ts'), grid + exit);
    const run = new Run(['train', 'exit.ts', '--out', 'exit', '--quiet']);
    expect(await run.ended).toBe(7);
    expect(run.stderr).toMatch(
      /^error \[ERR_MODULE\]: .*exit\.ts: .* ended before the command was done, with code 7\n$/,
    );
  });

  it('that crashes the process is left to Node', async () => {
    writeFileSync(at('crash.ts'), `${grid}setImmediate(() => { throw new Error('crashed'); });\n`);
    const run = new Run(['train', 'crash.ts', '--out', 'crash', '--quiet', '--steps', '100000']);
    expect(await run.ended).toBe(1);
    expect(run.stderr).toContain('Error: crashed');
    expect(run.stderr).not.toContain('error [');
  });
});
