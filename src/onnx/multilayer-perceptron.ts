import type { ObservationSpec } from '../env/environment.ts';
import { observationInputs, sizeOf } from '../env/observation-input.ts';
import { GfnError } from '../error.ts';
import { Purpose, RandomStream } from '../sampler/philox.ts';
import { ThreadTurn } from '../thread-turn.ts';
import type { Attribute, Model } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import { tensor } from './tensor.ts';

const activationOperators = {
  relu: ['Relu', {}],
  'leaky-relu': ['LeakyRelu', { alpha: { float: 0.01 } }],
  elu: ['Elu', {}],
  tanh: ['Tanh', {}],
  sigmoid: ['Sigmoid', {}],
  gelu: ['Gelu', {}],
} as const satisfies Record<string, readonly [string, Readonly<Record<string, Attribute>>]>;

export type Activation = keyof typeof activationOperators;

/** Every activation that `multilayerPerceptron` knows. */
export const activations = Object.keys(activationOperators) as readonly Activation[];

/** How a state enters the first layer; both give the same values from the same parameters. */
export type Encoding = 'one-hot' | 'gather';

export interface MultilayerPerceptronOptions {
  readonly observation: ObservationSpec;
  /** Forward actions. */
  readonly actions: number;
  /** Backward actions of a learned P_B; null without one. */
  readonly backwardActions: number | null;
  /** Whether there is an output for log F(s). */
  readonly stateFlow: boolean;
  /** Widths of the hidden layers; none gives a linear model. */
  readonly hidden: readonly number[];
  readonly activation: Activation;
  /** Default: `gather` for an observation of size above 512 and of at least 16 times its width, else `one-hot`. */
  readonly encoding?: Encoding;
  /** An integer in [0, 2^53). */
  readonly seed: number;
}

/**
 * Gathering takes width · hidden numbers a row in memory, where the product takes size · hidden multiplications: it pays
 * only where few of many indices are set.
 */
const LARGEST_ONE_HOT = 512;
const LEAST_SIZE_PER_INDEX = 16;
/** Parameters of a model: 1 GiB, so that a file stays below protobuf's 2 GiB. */
const MOST_PARAMETERS = 2 ** 28;

function requireInteger(name: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new GfnError('ERR_ARGUMENT', `${name}: expected an integer from ${least} to ${most}, got ${value}`);
}

function requireOneOf(name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new GfnError('ERR_ARGUMENT', `${name}: expected one of ${allowed.join(', ')}, got ${value}`);
}

function check(options: MultilayerPerceptronOptions, encoding: Encoding, heads: readonly Head[]): void {
  const most = 2 ** 31 - 1;
  requireInteger('observation.size', options.observation.size, 1, most);
  requireInteger('observation.width', options.observation.width, 1, most);
  requireInteger('actions', options.actions, 1, most);
  if (options.backwardActions !== null) requireInteger('backwardActions', options.backwardActions, 1, most);
  options.hidden.forEach((width, index) => requireInteger(`hidden[${index}]`, width, 1, most));
  requireInteger('seed', options.seed, 0, Number.MAX_SAFE_INTEGER);
  requireOneOf('activation', options.activation, activations);
  requireOneOf('encoding', encoding, ['one-hot', 'gather']);

  let count = 0;
  let width = options.observation.size;
  for (const next of [...options.hidden, totalWidth(heads)]) {
    count += (width + 1) * next;
    width = next;
  }
  if (count > MOST_PARAMETERS) {
    throw new GfnError('ERR_TOO_LARGE', `hidden: expected at most ${MOST_PARAMETERS} parameters in all, got ${count}`);
  }
}

function defaultEncoding({ size, width }: ObservationSpec): Encoding {
  return size > LARGEST_ONE_HOT && size >= LEAST_SIZE_PER_INDEX * width ? 'gather' : 'one-hot';
}

interface Head {
  readonly name: string;
  readonly width: number;
}

function headsOf(options: MultilayerPerceptronOptions): readonly Head[] {
  return [
    { name: 'forward_logits', width: options.actions },
    ...(options.backwardActions === null ? [] : [{ name: 'backward_logits', width: options.backwardActions }]),
    ...(options.stateFlow ? [{ name: 'log_state_flow', width: 1 }] : []),
  ];
}

function totalWidth(heads: readonly Head[]): number {
  return heads.reduce((sum, head) => sum + head.width, 0);
}

/** Parameters drawn at a time. */
const DRAWN_AT_ONCE = 4096;

/** Uniform ±1/√fanIn as PyTorch's Linear; each element drawn by its number among all parameters of the model. */
class LinearInitializer {
  private readonly parameters: { readonly values: Float32Array; readonly bound: number }[] = [];

  constructor(private readonly builder: GraphBuilder) {}

  /** Names of a weight [inputs, outputs] and a bias [outputs]. */
  layer(name: string, inputs: number, outputs: number): { readonly weight: string; readonly bias: string } {
    const bound = 1 / Math.sqrt(inputs);
    return {
      weight: this.parameter(`${name}.weight`, [inputs, outputs], bound),
      bias: this.parameter(`${name}.bias`, [outputs], bound),
    };
  }

  private parameter(name: string, shape: readonly number[], bound: number): string {
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    this.parameters.push({ values, bound });
    return this.builder.initializer(name, { type: 'float32', shape, data: values });
  }

