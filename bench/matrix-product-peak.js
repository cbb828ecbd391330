import { performance } from 'node:perf_hooks';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { GraphBuilder } from '../dist/onnx/graph-builder.js';
import { encodeModel } from '../dist/onnx/protobuf.js';
import { median } from './statistics.js';

export const PEAK_SIZE = 2048;
const WARM_UP = 1;
const REPETITIONS = 7;

/**
 * Floating-point operations a second, in 10⁹, of ONNX Runtime's product of two 2,048×2,048 float32 matrices, the median
 * of several: one session with that many threads inside it.
 */
export async function matrixProductPeak(/** @type {number} */ threads) {
  const shape = [PEAK_SIZE, PEAK_SIZE];
  const builder = new GraphBuilder('matrix_product');
  const factors = ['a', 'b'].map((name) => builder.input(name, 'float32', shape));
  builder.output(builder.op('MatMul', factors, {}, 'product'));
  const session = await InferenceSession.create(encodeModel(builder.build()), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
  const data = Float32Array.from({ length: PEAK_SIZE * PEAK_SIZE }, (_, i) => (i % 17) / 17);
  const factor = new Tensor('float32', data, shape);
  const seconds = [];
  for (let i = 0; i < WARM_UP + REPETITIONS; i++) {
    const started = performance.now();
    await session.run({ a: factor, b: factor });
    if (i >= WARM_UP) seconds.push((performance.now() - started) / 1000);
  }
  await session.release();
  return (2 * PEAK_SIZE ** 3) / median(seconds) / 1e9;
}

/**
 * Floating-point operations of the matrix products of one training step, in 10⁹: for each row the product with every
 * weight forward, and backward one for the weight's gradient and, but for the first layer, one for the input's. The
 * dense count, however a product is done.
 * @param {Pick<import('../dist/onnx/differentiated-model.js').DifferentiatedModel, 'parameters'>} model a multilayer
 *   perceptron
 * @param {number} rows
 */
export function stepGigaflops(model, rows) {
  const weights = model.parameters.filter(({ shape }) => shape.length === 2).map(({ shape }) => shape[0] * shape[1]);
  const all = weights.reduce((sum, size) => sum + size, 0);
  return (2 * rows * (3 * all - weights[0])) / 1e9;
}
