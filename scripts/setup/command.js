import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A set-up step that cannot go on; `message` says what to do. */
export class SetupError extends Error {}

/** Prints a command and runs it with its output shown; throws if it fails. */
export function runShown(command, args, options = {}) {
  console.error(`> ${[command, ...args].join(' ')}`);
  // Standard output belongs to the caller's own result, so the child's goes to standard error.
  const { status, error } = spawnSync(command, args, { ...options, stdio: ['ignore', 2, 2] });
  if (error) throw new SetupError(`${command} could not be started: ${error.message}`);
  if (status !== 0) throw new SetupError(`${command} ${args[0] ?? ''} failed (exit code ${status})`);
}

/** Says what it does and runs a command for it. The command's output is shown if it fails, and this then throws. */
export function runQuietly(what, command, args, options = {}) {
  console.error(`set-up: ${what}`);
  const folder = mkdtempSync(join(tmpdir(), 'gflownet-setup-'));
  const path = join(folder, 'output');
  // One file for both streams keeps their lines in order, however many there are.
  const output = openSync(path, 'w');
  try {
    const { status, error } = spawnSync(command, args, { ...options, stdio: ['ignore', output, output] });
    if (status === 0) return;
    process.stderr.write(`> ${[command, ...args].join(' ')}\n${readFileSync(path, 'utf8')}`);
    if (error) throw new SetupError(`${command} could not be started: ${error.message}`);
    throw new SetupError(`${what} failed (exit code ${status})`);
  } finally {
    closeSync(output);
    rmSync(folder, { recursive: true });
  }
}

/** Output of a command, or null if it is missing or fails. */
export function outputOf(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 ? stdout.trim() : null;
}
