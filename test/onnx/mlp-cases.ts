import { activations, multilayerPerceptron, type Encoding } from '../../src/onnx/multilayer-perceptron.ts';
import type { Model } from '../../src/onnx/graph.ts';

export interface PerceptronCase {
  readonly name: string;
  readonly model: Model;
}

const base = { observation: { width: 2, size: 4 }, actions: 3, hidden: [5, 4], activation: 'tanh', seed: 7 } as const;

function heads(): PerceptronCase[] {
  return (['one-hot', 'gather'] satisfies Encoding[]).flatMap((encoding) =>
    [null, 2].flatMap((backwardActions) =>
      [false, true].flatMap((stateFlow) =>
        [[], [5], [5, 4]].map((hidden) => ({
          name: `${encoding}, backward ${backwardActions}, state flow ${stateFlow}, hidden ${hidden.join(' ') || 'none'}`,
          model: multilayerPerceptron({ ...base, encoding, backwardActions, stateFlow, hidden }),
        })),
      ),
    ),
  );
}

/** A perceptron of every kind: both encodings, all heads, no, one and two hidden layers, all activations. */
export const perceptronCases: readonly PerceptronCase[] = [
  ...heads(),
  ...activations.map((activation) => ({
    name: `activation ${activation}`,
    model: multilayerPerceptron({ ...base, activation, backwardActions: 2, stateFlow: true }),
  })),
];
