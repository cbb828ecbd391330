import { describe, expect, it } from 'vitest';
import { differentiate } from '../../src/onnx/differentiate.ts';
import { multilayerPerceptron } from '../../src/onnx/multilayer-perceptron.ts';
import { flatParameters, withParameters } from '../../src/onnx/parameter-slots.ts';
import { decodeModel, encodeModel } from '../../src/onnx/protobuf.ts';

const options = {
  observation: { width: 1, size: 3 },
  actions: 2,
  backwardActions: null,
  stateFlow: false,
  hidden: [5],
  activation: 'relu',
  seed: 1,
} as const;

describe('withParameters', () => {
  const model = multilayerPerceptron(options);
  const { parameters, parameterCount, initialParameters } = differentiate(model);

  it('puts flat parameters into the initializers of an ordinary model', () => {
    const flat = Float32Array.from({ length: parameterCount }, (_, index) => index + 0.5);
    const saved = decodeModel(encodeModel(withParameters(model, parameters, flat)));
    expect(saved.graph.nodes).toEqual(model.graph.nodes);
    for (const { name, offset, size, shape } of parameters) {
      const value = saved.graph.initializers.get(name)!;
      expect(value.shape).toEqual(shape);
      expect(value.data).toEqual(flat.subarray(offset, offset + size));
    }
  });

  it('undoes flatParameters, with zeros between the slots', () => {
    expect(flatParameters(model, parameters)).toEqual(initialParameters);
    expect(withParameters(model, parameters, initialParameters)).toEqual(model);
    const last = parameters[parameters.length - 1];
    expect(parameterCount).toBe(last.offset + last.size);
    expect(parameters.every(({ offset }) => offset % 16 === 0)).toBe(true);
    expect([...initialParameters.slice(15, 16)]).toEqual([0]);
  });

  it('takes a parameter of more elements than a plain array can hold', () => {
    const size = 136_000_000;
    const data = new Float32Array(size);
    data[size - 1] = 7;
    const initializers = new Map([['large', { type: 'float32' as const, shape: [size], data }]]);
    const large = { ...model, graph: { ...model.graph, initializers } };
    const flat = flatParameters(large, [{ name: 'large', shape: [size], offset: 0, size }]);
    expect([flat.length, flat[0], flat[size - 1]]).toEqual([size, 0, 7]);
  });
});
