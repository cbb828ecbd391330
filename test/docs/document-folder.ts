import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { CodeBlock } from './code-blocks.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The project of a reader who tries a document's blocks one after the other: an empty folder with the package in it. */
export class DocumentFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'gflownet-docs-'));

  constructor() {
    const modules = join(this.path, 'node_modules');
    mkdirSync(join(modules, '.bin'), { recursive: true });
    symlinkSync(root, join(modules, 'gflownet'), 'junction');
    symlinkSync(join('..', 'gflownet', 'bin', 'gflownet.js'), join(modules, '.bin', 'gflownet'));
    writeFileSync(join(this.path, 'package.json'), '{ "private": true, "type": "module" }\n');
  }

  /** Runs a block; rejects with what it printed if it fails. */
  async run(block: CodeBlock): Promise<{ readonly stdout: string; readonly stderr: string }> {
    if (block.language === 'sh') return this.execute('bash', ['-euo', 'pipefail', '-c', block.code]);
    const name = this.write(block);
    const program = name.endsWith('.ts') ? await this.compile(name) : name;
    return this.execute(process.execPath, [program]);
  }

  /** Writes a block of code to its file, or to one named after its line; returns the name. */
  write({ file, line, language, code }: CodeBlock): string {
    const name = file ?? `block-${line}.${language === 'ts' ? 'ts' : 'mjs'}`;
    writeFileSync(join(this.path, name), code);
    return name;
  }

  dispose(): void {
    rmSync(this.path, { recursive: true });
  }

  private async compile(name: string): Promise<string> {
    const program = name.replace(/\.ts$/, '.compiled.mjs');
    await build({
      entryPoints: [join(this.path, name)],
      outfile: join(this.path, program),
      bundle: true,
      packages: 'external',
      platform: 'node',
      target: 'node20.19',
      format: 'esm',
      logLevel: 'silent',
    });
    return program;
  }

  private execute(command: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
    const env = { ...process.env, NO_COLOR: '1' };
    return new Promise((resolve, reject) => {
      execFile(command, args, { cwd: this.path, env, timeout: 120_000 }, (error, stdout, stderr) => {
        if (error === null) resolve({ stdout, stderr });
        else reject(new Error(`${error.message}\n${stdout}`));
      });
    });
  }
}
