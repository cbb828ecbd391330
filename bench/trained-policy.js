import { differentiate } from '../dist/onnx/differentiate.js';
import { multilayerPerceptron } from '../dist/onnx/multilayer-perceptron.js';
import { makeEngine } from '../dist/trainer/make-engine.js';
import { onPolicy } from '../dist/trainer/off-policy.js';
import { resolveTrainerOptions, trainingOptions } from '../dist/trainer/trainer-options.js';

/** Steps after which trajectories are about as long as they stay. */
export const POLICY_STEPS = 500;

/**
 * A flow model to start from.
 * @typedef {object} Policy
 * @property {import('../dist/onnx/differentiated-model.js').DifferentiatedModel} model
 * @property {Float32Array} parameters
 * @property {number} logZ
 */

const objectivesWithStateFlow = ['detailed-balance', 'sub-trajectory-balance'];

/**
 * Trains a scenario's policy on the native path, all threads.
 * @param {import('./scenarios.js').Scenario} scenario
 * @returns {Promise<Policy>}
 */
export async function trainedPolicy({ environment, objective, learnBackward, batchSize, hidden }) {
  const options = resolveTrainerOptions({ environment, objective, learnBackward, batchSize, hidden, seed: 1 });
  const model = differentiate(
    multilayerPerceptron({
      observation: environment.observation,
      actions: environment.actions,
      backwardActions: learnBackward ? environment.backwardActions : null,
      stateFlow: objectivesWithStateFlow.includes(objective.name),
      hidden,
      activation: options.activation,
      seed: options.seed,
    }),
  );
  const { threads, memoryBytes } = options;
  const parameters = model.initialParameters;
  const engine = makeEngine('native', { environment, model, parameters, logZ: 0, threads, memoryBytes });
  try {
    await engine.train(trainingOptions(options, onPolicy), POLICY_STEPS, POLICY_STEPS, () => undefined);
    return { model, parameters: engine.parameters(), logZ: engine.logZ };
  } finally {
    engine.dispose();
  }
}
