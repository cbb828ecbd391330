import { describe, expect, it } from 'vitest';
import { hypergrid } from '../../src/index.ts';
import { ObjectiveEvaluator } from '../../src/objective/objective-evaluator.ts';
import { differentiate } from '../../src/onnx/differentiate.ts';
import { multilayerPerceptron } from '../../src/onnx/multilayer-perceptron.ts';
import { ForwardSampler } from '../../src/sampler/forward-sampler.ts';
import { StateRows } from '../../src/sampler/state-rows.ts';
import { InterpretedModel } from '../../src/trainer/interpreted-model.ts';
import { searchLocally } from '../../src/trainer/local-search.ts';
import { localSearchOption, type LocalSearchOptions } from '../../src/trainer/off-policy.ts';
import { TrajectorySampler } from '../../src/trainer/trajectory-sampler.ts';

const SIDE = 4;
const TRAJECTORIES = 2500;
const environment = hypergrid({ dimensions: 2, side: SIDE });

function untrainedSampler(): TrajectorySampler {
  const { observation, actions, backwardActions } = environment;
  const sizes = { observation, actions, backwardActions, stateFlow: false, hidden: [8] };
  const differentiated = differentiate(multilayerPerceptron({ ...sizes, activation: 'tanh', seed: 4 }));
  // Far from uniform, so that the policies matter.
  const parameters = differentiated.initialParameters.map((value) => 2 * value);
  const model = new InterpretedModel(differentiated, environment, parameters);
  const rows = new StateRows(environment, model);
  const evaluator = new ObjectiveEvaluator(actions, backwardActions);
  return new TrajectorySampler(rows, model, new ForwardSampler(rows), evaluator, () => undefined);
}

const rewards = Float64Array.from({ length: SIDE ** 2 }, (_, i) =>
  Math.exp(environment.logReward(Int32Array.of(Math.floor(i / SIDE), i % SIDE, 1))),
);

/** How often searches end in each cell, [SIDE²]. */
async function ends(options: Omit<LocalSearchOptions, 'trajectories'>, beta: number): Promise<Float64Array> {
  const search = localSearchOption('localSearch', { trajectories: TRAJECTORIES, ...options });
  const drawn = { seed: 3, firstTrajectory: 0, beta, exploration: 0, temperature: 1 };
  const request = { options: search, environment, conditions: new Int32Array(0), ...drawn };
  const score = (trajectories: { logReward: Float64Array }): Promise<Float64Array> =>
    Promise.resolve(trajectories.logReward);
  const { accepted } = await searchLocally(untrainedSampler(), request, score);
  const share = new Float64Array(SIDE ** 2);
  for (const { actions } of accepted) {
    const [x, y] = [0, 1].map((dimension) => actions.filter((action) => action === dimension).length);
    share[SIDE * x + y] += 1 / TRAJECTORIES;
  }
  return share;
}

/** Σ |p̂ − R^β / Z| over the cells that searches end in. */
async function distance(options: Omit<LocalSearchOptions, 'trajectories'>, beta: number): Promise<number> {
  const share = await ends(options, beta);
  const z = rewards.reduce((sum, reward) => sum + reward ** beta, 0);
  return share.reduce((sum, p, i) => sum + Math.abs(p - rewards[i] ** beta / z), 0);
}

describe.each([1, 2])('local search at β = %d', (beta) => {
  it.each(['metropolis', 'barker'] as const)('%s leaves R^β / Z invariant and gets there', async (acceptance) => {
    expect(await distance({ rounds: 1, acceptance }, beta)).toBeGreaterThan(0.25);
    expect(await distance({ rounds: 120, acceptance, backRatio: 0.9 }, beta)).toBeLessThan(0.12);
  });

  it('greedy ends in the best cells', async () => {
    const share = await ends({ rounds: 60, acceptance: 'greedy', backRatio: 1 }, beta);
    const best = Math.max(...rewards);
    expect(share.reduce((sum, p, i) => (rewards[i] > best - 1e-9 ? sum + p : sum), 0)).toBeGreaterThan(0.9);
  });
});
