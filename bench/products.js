import { performance } from 'node:perf_hooks';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { alignedTable } from '../dist/cli/terminal.js';
import { GraphBuilder } from '../dist/onnx/graph-builder.js';
import { encodeModel } from '../dist/onnx/protobuf.js';
import { rotation } from './rounds.js';
import { median } from './statistics.js';

const WIDTH = 256;
const ROWS = [1, 2, 4, 8, 12, 16, 32, 64, 128, 256, 1024];
/** Products in one call, so that the call itself costs nothing. */
const PRODUCTS = 40;
const ROUNDS = 25;

/**
 * How fast ONNX Runtime multiplies few rows with a 256×256 matrix, on one thread: what a call of the model with so many
 * states can reach at best. Its products follow each other in one graph, as in a network.
 */
export async function runProducts(/** @type {(text: string) => void} */ print) {
  /** @type {{ rows: number, run: () => Promise<unknown>, seconds: number[] }[]} */
  const chains = [];
  for (const rows of ROWS) chains.push({ rows, run: await productChain(rows), seconds: [] });
  for (let round = 0; round < ROUNDS; round++) {
    for (const index of rotation(chains.length, round)) {
      const { run, seconds } = chains[index];
      await run(); // its data are in the caches again
      const started = performance.now();
      await run();
      seconds.push((performance.now() - started) / 1000 / PRODUCTS);
    }
  }
  const results = chains.map(({ rows, seconds }) => ({
    rows,
    microseconds: 1e6 * median(seconds),
    gigaflopsPerSecond: (2 * rows * WIDTH ** 2) / median(seconds) / 1e9,
  }));
  const cells = results.map(({ rows, microseconds, gigaflopsPerSecond }) => [
    `${rows}×${WIDTH}×${WIDTH}`,
    microseconds.toFixed(1),
    gigaflopsPerSecond.toFixed(0),
  ]);
  print(alignedTable([['product, one thread', 'µs', 'GFLOP/s'], ...cells]));
  return results;
}

/** @returns {Promise<() => Promise<unknown>>} all products of a chain in one call */
async function productChain(/** @type {number} */ rows) {
  const builder = new GraphBuilder('products');
  const weights = builder.input('weights', 'float32', [WIDTH, WIDTH]);
  let activations = builder.input('activations', 'float32', [rows, WIDTH]);
  for (let i = 0; i < PRODUCTS; i++) activations = builder.op('MatMul', [activations, weights], {}, `product_${i}`);
  builder.output(activations);
  const session = await InferenceSession.create(encodeModel(builder.build()), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const filled = (/** @type {number} */ count, /** @type {number} */ value) => new Float32Array(count).fill(value);
  const feeds = {
    weights: new Tensor('float32', filled(WIDTH ** 2, 1 / WIDTH), [WIDTH, WIDTH]),
    activations: new Tensor('float32', filled(rows * WIDTH, 0.5), [rows, WIDTH]),
  };
  return () => session.run(feeds);
}
