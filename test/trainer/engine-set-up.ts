import type { Environment } from '../../src/env/environment.ts';
import type { Objective } from '../../src/objective/objective.ts';
import { differentiate } from '../../src/onnx/differentiate.ts';
import { multilayerPerceptron } from '../../src/onnx/multilayer-perceptron.ts';
import { onPolicy } from '../../src/trainer/off-policy.ts';
import type { ExactDistribution, TrainingOptions } from '../../src/trainer/engine.ts';
import { TypeScriptEngine } from '../../src/trainer/typescript-engine.ts';

const regressionLoss = { kind: 'squared' } as const;

/** One of each, and sub-trajectory balance in both its kinds of weighting. */
export const objectives: readonly Objective[] = [
  { name: 'flow-matching', flowEpsilon: 1e-3, leafCoefficient: 2, weighting: 'mean', regressionLoss },
  { name: 'flow-matching', flowEpsilon: 0, leafCoefficient: 1, weighting: 'balanced', regressionLoss },
  { name: 'detailed-balance', leafCoefficient: 1, regressionLoss },
  { name: 'trajectory-balance', regressionLoss },
  { name: 'vargrad', regressionLoss },
  { name: 'sub-trajectory-balance', lambda: 0.9, weighting: 'geometric-within', regressionLoss },
  { name: 'sub-trajectory-balance', lambda: 0.9, weighting: 'geometric', regressionLoss },
];

/** Every objective with uniform P_B, and with a learned one where it may be learned. */
export const cases = objectives.flatMap((objective) =>
  [false, true]
    .filter((learned) => !(learned && objective.name === 'flow-matching'))
    .map((learned) => {
      const weighting = 'weighting' in objective ? ` ${objective.weighting}` : '';
      return { objective, learned, name: `${objective.name}${weighting}, ${learned ? 'learned' : 'uniform'} P_B` };
    }),
);

export interface SetUp {
  readonly learned?: boolean;
  readonly hidden?: readonly number[];
  readonly encoding?: 'one-hot' | 'gather';
  readonly memoryBytes?: number;
  readonly logZ?: number;
  /** Changes the initial parameters in place. */
  readonly change?: (parameters: Float32Array) => void;
}

export function engineFor(environment: Environment, setUp: SetUp = {}): TypeScriptEngine {
  const { learned = false, hidden = [16], encoding, memoryBytes = 1e9, logZ = 0.5, change } = setUp;
  const { observation, actions, backwardActions } = environment;
  const perceptron = multilayerPerceptron({
    observation,
    actions,
    backwardActions: learned ? backwardActions : null,
    stateFlow: true,
    hidden,
    activation: 'tanh',
    encoding,
    seed: 4,
  });
  const model = differentiate(perceptron);
  const parameters = model.initialParameters.slice();
  change?.(parameters);
  return new TypeScriptEngine({ environment, model, parameters, logZ, threads: 1, memoryBytes });
}

export function trainingOptions(objective: Objective, changes: Partial<TrainingOptions> = {}): TrainingOptions {
  return {
    objective,
    batchSize: 16,
    seed: 1,
    beta: 1,
    exploration: 0,
    temperature: 1,
    learningRate: 5e-3,
    learningRateLogZ: 0.1,
    weightDecay: 0,
    clip: 0,
    offPolicy: onPolicy,
    trajectoriesPerCondition: 1,
    ...changes,
  };
}

/** Σ |p_θ(x) − R(x)^β / Z|. */
export function l1Sum({ logReward, probability }: ExactDistribution, beta = 1): number {
  const target = logReward.map((value) => Math.exp(beta * value));
  const total = target.reduce((a, b) => a + b);
  return probability.reduce((sum, p, i) => sum + Math.abs(p - target[i] / total), 0);
}
