import { SetupError } from './command.js';

const MINIMUM = [20, 19];

/** Node 20.19 is the first that can require() an ES module. */
export function ensureNodeVersion(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])) return;
  throw new SetupError(`Node ${MINIMUM.join('.')} or newer is needed, this is ${version}: see https://nodejs.org`);
}
