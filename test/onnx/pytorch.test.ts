import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { differentiate } from '../../src/onnx/differentiate.ts';
import type { Tensor } from '../../src/onnx/graph.ts';
import { decodeModel } from '../../src/onnx/protobuf.ts';
import { tensor, tensorNumbers } from '../../src/onnx/tensor.ts';
import { gradients, parameterValues, relativeDifference } from './finite-differences.ts';
import { RuntimeModel } from './run-graph.ts';

interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
type Named = Readonly<Record<string, Numbers>>;
interface Golden {
  readonly observation: Numbers;
  readonly outputs: Named;
  readonly outputGradients: Named;
  readonly gradients: Named;
}

const read = (name: string) => readFileSync(new URL(`golden/${name}`, import.meta.url));
const golden = JSON.parse(read('pytorch-autograd.json').toString()) as Golden;
const toTensor = ({ shape, data }: Numbers): Tensor => tensor('float32', shape, data);

// golden/pytorch-autograd.py writes these: LayerNorm, both forms of Gelu, softmax, mean, as Linear layers exported.
describe.each([17, 20])('a model exported by PyTorch in opset %i', (opset) => {
  const model = decodeModel(read(`pytorch-autograd-${opset}.onnx`));
  const differentiated = differentiate(model);
  const observation = new Map([['observation', toTensor(golden.observation)]]);

  it('has the outputs of PyTorch', async () => {
    const outputs = await (await RuntimeModel.open(model)).run(observation);
    for (const [name, want] of Object.entries(golden.outputs)) {
      expect(relativeDifference(tensorNumbers(outputs.get(name)!), want.data)).toBeLessThan(2e-6);
    }
  });

  it.each([false, true])('has the gradients of PyTorch, forward pass run again: %s', async (recompute) => {
    const split = recompute ? differentiate(model, { recompute }) : differentiated;
    const inputs = new Map([...observation, ...parameterValues(model, split)]);
    const seeds = new Map(Object.entries(golden.outputGradients).map(([name, value]) => [name, toTensor(value)]));
    const got = await gradients(split, inputs, seeds);
    expect(got.size).toBe(Object.keys(golden.gradients).length);
    for (const [name, want] of Object.entries(golden.gradients)) {
      expect(relativeDifference(tensorNumbers(got.get(`gradient_of_${name}`)!), want.data)).toBeLessThan(2e-6);
    }
  });

  it('keeps activations', () => {
    expect(differentiated.kept.length).toBeGreaterThan(0);
    expect(differentiated.observations).toEqual([{ name: 'observation', type: 'float32', shape: ['rows', 6] }]);
  });
});
