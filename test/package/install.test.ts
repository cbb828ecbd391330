import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stranger, root, run } from './stranger.ts';

// The binary that is shipped is built by `npm run prebuild`, which needs Zig from PyPI: `.ci/run` does that first.
const prebuilt = join(root, 'prebuilds', 'linux-x64', 'gflownet.node');
const hasPrebuilt = process.platform === 'linux' && process.arch === 'x64' && existsSync(prebuilt);
if (!hasPrebuilt) console.warn(`skipped: ${prebuilt} is missing, run "npm run prebuild"`);

const training = `
  const trainer = await Trainer.create({
    environment: hypergrid({ dimensions: 2, side: 8 }),
    objective: trajectoryBalance(),
    seed: 1,
  });
  let last = null;
  for await (const progress of trainer.train({ steps: 50 })) last = progress;
  const samples = await trainer.model.sample(5, { seed: 2 });
  trainer.dispose();
  const libraries = process.report.getReport().sharedObjects;
  console.log(JSON.stringify({ step: last.step, loss: last.loss, samples: samples.length, libraries }));
`;

const typed = `
import { FlowModel, GfnError, Trainer, hypergrid, trajectoryBalance, type Progress, type TrainerOptions } from 'gflownet';

export async function train(options: Partial<TrainerOptions>): Promise<number> {
  const trainer = await Trainer.create({
    environment: hypergrid({ dimensions: 2, side: 8 }),
    objective: trajectoryBalance(),
    ...options,
  });
  let last: Progress | undefined;
  for await (const progress of trainer.train({ steps: 50 })) last = progress;
  const model: FlowModel = trainer.model;
  const samples = await model.sample(1);
  if (!(samples[0].x instanceof Int32Array)) throw new GfnError('ERR_INTERNAL', 'no state');
  return last?.loss ?? NaN;
}
// @ts-expect-error: sides are numbers
export const wrong = hypergrid({ dimensions: 2, side: '8' });
`;

