import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, totalmem } from 'node:os';

const manifests = [
  '../package.json',
  ...['onnxruntime-node', 'tinybench'].map((name) => `../node_modules/${name}/package.json`),
];

/** Above it, other programs take time from what is measured. */
const QUIET_LOAD = 0.5;

/** Hardware, versions and load that a time depends on. */
export function machine() {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    platform: `${platform()} ${arch()}`,
    loadAverage: loadavg()[0],
    node: process.version,
    versions: Object.fromEntries(manifests.map(nameAndVersion)),
  };
}

/** @returns {[string, string]} */
function nameAndVersion(/** @type {string} */ manifest) {
  const { name, version } = JSON.parse(readFileSync(new URL(manifest, import.meta.url), 'utf8'));
  return [name, version];
}

/** `machine()` in one line. */
export function machineText(/** @type {ReturnType<typeof machine>} */ { versions, ...hardware }) {
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const { processors, processor, memoryGigabytes, platform: system, node, loadAverage } = hardware;
  const others =
    loadAverage > QUIET_LOAD ? `; load average of the last minute ${loadAverage.toFixed(1)}: not a quiet machine` : '';
  return `${processors} × ${processor}, ${memoryGigabytes} GB, ${system}, Node ${node}, ${names.join(', ')}${others}`;
}
