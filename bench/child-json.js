import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs a script of the benchmark in a new Node process and reads the JSON that it prints.
 * @param {URL} script
 * @param {readonly string[]} args
 * @returns {Promise<any>}
 */
export async function childJson(script, args) {
  const { stdout } = await run(process.execPath, [fileURLToPath(script), ...args]);
  return JSON.parse(stdout);
}