describe.runIf(hasPrebuilt)('the package, installed by a stranger', () => {
  const stranger = new Stranger();
  beforeAll(() => stranger.install(), 600_000);
  afterAll(() => stranger.remove());

  const files = (): string[] =>
    readdirSync(stranger.installed, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(stranger.installed, name)).isFile())
      .sort();

  it('holds what it needs and nothing else', () => {
    const places = new Set(files().map((name) => name.split('/')[0]));
    expect([...places].sort()).toEqual([
      'CMakeLists.txt',
      'LICENSE',
      'README.md',
      'THIRD-PARTY-LICENSES.txt',
      'bin',
      'bundle',
      'data',
      'dist',
      'docs',
      'native',
      'package.json',
      'prebuilds',
      'scripts',
    ]);
    expect(files().filter((name) => /(^|\/)\.|\.test\.|-stamp$|\.tgz$/.test(name))).toEqual([]);
    const bytes = files().reduce((sum, name) => sum + statSync(join(stranger.installed, name)).size, 0);
    expect(bytes).toBeLessThan(8 * 2 ** 20);
    expect(statSync(stranger.tarball).size).toBeLessThan(3 * 2 ** 20);
  });

  it('has source maps with their sources, and types of every module', () => {
    const scripts = files().filter((name) => name.startsWith('bundle/') && name.endsWith('.js'));
    const modules = scripts.flatMap((name) => {
      const path = join(stranger.installed, name);
      const [, mapName] = /\/\/# sourceMappingURL=(\S+)\s*$/.exec(readFileSync(path, 'utf8')) ?? [];
      const map = JSON.parse(readFileSync(join(dirname(path), mapName), 'utf8')) as Record<
        'sources' | 'sourcesContent',
        string[]
      >;
      expect(map.sourcesContent.every((content) => content.length > 0)).toBe(true);
      expect(map.sourcesContent).toHaveLength(map.sources.length);
      return map.sources.filter((source) => source.startsWith('../src/')); // without the libraries that it holds
    });
    expect(modules.length).toBeGreaterThan(50);
    for (const name of modules) {
      const types = name.replace(/^\.\.\/src\/(.*)\.ts$/, 'dist/$1.d.ts');
      expect(existsSync(join(stranger.installed, types)), name).toBe(true);
    }
    expect(files().filter((name) => name.startsWith('dist/') && !name.endsWith('.d.ts'))).toEqual([]);
  });

  it.each([
    ['an ES module', 'train.mjs', `import { Trainer, hypergrid, trajectoryBalance } from 'gflownet';\n${training}`],
    [
      'CommonJS',
      'train.cjs',
      `const { Trainer, hypergrid, trajectoryBalance } = require('gflownet');\n(async () => {${training}})();`,
    ],
  ])('trains from %s with the binary that it ships', async (_, name, script) => {
    stranger.write(name, script);
    const { stdout, stderr } = await stranger.run(process.execPath, [name]);
    expect(stderr.replaceAll(/^.*(ExperimentalWarning|--trace-warnings).*$/gm, '').trim()).toBe('');
    const result = JSON.parse(stdout) as { libraries: string[] };
    expect(result).toMatchObject({ step: 50, samples: 5, loss: expect.any(Number) as number });
    expect(result.libraries).toContain(join(stranger.installed, 'prebuilds', 'linux-x64', 'gflownet.node'));
  });

  it.each(['node16', 'nodenext', 'bundler'])('type-checks with moduleResolution %s', async (moduleResolution) => {
    stranger.write('typed.mts', typed);
    const module = moduleResolution === 'bundler' ? 'esnext' : moduleResolution;
    const compilerOptions = { module, moduleResolution, strict: true, target: 'es2022', types: ['node'], noEmit: true };
    stranger.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['typed.mts'] }));
    const { code, stdout } = await stranger.run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')]);
    expect(stdout).toBe('');
    expect(code).toBe(0);
  });

  it('brings its command', async () => {
    const { code, stdout } = await stranger.run('npx', ['--no-install', 'gflownet', '--help']);
    expect(stdout).toMatch(/^Usage: gflownet .*train.*sample/s);
    expect(code).toBe(0);
  });

  it.each(['ts', 'mjs', 'js'])('trains an environment of its own from a .%s module', async (extension) => {
    const script = readFileSync(join(root, 'examples', 'baskets.ts'), 'utf8');
    const name = `my-environment.${extension}`;
    stranger.write(name, extension === 'ts' ? script : transformSync(script, { loader: 'ts', target: 'node20' }).code);
    const options = ['--objective', 'trajectory-balance', '--steps', '20', '--evaluation-samples', '100', '--quiet'];
    const npx = (...args: string[]) => stranger.run('npx', ['--no-install', 'gflownet', ...args]);
    const run = `run-${extension}`;
    expect(await npx('train', `./${name}`, ...options, '--out', run)).toMatchObject({ code: 0, stderr: '' });
    expect((await npx('sample', `${run}/model.onnx`, '--count', '3')).stdout).toMatch(
      /^state\t.*(\n[01]{6}\t.*){3}\n$/,
    );
    const { stdout } = await npx('evaluate', run, '--samples', '100', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ environment: 'baskets', l1Sum: expect.any(Number) as number });
  });

  it('passes publint and attw', async () => {
    const bin = (name: string): string => join(root, 'node_modules', '.bin', name);
    const publint = await run(root, bin('publint'), ['run', stranger.tarball, '--strict']);
    expect(publint.stdout + publint.stderr).toMatch(/All good!/);
    const options = ['--profile', 'esm-only', '--no-definitely-typed', '--no-emoji'];
    const attw = await run(root, bin('attw'), [stranger.tarball, ...options]);
    expect(attw.code, attw.stdout + attw.stderr).toBe(0);
  });

  describe('without the binary that it ships', () => {
    const shipped = join('prebuilds', 'linux-x64', 'gflownet.node');
    beforeAll(() => writeFileSync(join(stranger.installed, shipped), 'broken'));

    it('installs all the same where nothing can be compiled, and says what to do', async () => {
      const tools = join(stranger.project, 'tools');
      mkdirSync(tools);
      symlinkSync(process.execPath, join(tools, 'node'));
      const script = join(stranger.installed, 'scripts', 'install.js');
      const { code, stderr } = await stranger.run(process.execPath, [script], { PATH: tools });
      expect(stderr).toMatch(/the native addon was not built\. missing: C\+\+20 compiler.*CMake/);
      expect(stderr).toMatch(/'npm rebuild gflownet' succeeds, only backend 'typescript' works/);
      expect(code).toBe(0);
      const failed = await stranger.run(process.execPath, ['train.mjs']);
      expect(failed.stderr).toMatch(/GfnError: the native addon does not load on linux x64.*npm rebuild gflownet/);
      expect(failed.code).toBe(1);
    });

    // A minute: `npm run verify -- --claim package` does it.
    it.runIf(process.env.GFLOWNET_TEST_COMPILE)('compiles it', { timeout: 600_000 }, async () => {
      const { code, stderr } = await stranger.run('npm', ['rebuild', 'gflownet']);
      expect(code, stderr).toBe(0);
      const { stdout } = await stranger.run(process.execPath, ['train.mjs']);
      const { libraries } = JSON.parse(stdout) as { libraries: string[] };
      expect(libraries).toContain(join(stranger.installed, 'build', 'Release', 'gflownet.node'));
    });
  });
});
