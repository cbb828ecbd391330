// Runs when the package is installed as a dependency, and downloads nothing. If the binary that the package ships loads
// here, that is all; otherwise the addon is built from the shipped sources. Without a compiler the package still works
// with `backend: 'typescript'`, so a failure is told but does not stop the installation.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from './setup/command.js';
import { ensureNative } from './setup/native.js';
import { prebuiltLoads } from './setup/prebuilt.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// `npm install --build-from-source` sets the second one.
const { GFLOWNET_BUILD_FROM_SOURCE: own, npm_config_build_from_source: common } = process.env;
const fromSource = [own, common].some((value) => value !== undefined && value !== '' && value !== 'false');

if (fromSource || !prebuiltLoads(root)) {
  try {
    ensureNative(root, { mayInstall: false });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`gflownet: the native addon was not built. ${error.message}`);
    console.error("gflownet: until 'npm rebuild gflownet' succeeds, only backend 'typescript' works.");
  }
}
