import { performance } from 'node:perf_hooks';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { GraphBuilder } from '../dist/onnx/graph-builder.js';
import { encodeModel } from '../dist/onnx/protobuf.js';
import { median } from './statistics.js';

export const PEAK_SIZE = 2048;
/**
 * Measures how fast ONNX Runtime multiplies two 2,048×2,048 float32 matrices, in 10⁹ floating-point operations a second:
 * one session with that many threads inside it, which do not spin between products, so that what is timed in between
 * has the processors to itself.
 */
export class MatrixProductPeak {
  /** @type {number[]} */
  #measured = [];
  #session;
  #factors;

  /** @private */
  constructor(
    /** @type {number} */ threads,
    /** @type {InferenceSession} */ session,
    /** @type {Record<string, Tensor>} */ factors,
  ) {
    this.threads = threads;
    this.#session = session;
    this.#factors = factors;
  }

  static async create(/** @type {number} */ threads) {
    const shape = [PEAK_SIZE, PEAK_SIZE];
    const builder = new GraphBuilder('matrix_product');
    const inputs = ['a', 'b'].map((name) => builder.input(name, 'float32', shape));
    builder.output(builder.op('MatMul', inputs, {}, 'product'));
    const session = await InferenceSession.create(encodeModel(builder.build()), {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    const data = Float32Array.from({ length: PEAK_SIZE * PEAK_SIZE }, (_, i) => (i % 17) / 17);
    const factor = new Tensor('float32', data, shape);
    await session.run({ a: factor, b: factor }); // makes its buffers
    return new MatrixProductPeak(threads, session, { a: factor, b: factor });
  }

  /** Times one product. */
  async measure() {
    const started = performance.now();
    await this.#session.run(this.#factors);
    this.#measured.push((2 * PEAK_SIZE ** 3) / (1e6 * (performance.now() - started)));
  }

  /** The median of what was measured. */
  gigaflopsPerSecond() {
    return median(this.#measured);
  }

  async release() {
    await this.#session.release();
  }
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
