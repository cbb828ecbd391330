import { PassThrough } from 'node:stream';
import { main } from '../../src/cli/main.ts';

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in this process with its output caught. */
export async function gflownet(...argv: string[]): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  const catching = (name: keyof typeof written) => {
    const stream = new PassThrough();
    stream.on('data', (chunk: Buffer) => (written[name] += chunk.toString()));
    return stream;
  };
  const exitCode = await main(argv, { stdout: catching('stdout'), stderr: catching('stderr') });
  return { exitCode, ...written };
}
