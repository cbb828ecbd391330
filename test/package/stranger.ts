import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The environment without what npm tells its scripts of this project; and no CUDA provider is downloaded. */
function environment(): NodeJS.ProcessEnv {
  const isNpms = (name: string): boolean =>
    /^npm_(lifecycle|package|config_local_prefix|config_prefix)|^INIT_CWD$/.test(name);
  const entries = Object.entries(process.env).filter(([name]) => !isNpms(name));
  return { ...Object.fromEntries(entries), ONNXRUNTIME_NODE_INSTALL: 'skip' };
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Variables = Readonly<Record<string, string>>;

export async function run(folder: string, command: string, args: string[], variables?: Variables): Promise<Ended> {
  const options = { cwd: folder, env: { ...environment(), ...variables }, maxBuffer: 2 ** 26 };
  try {
    const ended = await promisify(execFile)(command, args, options);
    return { code: 0, ...ended };
  } catch (error) {
    const { code, stdout, stderr } = error as Ended;
    if (typeof code !== 'number') throw error;
    return { code, stdout, stderr };
  }
}

async function succeed(folder: string, command: string, args: string[]): Promise<void> {
  const { code, stdout, stderr } = await run(folder, command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`);
}

/** An empty project of somebody else, into which the packed package has been installed. */
export class Stranger {
  private readonly folder = mkdtempSync(join(tmpdir(), 'gflownet-stranger-'));
  readonly project = join(this.folder, 'project');
  readonly installed = join(this.project, 'node_modules', 'gflownet');

  /** Packs the package as it is released and installs it. */
  async install(): Promise<void> {
    await succeed(root, 'npm', ['pack', '--silent', '--pack-destination', this.folder]);
    mkdirSync(this.project);
    this.write('package.json', JSON.stringify({ name: 'stranger', version: '1.0.0', private: true }));
    const options = ['--prefer-offline', '--no-audit', '--no-fund', '--save-exact'];
    await succeed(this.project, 'npm', ['install', ...options, this.tarball, '@types/node@20']);
  }

  get tarball(): string {
    const name = readdirSync(this.folder).find((file) => file.endsWith('.tgz'));
    if (name === undefined) throw new Error('npm pack left no tarball');
    return join(this.folder, name);
  }

  write(name: string, content: string): void {
    writeFileSync(join(this.project, name), content);
  }

  run(command: string, args: string[], variables?: Variables): Promise<Ended> {
    return run(this.project, command, args, variables);
  }

  remove(): void {
    if (existsSync(this.folder)) rmSync(this.folder, { recursive: true });
  }
}
