import type { Environment } from '../env/environment.ts';
import { GfnError } from '../error.ts';
import { GraphInterpreter } from '../model/interpreter/graph-interpreter.ts';
import type { DifferentiatedModel } from '../onnx/differentiated-model.ts';
import type { Tensor, TensorData, ValueInfo } from '../onnx/graph.ts';
import type { RowModel } from '../sampler/row-model.ts';
import { ObservationRows } from './observation-rows.ts';
import { floatRowTensor, rowTensor, type AnyRowTensor, type RowTensor } from './row-tensor.ts';

/** Rows of one call: few enough for the activations to stay in cache. */
const BLOCK_ROWS = 512;

/** An output of the model with d loss / d output beside it. */
interface Output {
  readonly value: RowTensor<Float32Array>;
  readonly gradient: RowTensor<Float32Array>;
}

/**
 * The flow model at work on the graph interpreter: rows of observations in, rows of outputs out, and the gradient of
 * all parameters from the gradients of those outputs. Forward calls leave outputs and kept activations in place at
 * their rows' offsets, so that the backward pass repeats no forward work.
 */
export class InterpretedModel implements RowModel {
  /** Flat; read by every call, changed by the optimiser. */
  readonly parameters: Float32Array;
  readonly bytesPerRow: number;
  /** Whether forward calls keep what the gradient needs; sampling alone does not. */
  keepActivations = false;

  private readonly forwardGraph: GraphInterpreter;
  private readonly gradientGraph: GraphInterpreter;
  private readonly observation: ObservationRows;
  private readonly outputs: readonly Output[];
  private readonly kept: readonly AnyRowTensor[];
  private readonly forwardOutput: Output;
  private readonly backwardOutput: Output | null;
  private readonly stateFlowOutput: Output | null;

  private readonly parameterTensors: Readonly<Record<string, Tensor>>;
  private readonly gradientInputs: readonly AnyRowTensor[];
  private readonly gradientParameters: Readonly<Record<string, Tensor>>;
  private readonly blockGradient: Float32Array;
  private readonly blockDestinations: Readonly<Record<string, TensorData>>;

  /** Copies `parameters`. Throws ERR_MODEL_ENVIRONMENT if inputs or outputs do not fit the environment. */
  constructor(
    private readonly model: DifferentiatedModel,
    environment: Environment,
    parameters: Float32Array,
  ) {
    const { actions, backwardActions } = environment;
    if (parameters.length !== model.parameterCount) {
      throw new GfnError(
        'ERR_ARGUMENT',
        `parameters: expected ${model.parameterCount} numbers, got ${parameters.length}`,
      );
    }
    this.parameters = parameters.slice();
    this.forwardGraph = new GraphInterpreter(model.forward);
    this.gradientGraph = new GraphInterpreter(model.gradient);
    this.observation = new ObservationRows(model, environment);
    const widths = { forward_logits: actions, backward_logits: backwardActions, log_state_flow: 1 };
    this.outputs = model.outputs.map((info) => output(info, widths));
    this.kept = model.kept.map(rowTensor);
    const forwardOutput = this.find('forward_logits');
    if (forwardOutput === null) {
      throw new GfnError(
        'ERR_MODEL_ENVIRONMENT',
        `model: expected an output forward_logits, got ${model.outputs.map(({ name }) => name).join(', ')}`,
      );
    }
    this.forwardOutput = forwardOutput;
    this.backwardOutput = this.find('backward_logits');
    this.stateFlowOutput = this.find('log_state_flow');

    this.parameterTensors = this.viewParameters(model.forward.graph.inputs);
    this.gradientParameters = this.viewParameters(model.gradient.graph.inputs);
    const rowValues = [...this.observation.tensors, ...this.kept, ...this.outputs.map(({ gradient }) => gradient)];
    const taken = new Set(model.gradient.graph.inputs.map(({ name }) => name));
    this.gradientInputs = rowValues.filter(({ name }) => taken.has(name));
    this.blockGradient = new Float32Array(model.parameterCount);
    this.blockDestinations = this.gradientDestinations(this.blockGradient);
    this.bytesPerRow =
      this.observation.tensors.reduce((sum, tensor) => sum + tensor.bytesPerRow, 0) +
      this.kept.reduce((sum, tensor) => sum + tensor.bytesPerRow, 0) +
      this.outputs.reduce((sum, { value, gradient }) => sum + value.bytesPerRow + gradient.bytesPerRow, 0);
  }

