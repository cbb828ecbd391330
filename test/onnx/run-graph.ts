import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import type { Model, Tensor, TensorData } from '../../src/onnx/graph.ts';
import { encodeModel } from '../../src/onnx/protobuf.ts';

/** A model opened in ONNX Runtime, one thread. */
export class RuntimeModel {
  private constructor(private readonly session: InferenceSession) {}

  static async open(model: Model): Promise<RuntimeModel> {
    const options = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 } as const;
    return new RuntimeModel(await InferenceSession.create(encodeModel(model), options));
  }

  get inputNames(): readonly string[] {
    return this.session.inputNames;
  }

  /** Runs the model on those of `values` that are its inputs. */
  async run(values: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>> {
    const feeds = Object.fromEntries(
      this.session.inputNames.map((name) => {
        const value = values.get(name);
        if (value === undefined) throw new Error(`no value for ${name}`);
        return [name, new RuntimeTensor(value.type, value.data as Float32Array, value.shape)];
      }),
    );
    const results = await this.session.run(feeds);
    return new Map(
      Object.entries(results).map(([name, { type, dims, data }]) => [
        name,
        { type: type as Tensor['type'], shape: dims, data: data as TensorData },
      ]),
    );
  }
}