  /** Draws all parameters, some at a time. */
  *draw(seed: number): Generator<void, void, undefined> {
    const stream = new RandomStream(seed, Purpose.initialization);
    let drawn = 0;
    for (const { values, bound } of this.parameters) {
      for (let index = 0; index < values.length; index++) {
        values[index] = (2 * stream.uniform(drawn++, 0) - 1) * bound;
        if (drawn % DRAWN_AT_ONCE === 0) yield;
      }
    }
  }
}

interface Input {
  readonly value: string;
  readonly size: number;
  /** Indices themselves rather than the sum of their one-hots. */
  readonly indices: boolean;
}

/** Several inputs are laid side by side, or where indices are gathered, the layers of each are added up. */
function firstLayer(
  builder: GraphBuilder,
  initializer: LinearInitializer,
  inputs: readonly Input[],
  gathered: boolean,
  layer: { readonly name: string; readonly width: number; readonly outputs: number; readonly result: string },
): string {
  const { name, width, outputs, result } = layer;
  const { weight, bias } = initializer.layer(name, width, outputs);
  if (!gathered) {
    const values = inputs.map((input) => input.value);
    const joined = values.length === 1 ? values[0] : builder.op('Concat', values, { axis: 1 });
    return builder.op('Gemm', [joined, weight, bias], {}, result);
  }
  const sizes = builder.constant(
    tensor(
      'int64',
      [inputs.length],
      inputs.map(({ size }) => size),
    ),
  );
  const parts =
    inputs.length === 1
      ? [weight]
      : builder.ops(
          'Split',
          [weight, sizes],
          inputs.map((_, i) => `${name}.weight.${i}`),
          { axis: 0 },
        );
  const sum = inputs.reduce<string | null>((before, input, i) => {
    const term = input.indices
      ? gatheredSum(builder, parts[i], input.value)
      : builder.op('MatMul', [input.value, parts[i]]);
    return before === null ? term : builder.op('Add', [before, term]);
  }, null);
  return builder.op('Add', [sum!, bias], {}, result);
}

/** The rows of a weight that a state's indices name, added up. */
function gatheredSum(builder: GraphBuilder, weight: string, indices: string): string {
  const rows = builder.op('Gather', [weight, indices], { axis: 0 });
  const axes = builder.constant(tensor('int64', [1], [1]));
  return builder.op('ReduceSum', [rows, axes], { keepdims: 0 });
}

/**
 * A multilayer perceptron with one trunk for all heads: outputs `forward_logits` [rows, actions], `backward_logits`
 * [rows, backwardActions] and `log_state_flow` [rows, 1], the latter two where asked for. An input of indices is float32
 * [rows, size], the sum of their one-hots, or with encoding `gather` int64 [rows, width], the indices, whose rows of the
 * first weight are then added up; an input of numbers is float32 [rows, values].
 *
 * Throws ERR_ARGUMENT for sizes that are not positive integers or unknown names, ERR_TOO_LARGE for too many parameters.
 */
export function multilayerPerceptron(options: MultilayerPerceptronOptions): Model {
  const { model, initializer } = undrawnPerceptron(options);
  for (const draws = initializer.draw(options.seed); !draws.next().done;);
  return model;
}

/** The same, letting other work of the process run in between. */
export async function drawMultilayerPerceptron(options: MultilayerPerceptronOptions): Promise<Model> {
  const { model, initializer } = undrawnPerceptron(options);
  const turn = new ThreadTurn();
  for (const draws = initializer.draw(options.seed); !draws.next().done;) await turn.share();
  return model;
}

/** The model with zeros for parameters, and what draws them. */
function undrawnPerceptron(options: MultilayerPerceptronOptions): {
  readonly model: Model;
  readonly initializer: LinearInitializer;
} {
  const { observation, hidden } = options;
  const encoding = options.encoding ?? defaultEncoding(observation);
  const heads = headsOf(options);
  check(options, encoding, heads);

  const builder = new GraphBuilder('multilayer_perceptron');
  const gathered = encoding === 'gather';
  const inputs = observationInputs(observation).map((input): Input => {
    const indices = gathered && !('values' in input);
    const type = indices ? 'int64' : 'float32';
    const value = builder.input(input.name, type, ['rows', indices ? input.width : sizeOf(input)]);
    return { value, size: sizeOf(input), indices };
  });
  const initializer = new LinearInitializer(builder);
  const [activation, attributes] = activationOperators[options.activation];

  let value: string | null = null; // the inputs' own, before the first layer
  let width = observation.size;
  const linear = (name: string, outputs: number, result: string): string => {
    if (value === null) return firstLayer(builder, initializer, inputs, gathered, { name, width, outputs, result });
    const { weight, bias } = initializer.layer(name, width, outputs);
    return builder.op('Gemm', [value, weight, bias], {}, result);
  };
  hidden.forEach((outputs, index) => {
    const sum = linear(`trunk.${index}`, outputs, `trunk.${index}.linear`);
    value = builder.op(activation, [sum], attributes, `trunk.${index}.output`);
    width = outputs;
  });
  if (heads.length === 1) {
    linear('heads', heads[0].width, heads[0].name);
  } else {
    const joined = linear('heads', totalWidth(heads), 'heads.output');
    const widths = heads.map((head) => head.width);
    const sizes = builder.constant(tensor('int64', [widths.length], widths));
    builder.ops(
      'Split',
      [joined, sizes],
      heads.map((head) => head.name),
      { axis: 1 },
    );
  }
  for (const head of heads) builder.output(head.name);
  return { model: builder.build(), initializer };
}
