import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const LARGEST_OUTPUT = 2 ** 26;

/** Runs a program of this package with Node, in its folder, with further environment variables. */
export function runNode(args, variables = {}) {
  return new Promise((resolve) => {
    const options = { cwd: root, maxBuffer: LARGEST_OUTPUT, env: { ...process.env, ...variables } };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      resolve({ ok: error === null, stdout, stderr });
    });
  });
}

/** Trains into `out` through the command line and returns its JSON result. Throws what it says when it fails. */
export async function trainRun(options, out) {
  const { ok, stdout, stderr } = await runNode(['bin/gflownet.js', ...trainArguments(options), '--out', out]);
  if (!ok) throw new Error(stderr.trim().split('\n').at(-1));
  return JSON.parse(stdout);
}

function trainArguments(options) {
  return ['train', ...options.split(' '), '--quiet', '--json'];
}
