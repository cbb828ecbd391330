// What a service does, all at once in one process, for some time: trainings with the environment's reward, with a slow
// function and with an ONNX file, clients that sample, stream and evaluate from a model file, and trainers that come and
// go, with errors in between. Prints what memory it takes, one JSON line a measurement.
// `node --expose-gc scripts/verify/memory-load.js --seconds 3600`
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  FlowModel,
  GfnError,
  Trainer,
  detailedBalance,
  flowMatching,
  hypergrid,
  trajectoryBalance,
} from '../../dist/index.js';
import { GraphBuilder } from '../../dist/onnx/graph-builder.js';
import { encodeModel } from '../../dist/onnx/protobuf.js';
import { tensor } from '../../dist/onnx/tensor.js';

const MEASUREMENTS = 360;
const CLIENTS = 4;
const environment = hypergrid({ dimensions: 2, side: 8 });
const small = { environment, hidden: [32, 32], threads: 1 };
const counts = { steps: 0, samples: 0, trainers: 0, errors: 0 };

const { values } = parseArgs({ options: { seconds: { type: 'string' } } });
const seconds = Number(values.seconds);
if (!(seconds > 0 && seconds < Infinity))
  throw new RangeError(`--seconds: expected more than 0, got ${values.seconds}`);

const started = performance.now();
const elapsed = () => (performance.now() - started) / 1000;
const running = () => elapsed() < seconds;

/** A reward of 1 more than the sum of the coordinates, as a user's function and as a user's file. */
const scores = (objects) => objects.map((x) => 1 + x[0] + x[1]);
async function score(objects) {
  await setTimeout(5);
  return scores(objects);
}
async function writeReward(path) {
  const builder = new GraphBuilder('reward');
  const seen = builder.input('observation', 'float32', ['rows', 16]);
  const coordinates = Array.from({ length: 16 }, (_, i) => i % 8);
  const sum = builder.op('MatMul', [seen, builder.constant(tensor('float32', [16, 1], coordinates))]);
  builder.output(builder.op('Add', [sum, builder.constant(tensor('float32', [], [1]))], {}, 'reward'));
  await writeFile(path, encodeModel(builder.build()));
}

/** One job after the other, each with reports, exact evaluations and visited objects. */
async function train(options) {
  while (running()) {
    const trainer = await Trainer.create({ ...small, ...options });
    const reportEvery = 10;
    for await (const { step } of trainer.train({ steps: 5000, reportEvery, evaluateEvery: 500, keepVisited: true })) {
      if (step % reportEvery === 0) counts.steps += reportEvery;
      if (!running()) break;
    }
    trainer.dispose();
  }
}

async function sample(model, client) {
  for (let call = 0; running(); call++) {
    const samples = await model.sample(50 + 50 * client, { seed: call });
    counts.samples += samples.length;
    if (call % 50 === 0) await model.evaluate({ samples: 200, seed: call });
    await setTimeout(2);
  }
}

/** Reads some of a stream and leaves it, with a reward function of its own. */
async function stream(path) {
  const model = await FlowModel.load(path, { threads: 1, reward: { score, cache: 64 } });
  for (let seed = 0; running(); seed++) {
    let read = 0;
    for await (const { logReward } of model.stream({ seed })) {
      if (!Number.isFinite(logReward)) throw new Error(`expected a reward, got ${logReward}`);
      counts.samples++;
      if (++read === 500 || !running()) break;
    }
    await setTimeout(20);
  }
  model.dispose();
}

/** Counts an error that had to come; any other one ends the program. */
async function expectError(code, work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof GfnError) || error.code !== code) throw error;
    counts.errors++;
    return;
  }
  throw new Error(`expected ${code}`);
}

/** Trainers and models that live for a moment, and requests that fail. */
async function comeAndGo(folder) {
  const path = join(folder, 'come-and-go.onnx');
  const broken = join(folder, 'broken.onnx');
  await writeFile(broken, 'not a model');
  for (let seed = 0; running(); seed++) {
    for (const backend of ['native', 'typescript']) {
      const trainer = await Trainer.create({ ...small, objective: trajectoryBalance(), backend, seed });
      for await (const { step } of trainer.train({ steps: 20 })) if (step === 10) break;
      await trainer.model.save(path);
      trainer.dispose();
      const model = await FlowModel.load(path, { backend, threads: 2 });
      await model.sample(20, { seed });
      const late = model.sample(20_000, { seed }).catch(() => undefined);
      model.dispose();
      await late;
      counts.trainers++;
      await expectError('ERR_DISPOSED', () => model.sample(1));
    }
    await expectError('ERR_MODEL_FILE', () => FlowModel.load(broken));
    await expectError('ERR_ARGUMENT', () => Trainer.create({ ...small, objective: trajectoryBalance(), beta: -1 }));
    await setTimeout(200);
  }
}

/**
 * Bytes of memory that are this process's own. On Linux without what is mapped from files, and with what was swapped
 * out: the system takes both away and brings them back as it likes.
 */
async function ownMemory() {
  if (process.platform !== 'linux') return process.memoryUsage.rss();
  const status = await readFile('/proc/self/status', 'utf8');
  const kilobytes = [...status.matchAll(/^(?:RssAnon|VmSwap):\s+(\d+) kB$/gm)].map(([, count]) => Number(count));
  return 1024 * kilobytes.reduce((sum, count) => sum + count, 0);
}

async function measure() {
  const pause = Math.max(0.1, seconds / MEASUREMENTS) * 1000;
  while (running()) {
    await setTimeout(pause);
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    console.log(JSON.stringify({ seconds: elapsed(), memory: await ownMemory(), heapUsed, external, ...counts }));
  }
}

const folder = await mkdtemp(join(tmpdir(), 'gflownet-memory-'));
const path = join(folder, 'model.onnx');
const trainer = await Trainer.create({ ...small, objective: trajectoryBalance() });
await trainer.model.save(path);
trainer.dispose();
const model = await FlowModel.load(path, { threads: 1 });
const onnx = join(folder, 'reward.onnx');
await writeReward(onnx);
try {
  await Promise.all([
    train({ objective: trajectoryBalance(), learnBackward: true }),
    train({ objective: flowMatching() }),
    train({ objective: detailedBalance(), reward: { score, cache: 32 }, rewardDelay: 4 }),
    train({ objective: trajectoryBalance(), reward: { onnx, cache: 32 } }),
    stream(path),
    ...Array.from({ length: CLIENTS }, (_, client) => sample(model, client)),
    comeAndGo(folder),
    measure(),
  ]);
} finally {
  model.dispose();
  await rm(folder, { recursive: true });
}
