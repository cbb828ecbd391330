import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the user can put right: its message says how. */
export class PeerSetupError extends Error {}

/** Those that the pinned packages are built for. */
const PYTHON_VERSIONS = ['3.11', '3.12'];

/**
 * The virtual environments: the packages of requirements/<name>.txt, all of them pinned. gfnx asks for one version of
 * NumPy that today's JAX does not take, so its packages are installed as listed, whatever they ask for.
 * @type {Readonly<Record<string, readonly string[]>>} options of pip
 */
const installOptions = { gfnx: ['--no-deps'], torchgfn: [] };

/** `$XDG_CACHE_HOME/gflownet/peers`, or the same under `~/.cache`. */
export function cacheFolder(/** @type {Readonly<Record<string, string | undefined>>} */ environment = process.env) {
  const { XDG_CACHE_HOME: given } = environment;
  return join(given === undefined || given === '' ? join(homedir(), '.cache') : given, 'gflownet', 'peers');
}

/** Name of the folder of an environment: another one for other packages or another Python. */
export function environmentName(
  /** @type {string} */ name,
  /** @type {string} */ requirements,
  /** @type {string} */ pythonVersion,
) {
  const digest = createHash('sha256').update(`${pythonVersion}\n${requirements}`).digest('hex');
  return `${name}-${digest.slice(0, 12)}`;
}

/**
 * Python of the virtual environment of that name, made first if there is none. Throws PeerSetupError.
 * @param {string} name
 * @param {(text: string) => void} print
 */
export function pythonOf(name, print) {
  const { command, version } = findPython();
  const requirementsFile = fileURLToPath(new URL(`requirements/${name}.txt`, import.meta.url));
  const folder = join(cacheFolder(), environmentName(name, readFileSync(requirementsFile, 'utf8'), version));
  const python = platform() === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return python;

  print(`peers: making the virtual environment of ${name} in ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run(command, ['-m', 'venv', folder], `${command} cannot make a virtual environment`);
  const install = ['-m', 'pip', 'install', '--quiet', ...installOptions[name], '-r', requirementsFile];
  run(python, install, `the packages of ${requirementsFile} could not be installed`);
  writeFileSync(complete, '');
  return python;
}

/** @returns {{ command: string, version: string }} */
function findPython() {
  const { GFLOWNET_PYTHON: given } = process.env;
  const candidates = given ? [given] : ['python3', ...PYTHON_VERSIONS.map((version) => `python${version}`)];
  const script = 'import sys; print("%d.%d" % sys.version_info[:2])';
  const seen = candidates.map((command) => {
    const { status, stdout } = spawnSync(command, ['-c', script], { encoding: 'utf8' });
    return { command, version: status === 0 ? stdout.trim() : 'missing' };
  });
  const found = seen.find(({ version }) => PYTHON_VERSIONS.includes(version));
  if (found !== undefined) return found;
  throw new PeerSetupError(
    `peers: expected Python ${PYTHON_VERSIONS.join(' or ')}, ` +
      `got ${seen.map(({ command, version }) => `${command} ${version}`).join(', ')}; ` +
      'install one, or name it in the environment variable GFLOWNET_PYTHON',
  );
}

function run(/** @type {string} */ command, /** @type {readonly string[]} */ args, /** @type {string} */ failure) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return;
  const output = error?.message ?? `${stdout}${stderr}`.trim().split('\n').slice(-20).join('\n');
  throw new PeerSetupError(`peers: ${failure}:\n${output}`);
}
