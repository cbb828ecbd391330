// Runs when the package is installed as a dependency: builds the addon from the shipped sources. Without a compiler the
// package still works with `backend: 'typescript'`, so a failure is told but does not stop the installation.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from './setup/command.js';
import { ensureNative } from './setup/native.js';

try {
  ensureNative(dirname(dirname(fileURLToPath(import.meta.url))));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`gflownet: the native addon was not built. ${error.message}`);
  console.error("gflownet: until 'npm rebuild gflownet' succeeds, only backend 'typescript' works.");
}
