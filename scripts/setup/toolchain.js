// The C++ compiler and CMake: looked for, and installed where the system's package manager may be used.
import { existsSync, readFileSync } from 'node:fs';
import { SetupError, outputOf, runShown } from './command.js';

const MINIMUM_GCC = 11;
const MINIMUM_CLANG = 14;

function majorVersion(command) {
  const text = outputOf(command, ['-dumpversion']);
  return text === null ? 0 : Number.parseInt(text, 10);
}

function hasCompiler() {
  const chosen = process.env.CXX;
  if (chosen) return outputOf(chosen, ['--version']) !== null;
  return majorVersion('g++') >= MINIMUM_GCC || majorVersion('clang++') >= MINIMUM_CLANG;
}

/** Names of the missing tools: none if everything is there. */
export function missingTools() {
  const missing = [];
  if (!hasCompiler()) missing.push(`C++20 compiler (g++ ${MINIMUM_GCC} or clang++ ${MINIMUM_CLANG}, or newer)`);
  if (outputOf('cmake', ['--version']) === null) missing.push('CMake');
  if (outputOf('make', ['--version']) === null && outputOf('ninja', ['--version']) === null) missing.push('make');
  return missing;
}

/** The command that installs the tools on this system. */
export function installCommand() {
  if (process.platform === 'darwin') return 'xcode-select --install && brew install cmake';
  const system = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  if (/^ID(_LIKE)?=.*(fedora|rhel)/m.test(system)) return 'sudo dnf install gcc-c++ cmake make';
  if (/^ID(_LIKE)?=.*arch/m.test(system)) return 'sudo pacman -S gcc cmake make';
  if (/^ID(_LIKE)?=.*alpine/m.test(system)) return 'sudo apk add g++ cmake make';
  return 'sudo apt-get install -y g++ cmake make';
}

/** Makes sure of compiler and CMake: where it may, installs them as root on Debian and Ubuntu, otherwise says how to. */
export function ensureToolchain({ mayInstall = true } = {}) {
  const missing = missingTools();
  if (missing.length === 0) return;
  const isRoot = process.getuid?.() === 0;
  if (!mayInstall || !isRoot || !existsSync('/etc/debian_version')) {
    throw new SetupError(`missing: ${missing.join(', ')}. Install with:\n  ${installCommand()}`);
  }
  console.error(`missing: ${missing.join(', ')}; installing with apt-get`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  runShown('apt-get', ['update'], { env: environment });
  runShown('apt-get', ['install', '-y', '--no-install-recommends', 'g++', 'cmake', 'make'], { env: environment });
  const still = missingTools();
  if (still.length > 0) throw new SetupError(`still missing after apt-get: ${still.join(', ')}`);
}
