import { spawnSync } from 'node:child_process';

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

/** Output of a command, or null if it is missing or fails. */
export function outputOf(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 ? stdout.trim() : null;
}
