import { performance } from 'node:perf_hooks';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { GraphBuilder } from '../dist/onnx/graph-builder.js';
import { encodeModel } from '../dist/onnx/protobuf.js';

const SIZE = 1024;
const REPETITIONS = 20;

/**
 * Floating-point operations a second, in 10⁹, of ONNX Runtime's product of two 1024×1024 float32 matrices: the fastest
 * of several.
 */
export async function matrixProductPeak(/** @type {number} */ threads) {
  const builder = new GraphBuilder('matrix_product');
  const factors = ['a', 'b'].map((name) => builder.input(name, 'float32', [SIZE, SIZE]));
  builder.output(builder.op('MatMul', factors, {}, 'product'));
  const session = await InferenceSession.create(encodeModel(builder.build()), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
  const data = Float32Array.from({ length: SIZE * SIZE }, (_, i) => (i % 17) / 17);
  const factor = new Tensor('float32', data, [SIZE, SIZE]);
  const seconds = [];
  for (let i = 0; i < REPETITIONS; i++) {
    const started = performance.now();
    await session.run({ a: factor, b: factor });
    seconds.push((performance.now() - started) / 1000);
  }
  await session.release();
  return (2 * SIZE ** 3) / Math.min(...seconds) / 1e9;
}

/**
 * Floating-point operations of the matrix products of one training step, in 10⁹: for each row the product with every
 * weight forward, and backward one for the weight's gradient and, but for the first layer, one for the input's.
 * @param {import('../dist/onnx/differentiated-model.js').DifferentiatedModel} model a multilayer perceptron
 * @param {number} rows
 */
export function stepGigaflops(model, rows) {
  const weights = model.parameters.filter(({ shape }) => shape.length === 2).map(({ shape }) => shape[0] * shape[1]);
  const all = weights.reduce((sum, size) => sum + size, 0);
  return (2 * rows * (3 * all - weights[0])) / 1e9;
}
