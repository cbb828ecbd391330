import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as esbuild from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Project, root, sampleProgram } from './project.ts';

const tsup = join(root, 'node_modules', 'tsup', 'dist', 'cli-default.js');

let project: Project;
beforeAll(async () => {
  project = await Project.create();
  project.write('package.json', '{ "private": true, "dependencies": { "gflownet": "*", "onnxruntime-node": "*" } }');
  project.write('program.ts', `import { FlowModel } from 'gflownet';\n${sampleProgram}`);
});
afterAll(() => project.dispose());

const formats = [
  { format: 'esm', extension: 'mjs' },
  { format: 'cjs', extension: 'cjs' },
] as const;

async function bundleWithEsbuild(format: 'esm' | 'cjs', outfile: string): Promise<string> {
  await esbuild.build({
    entryPoints: [join(project.path, 'program.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format,
    external: ['*.node', 'onnxruntime-node'],
    // CommonJS has no import.meta; the package finds its place without it.
    logOverride: { 'empty-import-meta': 'silent' },
  });
  return outfile;
}

describe.each(formats)('a bundle of esbuild, $format', ({ format, extension }) => {
  test('samples what the package samples', async () => {
    const bundle = await bundleWithEsbuild(format, join(project.path, `esbuild.${extension}`));
    // The package is inside: nothing is imported from it.
    expect(readFileSync(bundle, 'utf8')).not.toMatch(/(?:from|require\() ?["']gflownet["']/);
    expect((await project.run(bundle)).stdout.trim()).toBe(project.expected);
  });

  test('finds an addon that lies beside it, where the package is not installed', async () => {
    const bundle = await bundleWithEsbuild(format, join(project.path, `alone.${extension}`));
    const alone = await Project.create();
    try {
      rmSync(join(alone.path, 'node_modules', 'gflownet'));
      const copy = join(alone.path, `alone.${extension}`);
      copyFileSync(bundle, copy);
      const failure = (await alone.run(copy).catch((error: unknown) => error)) as { stderr: string };
      expect(failure.stderr).toContain('the native addon does not load');
      expect(failure.stderr).toContain(join(alone.path, 'gflownet.node'));
      copyFileSync(join(root, 'build', 'Release', 'gflownet.node'), join(alone.path, 'gflownet.node'));
      expect((await alone.run(copy)).stdout.trim()).toBe(alone.expected);
    } finally {
      alone.dispose();
    }
  });
});

test('bundles of tsup, with the package inside and outside', async () => {
  for (const noExternal of [['gflownet'], []]) {
    const outDir = `tsup-${noExternal.length}`;
    project.write(
      'tsup.config.json',
      JSON.stringify({
        entry: ['program.ts'],
        outDir,
        format: ['esm', 'cjs'],
        target: 'node20.19',
        external: ['onnxruntime-node'],
        noExternal,
      }),
    );
    await promisify(execFile)(process.execPath, [tsup, '--silent'], { cwd: project.path });
    for (const name of ['program.mjs', 'program.js']) {
      const bundle = join(project.path, outDir, name);
      expect(/(?:from|require\() ?["']gflownet["']/.test(readFileSync(bundle, 'utf8'))).toBe(noExternal.length === 0);
      expect((await project.run(bundle)).stdout.trim(), `${name} in ${outDir}`).toBe(project.expected);
    }
  }
});
