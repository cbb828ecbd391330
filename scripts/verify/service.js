import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Starts the example service on a free port; resolves with its address once it is ready. */
async function startService() {
  const child = spawn(process.execPath, ['examples/service/server.js'], {
    cwd: root,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(child.stdout)) {
    const address = /^ready at (\S+)$/.exec(line)?.[1];
    if (address !== undefined) return { child, address };
  }
  throw new Error('the service did not start');
}

/** A figure among those for Prometheus. Asking for them begins a new measurement of the event loop. */
async function figure(address, name) {
  const text = await (await globalThis.fetch(`${address}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

/** Puts the service under load while it trains, and asks it for the delay of its event loop. */
export async function showService({ seconds, connections, rate, path, delay }) {
  const { child, address } = await startService();
  try {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ dimensions: 4, side: 8, steps: 1_000_000, batchSize: 128 });
    await globalThis.fetch(`${address}/train`, { method: 'POST', headers, body });
    await figure(address, 'gflownet_training_step');
    const load = await autocannon({ url: address + path, connections, overallRate: rate, duration: seconds });
    const p99 = 1000 * (await figure(address, 'nodejs_eventloop_lag_p99_seconds'));
    const steps = await figure(address, 'gflownet_training_step');
    const failed = load.errors + load.timeouts + load.non2xx;
    return {
      ok: failed === 0 && load['2xx'] > 0.9 * rate * seconds && steps > 0 && p99 < delay,
      printed:
        `${load['2xx']} requests answered, ${failed} failed, ${load.requests.average.toFixed(0)} a second, ` +
        `latency p99 ${load.latency.p99} ms, event-loop delay p99 ${p99.toFixed(1)} ms, ${steps} training steps`,
      values: { answered: load['2xx'], failed, requestsPerSecond: load.requests.average, delayP99: p99, steps },
    };
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}
