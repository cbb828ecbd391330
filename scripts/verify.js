// Shows what docs/verification.md claims: `npm run verify -- [--claim a,b] [--minutes n] [--json]`. About half an hour on
// two cores, and the hour in which memory is watched, for which `--minutes` sets another time.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { machine, machineText } from '../bench/machine.js';
import { claims } from './verify/claims.js';
import { showFuzz } from './verify/fuzz.js';
import { showKillCampaign } from './verify/kill-campaign.js';
import { LARGEST_GROWTH, LARGEST_HEAP_GROWTH, showMemory } from './verify/memory.js';
import { showService } from './verify/service.js';
import { showSameModels } from './verify/same-models.js';
import { showSanitizers } from './verify/sanitizers.js';
import { showTests } from './verify/tests.js';
import { showTraining } from './verify/training.js';

const kinds = {
  training: showTraining,
  'same-models': showSameModels,
  tests: showTests,
  'kill-campaign': showKillCampaign,
  service: showService,
  fuzz: showFuzz,
  sanitizers: showSanitizers,
  memory: showMemory,
};

/** The command of a claim as a reader would type it. */
function commandOf(claim) {
  const { kind, train, seeds, variants, files, variables = {} } = claim;
  if (kind === 'kill-campaign') return `node test/checkpoint/kill-campaign.js --kills ${claim.kills}`;
  if (kind === 'service') {
    const { connections, rate, seconds, path } = claim;
    return `node examples/service/server.js, and npx autocannon -c ${connections} -R ${rate} -d ${seconds} URL${path}`;
  }
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value} `);
  if (kind === 'tests') return `${assignments.join('')}npx vitest run ${files}`;
  if (kind === 'fuzz') return `GFLOWNET_FUZZ_SEED=… GFLOWNET_FUZZ_LENGTH=${claim.length} npx vitest run ${files}`;
  if (kind === 'sanitizers') return `npm run test:sanitizers -- ${claim.sanitizers}`;
  if (kind === 'memory') return `node --expose-gc scripts/verify/memory-load.js --seconds ${60 * claim.minutes}`;
  if (kind === 'same-models') return `npx gflownet train ${train} ${variants.join(' | ')} --json`;
  return `npx gflownet train ${train} --seed ${seeds.join(' | ')} --json`;
}

function boundText({ kind, bounds, rate, delay }) {
  if (kind === 'service')
    return `no failed request of ${rate} a second, 99th percentile of the event loop's delay < ${delay} ms`;
  if (kind === 'training') return `l1Sum < ${bounds.l1Sum}, |logZ − exactLogZ| < ${bounds.logZError}`;
  if (kind === 'same-models') return 'the same bytes';
  if (kind !== 'memory') return 'all pass';
  return `growth over the second half < ${100 * LARGEST_GROWTH} % of the memory taken, < ${100 * LARGEST_HEAP_GROWTH} % of the heap`;
}

/** The claims of a list of names like `a,b`; all of them without one. */
function chosenClaims(names) {
  if (names === undefined) return claims;
  return names.split(',').map((name) => {
    const found = claims.find((claim) => claim.name === name);
    if (found !== undefined) return found;
    throw new RangeError(`claim: expected ${claims.map((each) => each.name).join(', ')}, got ${name}`);
  });
}

/** The claim for another time than its own. */
function lasting(claim, minutes) {
  if (claim.kind !== 'memory' || minutes === undefined) return claim;
  if (Number(minutes) > 0 && Number(minutes) < Infinity) return { ...claim, minutes: Number(minutes) };
  throw new RangeError(`minutes: expected more than 0, got ${minutes}`);
}

/** A claim that cannot be shown because something fails is not shown. */
async function shown(claim) {
  const folder = mkdtempSync(join(tmpdir(), 'gflownet-verify-'));
  const started = performance.now();
  let result;
  try {
    result = await kinds[claim.kind](claim, folder);
  } catch (error) {
    result = { ok: false, printed: `failed: ${error.message}`, values: null };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const seconds = (performance.now() - started) / 1000;
  return {
    name: claim.name,
    claim: claim.claim,
    command: commandOf(claim),
    bound: boundText(claim),
    ...result,
    seconds,
  };
}

async function main() {
  const { values } = parseArgs({
    options: { claim: { type: 'string' }, minutes: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const chosen = chosenClaims(values.claim).map((claim) => lasting(claim, values.minutes));
  const print = values.json ? console.error : console.log;
  const hardware = machine();
  print(`${machineText(hardware)}\n`);
  const results = [];
  for (const claim of chosen) {
    const result = await shown(claim);
    results.push(result);
    const { ok, bound, printed, command, seconds } = result;
    print(`${ok ? 'ok    ' : 'FAILED'} ${result.claim} (${seconds.toFixed(0)} s)`);
    print(`       ${command}\n       bound: ${bound}\n       ${printed}`);
  }
  const failed = results.filter((result) => !result.ok).length;
  print(`\n${results.length - failed} shown, ${failed} failed`);
  if (values.json) console.log(JSON.stringify({ machine: hardware, claims: results }));
  if (failed > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  const isUsage = error instanceof RangeError || (error instanceof TypeError && 'code' in error);
  console.error(isUsage ? `verify: ${error.message}` : error);
  process.exitCode = isUsage ? 2 : 1;
}
