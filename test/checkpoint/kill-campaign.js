// Kills training at random moments with SIGKILL, goes on with `--resume`, and compares every file of the finished run
// with those of a run that was left alone: `node test/checkpoint/kill-campaign.js [--kills 200] [--seed 1] [--quick]`.
// Prints one JSON object; the exit code is 1 if one file of one run differs. Kills before the first file of a run is
// there, which leave nothing to go on from, do not count: the run is started again.
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

const program = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'bin', 'gflownet.js');

/** Runs of two or three seconds each. */
const thorough = [
  'hypergrid --dimensions 4 --side 8 --objective trajectory-balance --steps 800 --batch 32 --seed 5 --checkpoint-every 100',
  'hypergrid --dimensions 2 --side 8 --objective flow-matching --steps 3000 --checkpoint-every 10 --report-every 7',
  'hypergrid --side 8 --objective detailed-balance --learn-backward --steps 2000 --checkpoint-every 33 --keep-checkpoints 1',
  'bit-sequence --length 8 --word-bits 2 --objective vargrad --steps 800 --checkpoint-every 50 --exploration 0.1',
  'hypergrid --side 6 --objective sub-trajectory-balance --backend typescript --hidden 16 --steps 600 --checkpoint-every 1',
  'hypergrid --side 8 --objective trajectory-balance --replay 4 --replay-capacity 200 --replay-draw reward --local-search 2 --steps 1500 --checkpoint-every 50',
];
/** Runs of half a second. */
const quick = [
  'hypergrid --side 8 --objective trajectory-balance --hidden 32 --replay 4 --replay-capacity 100 --steps 600 --checkpoint-every 20 --report-every 3',
  'hypergrid --side 6 --objective flow-matching --hidden 8 --backend typescript --steps 200 --checkpoint-every 1',
];
const KILLS_PER_RUN = 10;
/** Longest life of a process that is killed, in times of a run that is left alone. */
const LONGEST = 0.6;

/** Numbers in [0, 1) that are the same for the same seed (Mulberry32). */
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs the command line, killed after so many milliseconds; without them it must succeed. */
async function gflownet(args, killAfter) {
  const child = spawn(process.execPath, [program, ...args, '--json', '--quiet'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
  const [exitCode, signal] = await once(child, 'close');
  clearTimeout(timer);
  if (signal === 'SIGKILL') return { killed: true };
  if (exitCode !== 0) throw new Error(`gflownet ${args.join(' ')}: exit code ${exitCode ?? signal}: ${stderr.trim()}`);
  return { killed: false, result: JSON.parse(stdout) };
}

/** Every file below a folder with its content. */
function contents(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      return [relative(folder, file), readFileSync(file)];
    }),
  );
}

/** Names of the files that differ. */
function differences(expected, got) {
  const names = new Set([...expected.keys(), ...got.keys()]);
  return [...names].filter((name) => !(expected.get(name)?.equals(got.get(name) ?? Buffer.alloc(0)) ?? false));
}

/** What a run prints without its times and its place. */
function figures({ seconds, secondsEvaluating, millisecondsPerStep, model, report, ...rest }) {
  if ([seconds, secondsEvaluating, millisecondsPerStep, model, report].includes(undefined))
    throw new Error('a figure is missing');
  return JSON.stringify(rest);
}

/** The run that is left alone, and how long it takes. */
async function reference(options, folder) {
  const started = performance.now();
  const { result } = await gflownet(['train', ...options.split(' '), '--out', folder]);
  return { options, files: contents(folder), figures: figures(result), milliseconds: performance.now() - started };
}

/** One run that is killed again and again, and what became of it. */
async function killedRun({ options, files, figures: expected, milliseconds }, folder, kills, random) {
  const moments = [];
  let finished = null;
  let killsBefore = 0;
  const exists = () => existsSync(join(folder, 'config.json'));
  while (finished === null) {
    const args = exists()
      ? ['train', '--resume', folder]
      : ['train', ...options.split(' '), '--out', folder, '--force'];
    // From before the start on; the last steps and files are reached too, since every process goes on from the former.
    const after = moments.length < kills ? random() * milliseconds * LONGEST : undefined;
    const { killed, result } = await gflownet(args, after);
    if (!killed) finished = result;
    else if (exists()) moments.push(Math.round(after));
    else killsBefore++;
  }
  const different = differences(files, contents(folder));
  if (figures(finished) !== expected) different.push('the figures printed');
  return { options, moments, killsBefore, different };
}

async function main() {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
    },
  });
  const kills = Number(values.kills);
  const random = randomNumbers(Number(values.seed));
  const folder = mkdtempSync(join(tmpdir(), 'gflownet-kill-'));
  try {
    const configurations = values.quick ? quick : thorough;
    const references = new Map();
    const runs = [];
    let done = 0;
    while (done < kills) {
      const options = configurations[runs.length % configurations.length];
      if (!references.has(options)) {
        references.set(options, await reference(options, join(folder, `reference-${references.size}`)));
      }
      const most = Math.min(KILLS_PER_RUN, kills - done, Math.ceil(kills / configurations.length));
      const run = await killedRun(references.get(options), join(folder, `run-${runs.length}`), most, random);
      runs.push(run);
      done += run.moments.length;
      console.error(`${done} kills, ${runs.length} runs${run.different.length > 0 ? `: ${run.different} differ` : ''}`);
    }
    const different = runs.filter((run) => run.different.length > 0);
    const killsBefore = runs.reduce((sum, run) => sum + run.killsBefore, 0);
    console.log(JSON.stringify({ kills: done, killsBefore, runs: runs.length, different }));
    if (different.length > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
