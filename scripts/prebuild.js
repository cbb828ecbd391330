// Builds prebuilds/linux-x64/gflownet.node, the binary that the package ships: for every Linux with glibc 2.28 or newer,
// as ONNX Runtime itself. Zig has the C library of that version and links the C++ library statically; it is taken from
// PyPI, or from where GFLOWNET_ZIG says. `npm pack` and `npm publish` run this. Exit code 2: there is no Zig.
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError, outputOf, runShown } from './setup/command.js';
import { addonIn, ensureVariant } from './setup/native.js';
import { newerVersions } from './setup/symbol-versions.js';

const ZIG_VERSION = '0.17.1';
const TARGET = 'x86_64-linux-gnu.2.28';
/** The newest symbol versions that the binary may ask for. */
const NEWEST = { GLIBC: '2.28', GLIBCXX: '3.4.25', CXXABI: '1.3.11' };
const FOLDER = 'build/prebuild';

/** Zig cannot be had. */
class ZigError extends SetupError {}

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Zig compiler, installed into a virtual environment of Python the first time. */
function ensureZig() {
  const chosen = process.env.GFLOWNET_ZIG;
  if (chosen) {
    if (existsSync(chosen)) return chosen;
    throw new ZigError(`GFLOWNET_ZIG: expected the Zig compiler, got ${chosen}, which does not exist`);
  }
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'gflownet', `zig-${ZIG_VERSION}`);
  const python = join(folder, 'bin', 'python');
  const locate = ['-c', 'import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), "zig"))'];
  if (outputOf(python, locate) === null) {
    mkdirSync(dirname(folder), { recursive: true });
    try {
      runShown('python3', ['-m', 'venv', folder]);
      runShown(python, ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', `ziglang==${ZIG_VERSION}`]);
    } catch (error) {
      throw new ZigError(`Zig ${ZIG_VERSION} cannot be installed from PyPI: ${error.message}`);
    }
  }
  return outputOf(python, locate);
}

function prebuild() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(`releases are built on linux x64, this is ${process.platform} ${process.arch}`);
  }
  const definitions = {
    CMAKE_CXX_COMPILER: [ensureZig(), 'c++', '-target', TARGET].join(';'),
    CMAKE_SHARED_LINKER_FLAGS: '-s',
    // Zig's own runtime finds the slowest variant of a function good enough for every processor; that of GCC looks.
    CMAKE_CXX_STANDARD_LIBRARIES: outputOf('g++', ['-print-libgcc-file-name']),
  };
  // Wherever the tools lie.
  const built = ensureVariant(root, FOLDER, definitions, [ZIG_VERSION, TARGET]);
  const addon = addonIn(root, FOLDER);
  const newer = newerVersions(addon, NEWEST);
  if (newer.length > 0) throw new SetupError(`the binary asks for ${newer.join(', ')}, newer than it may`);
  const destination = join(root, 'prebuilds', 'linux-x64', 'gflownet.node');
  mkdirSync(dirname(destination), { recursive: true });
  copyFileSync(addon, destination);
  console.error(built ? `prebuild: ${TARGET} built` : 'prebuild: everything is up to date');
}

try {
  prebuild();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`prebuild: ${error.message}`);
  process.exitCode = error instanceof ZigError ? 2 : 1;
}
