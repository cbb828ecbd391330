import { expect, test } from 'vitest';
import type { Environment } from '../../src/env/environment.ts';
import { bitSequence } from '../../src/env/bit-sequence.ts';
import { hypergrid } from '../../src/env/hypergrid.ts';
import { BatchTotals } from '../../src/objective/batch-totals.ts';
import { ObjectiveEvaluator } from '../../src/objective/objective-evaluator.ts';
import type { Objective } from '../../src/objective/objective.ts';
import { BehaviourPolicy } from '../../src/sampler/action-source.ts';
import { ForwardSampler } from '../../src/sampler/forward-sampler.ts';
import { ParentListBuilder } from '../../src/sampler/parent-list-builder.ts';
import { Purpose, RandomStream } from '../../src/sampler/philox.ts';
import { StateRows } from '../../src/sampler/state-rows.ts';
import { LeapEnvironment } from '../sampler/leap-environment.ts';
import { hashedNumbers, TabularModel, type TabularOutputs } from '../sampler/tabular-model.ts';

const BETA = 1.7;
const regressionLoss = { kind: 'squared' } as const;
const weightings = [
  'geometric-within',
  'geometric',
  'equal-within',
  'equal',
  'trajectory-balance',
  'detailed-balance',
  'modified-detailed-balance',
] as const;
const objectives: readonly Objective[] = [
  { name: 'trajectory-balance', regressionLoss },
  { name: 'vargrad', regressionLoss },
  { name: 'detailed-balance', leafCoefficient: 5, regressionLoss },
  ...weightings.map(
    (weighting) => ({ name: 'sub-trajectory-balance', lambda: 0.9, weighting, regressionLoss }) as const,
  ),
  { name: 'flow-matching', flowEpsilon: 0, leafCoefficient: 10, weighting: 'balanced', regressionLoss },
  { name: 'flow-matching', flowEpsilon: 1e-6, leafCoefficient: 1, weighting: 'mean', regressionLoss },
];
const environments = [
  hypergrid({ dimensions: 2, side: 4 }),
  new LeapEnvironment(5),
  bitSequence({ length: 3, wordBits: 1, modes: ['010'] }),
];

/** The exact flow for a backward policy: uniform, or softmax of logits that look random. */
function perfectFlow(environment: Environment, learnedBackward: boolean): { model: TabularModel; logZ: number } {
  const { actions, backwardActions, observation } = environment;
  const table = new Map<string, TabularOutputs>();
  const name = (state: Int32Array) => {
    const indices = new Int32Array(observation.width);
    environment.observe(state, indices);
    return indices.join(',');
  };
  const backwardLogits = (state: Int32Array) =>
    hashedNumbers(`${name(state)} backward`, backwardActions).map(Math.fround);
  const logPb = (state: Int32Array, backward: number) => {
    const logits = backwardLogits(state).map((logit) => (learnedBackward ? logit : 0));
    const total = logits.reduce(
      (sum, logit, i) => sum + (environment.backwardAllowed(state, i) ? Math.exp(logit) : 0),
      0,
    );
    return logits[backward] - Math.log(total);
  };
  const logFlow = (state: Int32Array): number => {
    if (environment.isTerminal(state)) {
      table.set(name(state), {
        forwardLogits: new Array<number>(actions).fill(0),
        backwardLogits: backwardLogits(state),
      });
      return BETA * environment.logReward(state);
    }
    const forwardLogits = Array.from({ length: actions }, (_, action) => {
      if (!environment.allowed(state, action)) return 50;
      const child = state.slice();
      const backward = environment.apply(child, action);
      return logFlow(child) + logPb(child, backward);
    });
    const total = forwardLogits.reduce(
      (sum, logit, action) => sum + (environment.allowed(state, action) ? Math.exp(logit) : 0),
      0,
    );
    const logStateFlow = Math.log(total);
    table.set(name(state), { forwardLogits, backwardLogits: backwardLogits(state), logStateFlow });
    return logStateFlow;
  };
  const initial = new Int32Array(environment.stateSize);
  environment.initial(initial);
  const logZ = logFlow(initial);
  return { model: new TabularModel(actions, backwardActions, learnedBackward, (name) => table.get(name)!), logZ };
}

for (const environment of environments) {
  for (const learned of [false, true]) {
    for (const objective of objectives) {
      if (objective.name === 'flow-matching' && learned) continue;
      const weighting = 'weighting' in objective ? ` ${objective.weighting}` : '';
      test(`${environment.name}, learned P_B ${learned}: ${objective.name}${weighting} is zero at the perfect flow`, () => {
        const { actions, backwardActions } = environment;
        const { model, logZ } = perfectFlow(environment, learned);
        const rows = new StateRows(environment, model);
        const sampler = new ForwardSampler(rows);
        const policy = new BehaviourPolicy(actions, new RandomStream(9, Purpose.training));
        policy.exploration = 0.5;
        const parents = new ParentListBuilder(rows);
        const evaluator = new ObjectiveEvaluator(actions, backwardActions);
        const { batch } = sampler;
        sampler.sample(25, policy);
        if (objective.name === 'flow-matching') {
          parents.build(batch, batch.state);
          batch.parents = parents;
        }
        const gradients = {
          forwardLogits: new Float32Array(batch.rows * actions).fill(99),
          backwardLogits: learned ? new Float32Array(batch.rows * backwardActions).fill(99) : null,
          logStateFlow: new Float32Array(batch.rows).fill(99),
        };
        const evaluate = (parameterLogZ: number) => {
          const totals = new BatchTotals();
          evaluator.prepare(batch, model, BETA, parameterLogZ);
          evaluator.addTo(totals, batch);
          const { value } = evaluator.evaluate(objective, batch, model, totals, gradients);
          return { value, logZ: evaluator.logZ(objective, totals) };
        };
        // The tables are float32: residuals of a few times 6e-8 each.
        const perfect = evaluate(logZ);
        expect(perfect.value).toBeLessThan(1e-10);
        expect(Math.abs(perfect.logZ - logZ)).toBeLessThan(1e-5);
        for (const gradient of Object.values(gradients)) {
          for (const entry of gradient ?? []) expect(Math.abs(entry)).toBeLessThan(1e-4);
        }
        // Another exponent of the reward: the same check must fail.
        const totals = new BatchTotals();
        evaluator.prepare(batch, model, 0.8, logZ);
        totals.add(evaluator.terms);
        expect(evaluator.evaluate(objective, batch, model, totals, gradients).value).toBeGreaterThan(1e-3);
      });
    }
  }
}
