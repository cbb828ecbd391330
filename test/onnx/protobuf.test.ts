import { fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { ModelProtoSchema, TensorProto_DataLocation, type ModelProto } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { GfnError } from '../../src/error.ts';
import type { Model, Tensor } from '../../src/onnx/graph.ts';
import { GraphBuilder } from '../../src/onnx/graph-builder.ts';
import { multilayerPerceptron } from '../../src/onnx/multilayer-perceptron.ts';
import { decodeModel, encodeModel } from '../../src/onnx/protobuf.ts';
import { tensor } from '../../src/onnx/tensor.ts';

const perceptron: Model = {
  ...multilayerPerceptron({
    observation: { width: 2, size: 6 },
    actions: 3,
    backwardActions: 2,
    stateFlow: true,
    hidden: [5],
    activation: 'leaky-relu',
    seed: 3,
  }),
  metadata: { zebra: 'last', environment: '{"side":8,"name":"größe"}' },
};

function errorOf(action: () => unknown): GfnError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(GfnError);
    return error as GfnError;
  }
  throw new Error('expected an error');
}

/** The bytes of the perceptron's file after a change to its message. */
function changed(change: (message: ModelProto) => void): Uint8Array {
  const message = fromBinary(ModelProtoSchema, encodeModel(perceptron));
  change(message);
  return toBinary(ModelProtoSchema, message);
}

describe('encodeModel and decodeModel', () => {
  it('give the model back', () => {
    const got = decodeModel(encodeModel(perceptron));
    const attributes = { alpha: { float: Math.fround(0.01) } };
    const nodes = perceptron.graph.nodes.map((node) => (node.op === 'LeakyRelu' ? { ...node, attributes } : node));
    expect(got).toEqual({ ...perceptron, graph: { ...perceptron.graph, nodes } });
  });

  it('give the same bytes for the same model, whatever the order of its metadata', () => {
    const other = { ...perceptron, metadata: Object.fromEntries(Object.entries(perceptron.metadata).reverse()) };
    expect(encodeModel(other)).toEqual(encodeModel(perceptron));
    expect(encodeModel(decodeModel(encodeModel(perceptron)))).toEqual(encodeModel(perceptron));
  });

  it('know every element type, attribute, and scalar and empty tensors', () => {
    const builder = new GraphBuilder('types');
    const values: Tensor[] = [
      tensor('float32', [2], [1.5, -Infinity]),
      tensor('float64', [], [Math.PI]),
      tensor('int64', [1, 2], [-(2 ** 40), 7]),
      tensor('int32', [3], [1, -2, 3]),
      tensor('bool', [2, 1], [1, 0]),
      tensor('float32', [0, 4], []),
    ];
    values.forEach((value, index) => builder.initializer(`value_${index}`, value));
    const x = builder.input('x', 'float32', ['rows', 4]);
    builder.op('Softmax', [x], { axis: -1, name: 'text', list: [1, -2], floats: { floats: [0.5] }, t: values[1] }, 'y');
    builder.output('y');
    const model = builder.build();
    expect(decodeModel(encodeModel(model))).toEqual(model);
  });

  it('read elements from typed fields', () => {
    const [name, data] = ['trunk.0.bias', [1, 2.5, -3, 0, 4]];
    const bytes = changed((message) => {
      const bias = message.graph!.initializer.find((each) => each.name === name)!;
      bias.rawData = new Uint8Array();
      bias.floatData = data;
    });
    expect(decodeModel(bytes).graph.initializers.get(name)).toEqual(tensor('float32', [5], data));
  });

  it('name nodes and dimensions that have no names, and drop initializers from the inputs', () => {
    const bytes = changed(({ graph }) => {
      for (const node of graph!.node) node.name = '';
      const { value } = graph!.input[0].type!;
      if (value.case === 'tensorType') value.value.shape!.dim[0].value = { case: undefined };
      graph!.input.push({ ...graph!.input[0], name: 'trunk.0.bias' });
    });
    const { graph } = decodeModel(bytes);
    expect(new Set(graph.nodes.map(({ name }) => name)).size).toBe(graph.nodes.length);
    expect(graph.inputs).toEqual([{ name: 'observation', type: 'float32', shape: ['observation_dimension_0', 6] }]);
  });

  it('bring older operator sets to the current one', () => {
    const bytes = changed(({ graph, opsetImport }) => {
      opsetImport[0].version = 13n;
      const split = graph!.node.find((node) => node.opType === 'Split')!;
      split.input.pop();
    });
    const split = decodeModel(bytes).graph.nodes.find((node) => node.op === 'Split')!;
    expect(split.attributes).toEqual({ axis: 1, num_outputs: 3 });
    for (const version of [12n, 99n]) {
      const error = errorOf(() => decodeModel(changed(({ opsetImport }) => (opsetImport[0].version = version))));
      expect([error.code, error.message]).toEqual(['ERR_OPERATOR', `opset: expected 13 to 25, got ${version}`]);
    }
  });
});

describe('decodeModel refuses', () => {
  it('truncated files', () => {
    const bytes = encodeModel({ ...perceptron, metadata: {} });
    for (let length = 0; length < bytes.length; length++) {
      expect(errorOf(() => decodeModel(bytes.subarray(0, length))).code).toBe('ERR_MODEL_FILE');
    }
  });

  it('random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(['ERR_MODEL_FILE', 'ERR_OPERATOR']).toContain(errorOf(() => decodeModel(bytes)).code);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('tensors whose data does not fit their shape, or lies in another file', () => {
    const short = changed(({ graph }) => (graph!.initializer[0].rawData = new Uint8Array(8)));
    expect(errorOf(() => decodeModel(short))).toMatchObject({
      code: 'ERR_MODEL_FILE',
      message: 'initializer "trunk.0.weight": expected 120 bytes for [6, 5] of float32, got 8',
    });
    const external = changed(({ graph }) => (graph!.initializer[0].dataLocation = TensorProto_DataLocation.EXTERNAL));
    expect(errorOf(() => decodeModel(external))).toMatchObject({ code: 'ERR_MODEL_FILE' });
  });

  it('operators of other domains', () => {
    const error = errorOf(() => decodeModel(changed(({ graph }) => (graph!.node[0].domain = 'com.microsoft'))));
    expect(error.code).toBe('ERR_OPERATOR');
    expect(error.message).toMatch(/node "trunk.0.linear" \(Gemm\).*com.microsoft/);
  });

  it('element types that are not known', () => {
    const error = errorOf(() => decodeModel(changed(({ graph }) => (graph!.initializer[0].dataType = 10))));
    expect(error.code).toBe('ERR_OPERATOR');
    expect(error.message).toMatch(/initializer "trunk.0.weight": element type number 10 /);
  });
});
