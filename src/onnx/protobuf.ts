import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  TensorProto_DataLocation as DataLocation,
  type AttributeProto,
  type AttributeProtoSchema,
  type GraphProto,
  type NodeProto,
  type ValueInfoProto,
  type ValueInfoProtoSchema,
} from 'onnx-buf';
import { GfnError } from '../error.ts';
import { describeNode, isIntegerList } from './attributes.ts';
import type { Attribute, Dimension, Graph, GraphNode, Model, ValueInfo } from './graph.ts';
import { OPSET, toCurrentOpset } from './opset.ts';
import { tensor, typeNumber, typeOfNumber } from './tensor.ts';
import { decodeTensor, encodeTensor } from './tensor-protobuf.ts';

/** The file format version that came with opset 20. */
const IR_VERSION = 9n;

function encodeAttribute(name: string, value: Attribute): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: BigInt(value) };
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if (isIntegerList(value)) return { name, type: AttributeType.INTS, ints: value.map(BigInt) };
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  if ('floats' in value) return { name, type: AttributeType.FLOATS, floats: [...value.floats] };
  return { name, type: AttributeType.TENSOR, t: encodeTensor(value) };
}

function encodeValue({ name, type, shape }: ValueInfo): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape.map((size) =>
    typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } },
  );
  return { name, type: { value: { case: 'tensorType', value: { elemType: typeNumber(type), shape: { dim } } } } };
}

function sortedEntries<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The bytes of an ONNX file. The same model always gives the same bytes. */
export function encodeModel(model: Model): Uint8Array {
  const { graph } = model;
  const message = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'gflownet',
    opsetImport: [{ domain: '', version: BigInt(model.opset) }],
    metadataProps: sortedEntries(model.metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: graph.name,
      input: graph.inputs.map(encodeValue),
      output: graph.outputs.map(encodeValue),
      initializer: [...graph.initializers].map(([name, value]) => encodeTensor(value, name)),
      node: graph.nodes.map((node) => ({
        name: node.name,
        opType: node.op,
        input: [...node.inputs],
        output: [...node.outputs],
        attribute: sortedEntries(node.attributes).map(([name, value]) => encodeAttribute(name, value)),
      })),
    },
  });
  return toBinary(ModelProtoSchema, message);
}

function decodeAttribute(proto: AttributeProto, node: string): Attribute {
  switch (proto.type) {
    case AttributeType.INT:
      return Number(proto.i);
    case AttributeType.FLOAT:
      return { float: proto.f };
    case AttributeType.STRING:
      return new TextDecoder().decode(proto.s);
    case AttributeType.INTS:
      return proto.ints.map(Number);
    case AttributeType.FLOATS:
      return { floats: proto.floats };
    case AttributeType.TENSOR:
      if (proto.t !== undefined) return decodeTensor(proto.t, `${node}: attribute ${proto.name}`);
  }
  throw new GfnError('ERR_OPERATOR', `${node}: attribute ${proto.name}: its kind (${proto.type}) is not supported`);
}

function decodeNode(proto: NodeProto, name: string): GraphNode {
  const node: GraphNode = { name, op: proto.opType, inputs: proto.input, outputs: proto.output, attributes: {} };
  if (proto.domain !== '' && proto.domain !== 'ai.onnx') {
    throw new GfnError('ERR_OPERATOR', `${describeNode(node)}: operators of domain ${proto.domain} are not supported`);
  }
  const entries = proto.attribute.map((each) => [each.name, decodeAttribute(each, describeNode(node))] as const);
  return withTensorValue({ ...node, attributes: Object.fromEntries(entries) });
}

/** Constant has a form for each kind of value; all become a tensor in `value`. */
function withTensorValue(node: GraphNode): GraphNode {
  const { value_int: int, value_ints: ints, value_float: float, value_floats: floats } = node.attributes;
  if (node.op !== 'Constant' || 'value' in node.attributes) return node;
  if (typeof int === 'number') return { ...node, attributes: { value: tensor('int64', [], [int]) } };
  if (isIntegerList(ints)) return { ...node, attributes: { value: tensor('int64', [ints.length], ints) } };
  if (typeof float === 'object' && 'float' in float) {
    return { ...node, attributes: { value: tensor('float32', [], [float.float]) } };
  }
  if (typeof floats === 'object' && 'floats' in floats) {
    return { ...node, attributes: { value: tensor('float32', [floats.floats.length], floats.floats) } };
  }
  throw new GfnError('ERR_OPERATOR', `${describeNode(node)}: expected a tensor, integers or floats`);
}

