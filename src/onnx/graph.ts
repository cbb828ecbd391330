/** Element types that this package knows. float64 appears only where derivatives are checked in double. */
export type TensorType = 'float32' | 'float64' | 'int64' | 'int32' | 'bool';

export type TensorData = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array;

export interface Tensor {
  readonly type: TensorType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** A dimension is a number, or a name for one that is known only at run time (`rows`: the number of states). */
export type Dimension = number | string;

export interface ValueInfo {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly Dimension[];
}

export type Attribute =
  number | string | readonly number[] | Tensor | { readonly float: number } | { readonly floats: readonly number[] };

/** One operator of the default ONNX domain. An empty input name is an omitted optional input. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Plain numbers are ONNX ints; floats are wrapped. */
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A graph in topological order. Names are unique. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  readonly nodes: readonly GraphNode[];
}

/** An ONNX model: what a file holds. */
export interface Model {
  readonly graph: Graph;
  readonly opset: number;
  readonly metadata: Readonly<Record<string, string>>;
}
