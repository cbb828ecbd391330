import { describe, expect, test } from 'vitest';
import type { DifferentiatedModel } from '../../../src/onnx/differentiated-model.ts';
import { differentiate } from '../../../src/onnx/differentiate.ts';
import type { Tensor } from '../../../src/onnx/graph.ts';
import { activations, multilayerPerceptron } from '../../../src/onnx/multilayer-perceptron.ts';
import { GraphInterpreter } from '../../../src/model/interpreter/graph-interpreter.ts';
import { expectSame, float, integers, randomNumbers, runOnnxRuntime } from './against-onnxruntime.ts';

function parameters({ parameters: slots, initialParameters }: DifferentiatedModel): Record<string, Tensor> {
  return Object.fromEntries(
    slots.map(({ name, shape, offset, size }) => [
      name,
      { type: 'float32' as const, shape, data: initialParameters.subarray(offset, offset + size) },
    ]),
  );
}

function pick(all: Readonly<Record<string, Tensor>>, names: readonly { name: string }[]): Record<string, Tensor> {
  return Object.fromEntries(names.map(({ name }) => [name, all[name]]));
}

function observation(encoding: 'one-hot' | 'gather', rows: number): Tensor {
  const next = randomNumbers(rows);
  const indices = Array.from({ length: rows * 2 }, (_, i) => Math.floor(next() * 8) + 8 * (i % 2));
  if (encoding === 'gather') return integers([rows, 2], indices);
  const data = new Float32Array(rows * 16);
  indices.forEach((index, i) => (data[Math.floor(i / 2) * 16 + index] += 1));
  return { type: 'float32', shape: [rows, 16], data };
}

/** Relative to the largest entry: two orders of summation over many rows differ by more element by element. */
function expectCloseGradients(actual: Readonly<Record<string, Tensor>>, expected: Readonly<Record<string, Tensor>>) {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, want] of Object.entries(expected)) {
    const largest = (want.data as Float32Array).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expect(largest, name).toBeGreaterThan(0);
    expect(actual[name].shape).toEqual(want.shape);
    want.data.forEach((x, i) => {
      const difference = Math.abs(Number(actual[name].data[i]) - Number(x));
      if (!(difference <= 1e-5 * largest)) expect.fail(`${name}[${i}]: expected ${x}, got ${actual[name].data[i]}`);
    });
  }
}

describe.each(['one-hot', 'gather'] as const)('a multilayer perceptron with %s inputs', (encoding) => {
  test.each(activations.flatMap((activation) => [false, true].map((recompute) => ({ activation, recompute }))))(
    '$activation, recompute $recompute: forward and gradient as ONNX Runtime has them',
    async ({ activation, recompute }) => {
      const model = multilayerPerceptron({
        observation: { width: 2, size: 16 },
        actions: 3,
        backwardActions: 2,
        stateFlow: true,
        hidden: [33, 30],
        activation,
        encoding,
        seed: 1,
      });
      const differentiated = differentiate(model, { recompute });
      const { forward, gradient } = differentiated;
      const forwardInterpreter = new GraphInterpreter(forward);
      const gradientInterpreter = new GraphInterpreter(gradient);
      for (const rows of [70, 2]) {
        const inputs = {
          [differentiated.observations[0].name]: observation(encoding, rows),
          ...parameters(differentiated),
        };
        const results = forwardInterpreter.run(inputs);
        const expected = await runOnnxRuntime(forward, inputs, results);
        expectSame(results, expected);

        const seeds = Object.fromEntries(
          differentiated.outputs.map(({ name }, index) => [
            `gradient_of_${name}`,
            float(expected[name].shape, -1, 1, index),
          ]),
        );
        const gradientInputs = pick({ ...inputs, ...expected, ...seeds }, gradient.graph.inputs);
        const gradients = gradientInterpreter.run(gradientInputs);
        expectCloseGradients(gradients, await runOnnxRuntime(gradient, gradientInputs, gradients));
      }
    },
  );
});