  get learnedBackward(): boolean {
    return this.backwardOutput !== null;
  }
  get forwardLogits(): Float32Array {
    return this.forwardOutput.value.data;
  }
  get backwardLogits(): Float32Array | null {
    return this.backwardOutput?.value.data ?? null;
  }
  get logStateFlow(): Float32Array | null {
    return this.stateFlowOutput?.value.data ?? null;
  }
  get hasStateFlow(): boolean {
    return this.stateFlowOutput !== null;
  }

  observe(row: number, indices: Int32Array): void {
    this.observation.write(row, indices);
  }

  /** In blocks; a block of a single row is padded to two, since runtimes are not bit-equal at one row. */
  evaluate(first: number, last: number): void {
    for (let begin = first; begin < last; begin += BLOCK_ROWS) {
      let end = Math.min(begin + BLOCK_ROWS, last);
      if (end - begin === 1) {
        this.observation.duplicate(begin);
        end++;
      }
      this.evaluateBlock(begin, end);
    }
  }

  /** Where to write d loss / d outputs of `rows` rows before `backward`; outputs not in use must be cleared. */
  outputGradients(rows: number): {
    readonly forwardLogits: Float32Array;
    readonly backwardLogits: Float32Array | null;
    readonly logStateFlow: Float32Array | null;
  } {
    for (const { gradient } of this.outputs) gradient.reserve(rows);
    return {
      forwardLogits: this.forwardOutput.gradient.data,
      backwardLogits: this.backwardOutput?.gradient.data ?? null,
      logStateFlow: this.stateFlowOutput?.gradient.data ?? null,
    };
  }

  /** Adds the gradient of all parameters over the first `rows` rows to `gradient`, block by block. */
  backward(rows: number, gradient: Float32Array): void {
    for (let begin = 0; begin < rows; begin += BLOCK_ROWS) {
      const end = Math.min(begin + BLOCK_ROWS, rows);
      const inputs: Record<string, Tensor> = { ...this.gradientParameters };
      for (const tensor of this.gradientInputs) inputs[tensor.name] = tensor.tensor(begin, end);
      this.gradientGraph.run(inputs, this.blockDestinations);
      for (let i = 0; i < gradient.length; i++) gradient[i] += this.blockGradient[i];
    }
  }

  private evaluateBlock(first: number, last: number): void {
    const destinations: Record<string, TensorData> = {};
    for (const { value } of this.outputs) {
      value.reserve(last);
      destinations[value.name] = value.slice(first, last);
    }
    if (this.keepActivations) {
      for (const tensor of this.kept) {
        tensor.reserve(last);
        destinations[tensor.name] = tensor.slice(first, last);
      }
    }
    const observations = this.observation.tensors.map((tensor) => [tensor.name, tensor.tensor(first, last)] as const);
    this.forwardGraph.run({ ...this.parameterTensors, ...Object.fromEntries(observations) }, destinations);
  }

  private find(name: string): Output | null {
    return this.outputs.find(({ value }) => value.name === name) ?? null;
  }

  private viewParameters(inputs: readonly ValueInfo[]): Record<string, Tensor> {
    const taken = new Set(inputs.map(({ name }) => name));
    return Object.fromEntries(
      this.model.parameters
        .filter(({ name }) => taken.has(name))
        .map(({ name, shape, offset, size }): [string, Tensor] => [
          name,
          { type: 'float32', shape, data: this.parameters.subarray(offset, offset + size) },
        ]),
    );
  }

  private gradientDestinations(gradient: Float32Array): Record<string, TensorData> {
    return Object.fromEntries(
      this.model.parameters.map(({ name, offset, size }) => [
        `gradient_of_${name}`,
        gradient.subarray(offset, offset + size),
      ]),
    );
  }
}

/** Outputs that the engine does not know may have any width; their gradient stays zero. */
function output(info: ValueInfo, widths: Readonly<Record<string, number>>): Output {
  const size = info.shape.slice(1).reduce((product: number, dimension) => product * Number(dimension), 1);
  const width = Object.hasOwn(widths, info.name) ? widths[info.name] : size;
  return {
    value: floatRowTensor(info, width),
    gradient: floatRowTensor({ ...info, name: `gradient_of_${info.name}` }, width),
  };
}
