import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';

const require = createRequire(import.meta.url);
const packages = ['onnxruntime-node', 'tinybench'];

/** Hardware and versions that a time depends on. */
export function machine() {
  const own = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const versions = packages.map((name) => [name, String(require(`${name}/package.json`).version)]);
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    platform: `${platform()} ${arch()}`,
    node: process.version,
    versions: Object.fromEntries([[String(own.name), String(own.version)], ...versions]),
  };
}

/** `machine()` in one line. */
export function machineText(/** @type {ReturnType<typeof machine>} */ { versions, ...hardware }) {
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const { processors, processor, memoryGigabytes, platform: system, node } = hardware;
  return `${processors} × ${processor}, ${memoryGigabytes} GB, ${system}, Node ${node}, ${names.join(', ')}`;
}