function decodeValue(proto: ValueInfoProto): ValueInfo {
  const { name } = proto;
  const kind = proto.type?.value;
  if (kind?.case !== 'tensorType') throw new GfnError('ERR_OPERATOR', `value "${name}": expected a tensor`);
  if (kind.value.shape === undefined) throw new GfnError('ERR_MODEL_FILE', `value "${name}": it has no shape`);
  const shape = kind.value.shape.dim.map(({ value }, axis): Dimension => {
    if (value.case === 'dimValue') return Number(value.value);
    return value.case === 'dimParam' && value.value !== '' ? value.value : `${name}_dimension_${axis}`;
  });
  return { name, type: typeOfNumber(kind.value.elemType, `value "${name}"`), shape };
}

/** Names for nodes that have none, or another's. */
function nodeNames(nodes: readonly NodeProto[]): string[] {
  const taken = new Set<string>();
  return nodes.map(({ name, opType }, index) => {
    const unique = name !== '' && !taken.has(name) ? name : `${opType}_node_${index}`;
    taken.add(unique);
    return unique;
  });
}

function decodeGraph(proto: GraphProto, opset: number): Graph {
  const initializers = new Map(
    proto.initializer.map((each) => [each.name, decodeTensor(each, `initializer "${each.name}"`)]),
  );
  const names = nodeNames(proto.node);
  const nodes = proto.node.map((node, index) => decodeNode(node, names[index]));
  return {
    name: proto.name,
    // Old files list initializers among the inputs too.
    inputs: proto.input.filter(({ name }) => !initializers.has(name)).map(decodeValue),
    outputs: proto.output.map(decodeValue),
    initializers,
    nodes: toCurrentOpset(nodes, opset),
  };
}

function parse(bytes: Uint8Array) {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new GfnError('ERR_MODEL_FILE', `model: ${bytes.length} bytes that are not an ONNX file, or part of one`, {
      cause,
    });
  }
}

/** Inputs and one output of a graph. */
export interface Signature {
  readonly inputs: readonly ValueInfo[];
  readonly output: ValueInfo;
}

/**
 * The inputs that must be given and an output of the model in the bytes of an ONNX file, whatever its operators;
 * `output` names one of several. Throws ERR_MODEL_FILE for bytes that are not a whole ONNX file, or one with tensors in
 * other files, ERR_MODEL_ENVIRONMENT without such an output, ERR_OPERATOR for element types that are not supported.
 */
export function decodeSignature(bytes: Uint8Array, output: string | null): Signature {
  const { graph, irVersion } = parse(bytes);
  if (graph === undefined || irVersion === 0n) {
    throw new GfnError('ERR_MODEL_FILE', `model: ${bytes.length} bytes without a graph: not a whole ONNX file`);
  }
  const external = graph.initializer.find(({ dataLocation }) => dataLocation === DataLocation.EXTERNAL);
  if (external !== undefined) {
    throw new GfnError('ERR_MODEL_FILE', `model: expected all tensors in the file, got "${external.name}" in another`);
  }
  const initializers = new Set(graph.initializer.map(({ name }) => name));
  const found = graph.output.filter(({ name }) => output === null || name === output);
  if (found.length !== 1) {
    throw new GfnError(
      'ERR_MODEL_ENVIRONMENT',
      `output: expected ${output === null ? 'one, or its name' : `one named ${output}`}, ` +
        `got ${graph.output.map(({ name }) => name).join(', ') || 'none'}`,
    );
  }
  return {
    inputs: graph.input.filter(({ name }) => !initializers.has(name)).map(decodeValue),
    output: decodeValue(found[0]),
  };
}

/**
 * The model in the bytes of an ONNX file, as PyTorch or this package write them; its graph is brought to the current
 * opset. Throws ERR_MODEL_FILE for bytes that are not a whole ONNX file, ERR_OPERATOR, naming node and operator, for
 * other domains, element types or operator sets than those supported.
 */
export function decodeModel(bytes: Uint8Array): Model {
  const message = parse(bytes);
  const opset = message.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  if (message.graph === undefined || message.irVersion === 0n || opset === undefined) {
    const missing = message.graph === undefined ? 'a graph' : 'a version';
    throw new GfnError('ERR_MODEL_FILE', `model: ${bytes.length} bytes without ${missing}: not a whole ONNX file`);
  }
  return {
    graph: decodeGraph(message.graph, Number(opset.version)),
    opset: OPSET,
    metadata: Object.fromEntries(message.metadataProps.map(({ key, value }) => [key, value])),
  };
}
