import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `node examples/service/server.js` on a port of its own. */
export class ServiceProcess {
  private constructor(
    private readonly child: ChildProcessByStdio<null, Readable, Readable>,
    readonly ended: Promise<number | null>,
    readonly url: string,
    /** What it has written on standard error. */
    readonly stderr: () => string,
  ) {}

  /** Starts it and waits until it says that it is ready. */
  static async start(env: NodeJS.ProcessEnv = {}): Promise<ServiceProcess> {
    execFileSync(process.execPath, ['scripts/setup.js'], { cwd: root, stdio: 'ignore' });
    const child = spawn(process.execPath, ['examples/service/server.js'], {
      cwd: root,
      env: { ...process.env, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = once(child, 'exit').then(([code]) => code as number | null);
    for await (const line of createInterface(child.stdout)) {
      const address = /^ready at (http:\S+)$/.exec(line)?.[1];
      if (address !== undefined) return new ServiceProcess(child, ended, address, () => stderr);
    }
    throw new Error(`the service ended with ${String(await ended)}: ${stderr}`);
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.url}${path}`, init);
  }

  async json<T>(path: string, init?: RequestInit): Promise<T> {
    return (await (await this.fetch(path, init)).json()) as T;
  }

  post(path: string, body: object): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return this.fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  /** Sends SIGTERM. */
  terminate(): void {
    this.child.kill('SIGTERM');
  }

  async stop(): Promise<number | null> {
    this.terminate();
    return this.ended;
  }
}
