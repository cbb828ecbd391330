// Makes a fresh clone ready: dependencies, native addon, compiled TypeScript. Does only what has changed since the
// last time; needs nothing but Node, so it runs before node_modules exist.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBundle } from './setup/bundle.js';
import { SetupError } from './setup/command.js';
import { ensureDependencies } from './setup/dependencies.js';
import { ensureExamples } from './setup/examples.js';
import { ensureNative } from './setup/native.js';
import { ensureNodeVersion } from './setup/node-version.js';
import { ensureTypeScript } from './setup/typescript.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

try {
  ensureNodeVersion();
  const done = [
    [ensureDependencies(root), 'dependencies installed'],
    [ensureNative(root), 'native addon built'],
    [ensureTypeScript(root), 'TypeScript compiled'],
    [ensureBundle(root), 'modules bundled'],
    [ensureExamples(root), 'examples linked'],
  ].flatMap(([did, what]) => (did ? [what] : []));
  console.error(done.length > 0 ? `set-up: ${done.join(', ')}` : 'set-up: everything is up to date');
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`set-up: ${error.message}`);
  process.exitCode = 1;
}
