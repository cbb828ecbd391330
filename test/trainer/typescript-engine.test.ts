import { describe, expect, test } from 'vitest';
import { bitSequence } from '../../src/env/bit-sequence.ts';
import { hypergrid } from '../../src/env/hypergrid.ts';
import type { StepReport, TrainingOptions } from '../../src/trainer/engine.ts';
import type { Schedule } from '../../src/trainer/schedule.ts';
import { differentiate } from '../../src/onnx/differentiate.ts';
import { multilayerPerceptron, type MultilayerPerceptronOptions } from '../../src/onnx/multilayer-perceptron.ts';
import { TypeScriptEngine } from '../../src/trainer/typescript-engine.ts';
import { LeapEnvironment } from '../sampler/leap-environment.ts';
import { cases, engineFor, l1Sum, objectives, trainingOptions } from './engine-set-up.ts';

const grid = hypergrid({ dimensions: 2, side: 5 });
const bits = bitSequence({ length: 4, wordBits: 1, modes: ['0101', '1110'] });
const [flowMatching, flowMatchingWithoutEpsilon, detailedBalance, trajectoryBalance] = objectives;
const sampling = { seed: 8, firstTrajectory: 0 };

describe.each(cases)('$name', ({ objective, learned }) => {
  test.each([
    ['one-hot', grid],
    ['gather', grid],
    ['one-hot', bits],
  ] as const)('the gradient is the slope of the loss (%s)', async (encoding, environment) => {
    const { offset, forwardAction } = await engineFor(environment).sampleForward(10, sampling);
    const options = trainingOptions(objective, { beta: 1.5 });
    const evaluate = (change?: (parameters: Float32Array) => void) =>
      engineFor(environment, { learned, encoding, change }).evaluateObjective(options, offset, forwardAction);
    const { gradient } = await evaluate();
    const norm = Math.hypot(...gradient);
    expect(norm).toBeGreaterThan(1e-3);
    for (let direction = 0; direction < 5; direction++) {
      const along = gradient.map((_, i) => Math.sin(1 + i * (direction + 1) + i * i * 0.1));
      const length = Math.hypot(...along);
      const slope = gradient.reduce((sum, g, i) => sum + (g * along[i]) / length, 0);
      const h = 0.02;
      const loss = async (step: number) =>
        (await evaluate((parameters) => along.forEach((a, i) => (parameters[i] += (step * a) / length)))).loss;
      const difference = ((await loss(h)) - (await loss(-h))) / (2 * h);
      // float32 activations and the third derivative leave about 1e-4 of the gradient.
      expect(Math.abs(difference - slope)).toBeLessThan(1.5e-3 * norm);
    }
  });

  test('a batch in parts gives the loss and gradient of the whole', async () => {
    const environment = hypergrid({ dimensions: 3, side: 4 });
    const sampled = await engineFor(environment).sampleForward(200, sampling);
    const options = trainingOptions(objective);
    const whole = engineFor(environment, { learned });
    const parted = engineFor(environment, { learned, memoryBytes: 22_000 });
    const expected = await whole.evaluateObjective(options, sampled.offset, sampled.forwardAction);
    const actual = await parted.evaluateObjective(options, sampled.offset, sampled.forwardAction);
    expect(actual.loss).toBeCloseTo(expected.loss, 10);
    expect(actual.gradientLogZ).toBeCloseTo(expected.gradientLogZ, 10);
    expect(actual.logPf).toEqual(expected.logPf);
    expect(actual.logPb).toEqual(expected.logPb);
    const largest = expected.gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
    expected.gradient.forEach((g, i) => expect(Math.abs(actual.gradient[i] - g)).toBeLessThan(1e-5 * largest));

    // The parts evaluate shared states once each, so that their rows tell that there were several.
    const rowsOf = async (engine: typeof whole) => {
      const reports: StepReport[] = [];
      await engine.train({ ...options, batchSize: 200 }, 1, 1, (report) => reports.push(report));
      return reports[0].rows;
    };
    expect(await rowsOf(parted)).toBeGreaterThan(1.5 * (await rowsOf(whole)));
  });

  test('training brings the exact distribution to the target', async () => {
    const engine = engineFor(hypergrid({ dimensions: 2, side: 8 }), { learned, hidden: [64], logZ: 0 });
    const before = l1Sum(await engine.exactDistribution(200));
    const learningRate = { kind: 'linear', start: 2e-2, end: 1e-3, steps: 500 } as const;
    await engine.train(trainingOptions(objective, { learningRate, exploration: 0.1 }), 500, 500, () => undefined);
    const after = l1Sum(await engine.exactDistribution(200));
    expect(before).toBeGreaterThan(0.9);
    expect(after).toBeLessThan(0.5 * before);
  });
});

test('β = 2 gives the distribution proportional to R²', async () => {
  const engine = engineFor(grid, { hidden: [32] });
  await engine.train(trainingOptions(detailedBalance, { beta: 2, learningRate: 2e-2 }), 600, 600, () => undefined);
  const distribution = await engine.exactDistribution(100);
  expect(l1Sum(distribution, 2)).toBeLessThan(0.1);
  expect(l1Sum(distribution, 1)).toBeGreaterThan(0.2);
});

test('reports count steps and visits over several calls, every so many steps and at the end', async () => {
  const engine = engineFor(grid);
  const reports: StepReport[] = [];
  const options = trainingOptions(trajectoryBalance, { clip: 1 });
  const { logZ } = engine;
  await engine.train(options, 5, 2, (report) => reports.push(report));
  await engine.train(options, 1, 100, (report) => reports.push(report));
  expect(reports.map(({ step }) => step)).toEqual([2, 4, 5, 6]);
  expect(reports.map(({ visits }) => visits)).toEqual([32, 64, 80, 96]);
  expect([engine.step, engine.visits]).toEqual([6, 96]);
  expect(engine.logZ).not.toBe(logZ);
  for (const { loss, meanLength, meanLogReward, gradientNorm, rows } of reports) {
    expect(loss).toBeGreaterThan(0);
    expect(meanLength).toBeGreaterThanOrEqual(1);
    expect(meanLength).toBeLessThanOrEqual(9);
    expect(meanLogReward).toBeGreaterThanOrEqual(Math.log(0.1) - 1e-9);
    expect(gradientNorm).toBeGreaterThan(0);
    expect(rows).toBeLessThanOrEqual(25);
  }
});

test('two calls of train are one of both their steps', async () => {
  const once = engineFor(grid);
  const twice = engineFor(grid);
  const schedule = { kind: 'linear', start: 1e-2, end: 1e-3, steps: 10 } as const;
  const options = trainingOptions(trajectoryBalance, { learningRate: schedule, exploration: 0.1, weightDecay: 0.01 });
  await once.train(options, 8, 8, () => undefined);
  await twice.train(options, 3, 8, () => undefined);
  await twice.sampleForward(7, sampling);
  await twice.train(options, 5, 8, () => undefined);
  expect(twice.parameters()).toEqual(once.parameters());
  expect(twice.logZ).toBe(once.logZ);
});

test.each([
  ['temperature', 1, 0.3],
  ['exploration', 0, 0.8],
  ['learningRate', 1e-2, 1e-3],
  ['learningRateLogZ', 0.1, 0.5],
] as const)('%s follows its schedule, whose first step is step 0', async (name, start, end) => {
  const scheduled = engineFor(grid);
  const byHand = engineFor(grid);
  const constant = engineFor(grid);
  const train = (engine: typeof scheduled, value: Schedule, steps: number) =>
    engine.train(trainingOptions(trajectoryBalance, { [name]: value }), steps, 1, () => undefined);
  await train(scheduled, { kind: 'linear', start, end, steps: 1 }, 2);
  await train(byHand, start, 1);
  await train(byHand, end, 1);
  await train(constant, start, 2);
  expect(scheduled.parameters()).toEqual(byHand.parameters());
  expect(scheduled.logZ).toBe(byHand.logZ);
  expect([...scheduled.parameters(), scheduled.logZ]).not.toEqual([...constant.parameters(), constant.logZ]);
});

test('weight decay and clipping reach the optimiser, and the reported norm is that before clipping', async () => {
  const reports: StepReport[] = [];
  const parametersAfter = async (changes: Partial<TrainingOptions>) => {
    const engine = engineFor(grid);
    const options = trainingOptions(trajectoryBalance, { learningRate: 0.01, ...changes });
    await engine.train(options, 1, 1, (report) => reports.push(report));
    return engine.parameters();
  };
  const initial = engineFor(grid).parameters();
  const plain = await parametersAfter({});
  const decayed = await parametersAfter({ weightDecay: 0.5 });
  const clipped = await parametersAfter({ clip: 1e-9 });
  const largestStep = (after: Float32Array) => Math.max(...after.map((p, i) => Math.abs(p - initial[i])));
  initial.forEach((p, i) => expect(plain[i] - decayed[i]).toBeCloseTo(0.01 * 0.5 * p, 6));
  expect(largestStep(plain)).toBeGreaterThan(0.009);
  expect(largestStep(clipped)).toBeLessThan(0.001); // gradients far below Adam's ε
  expect(reports[2].gradientNorm).toBe(reports[0].gradientNorm);
  expect(reports[2].gradientNorm).toBeGreaterThan(1e-3);
});

test('sampled terminal states have their exact probability', async () => {
  const engine = engineFor(grid, { learned: true });
  const { count, terminalState, probability } = await engine.exactDistribution(50);
  expect(count).toBe(25);
  expect(probability.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  const number = new Map(Array.from({ length: count }, (_, i) => [terminalState.slice(i * 3, i * 3 + 3).join(), i]));
  const n = 20_000;
  const sampled = await engine.sampleForward(n, sampling);
  const frequency = new Float64Array(count);
  for (let b = 0; b < n; b++) frequency[number.get(sampled.terminalState.slice(b * 3, b * 3 + 3).join())!] += 1;
  // Pearson's statistic with 24 degrees of freedom exceeds 52 once in a thousand seeds.
  const statistic = probability.reduce((sum, p, i) => sum + (frequency[i] - n * p) ** 2 / (n * p), 0);
  expect(statistic).toBeLessThan(52);

  // E over trajectories of P_B / P_F, restricted to x, is 1: log-probabilities are those of the drawn policy.
  let evidence = 0;
  for (let b = 0; b < n; b++) evidence += Math.exp(sampled.logPb[b] - sampled.logPf[b]) / n;
  expect(Math.abs(evidence - count)).toBeLessThan(2);
});

test('sampling depends on seed and trajectory number only', async () => {
  const engine = engineFor(grid);
  const all = await engine.sampleForward(1500, { seed: 3, firstTrajectory: 100 });
  const some = await engine.sampleForward(20, { seed: 3, firstTrajectory: 1500 });
  const other = await engine.sampleForward(20, { seed: 4, firstTrajectory: 1500 });
  const begin = all.offset[1400];
  expect(some.forwardAction).toEqual(all.forwardAction.slice(begin, all.offset[1420]));
  expect(other.forwardAction).not.toEqual(some.forwardAction);
  const parted = await engineFor(grid, { memoryBytes: 22_000 }).sampleForward(1500, { seed: 3, firstTrajectory: 100 });
  expect(parted.forwardAction).toEqual(all.forwardAction);
});

test('backward samples end in the given states, and estimate their probability', async () => {
  const engine = engineFor(bits, { learned: true });
  const exact = await engine.exactDistribution(200);
  const x = 5;
  const n = 5000;
  const target = exact.terminalState.slice(x * bits.stateSize, (x + 1) * bits.stateSize);
  const states = new Int32Array(n * bits.stateSize);
  for (let b = 0; b < n; b++) states.set(target, b * bits.stateSize);
  const { count, terminalState, logPf, logPb, logReward } = await engine.sampleBackward(states, sampling);
  expect(count).toBe(n);
  expect(terminalState).toEqual(states);
  expect(logReward.every((value) => value === bits.logReward(target))).toBe(true);
  let estimate = 0;
  for (let b = 0; b < n; b++) estimate += Math.exp(logPf[b] - logPb[b]) / n;
  expect(Math.abs(estimate / exact.probability[x] - 1)).toBeLessThan(0.03);
});

test('exact distribution of a graph whose paths have different lengths', async () => {
  const environment = new LeapEnvironment(9);
  const engine = engineFor(environment);
  const { terminalState, probability, logReward, count } = await engine.exactDistribution(100);
  expect(count).toBe(10);
  // In the order of discovery: two steps come before one.
  const order = [0, 2, 1, 4, 3, 6, 5, 8, 7, 9];
  expect(terminalState).toEqual(Int32Array.from(order.flatMap((position) => [position, 1])));
  expect([...logReward]).toEqual(order.map((position) => Math.log(position + 1)));
  // By the sum over all trajectories that end there.
  const paths = (position: number): number[][] =>
    position < 0
      ? []
      : position === 0
        ? [[]]
        : [1, 2].flatMap((step) => paths(position - step).map((path) => [...path, 2 - step]));
  for (const x of [3, 7]) {
    const all = paths(x).map((path) => [...path, 2]);
    const offset = Int32Array.from([0, ...all.map((_, i) => all.slice(0, i + 1).flat().length)]);
    const options = trainingOptions(trajectoryBalance);
    const { logPf } = await engine.evaluateObjective(options, offset, Int32Array.from(all.flat()));
    const total = all.reduce(
      (sum, _, b) => sum + Math.exp(logPf.slice(offset[b], offset[b + 1]).reduce((a, c) => a + c)),
      0,
    );
    expect(total).toBeCloseTo(probability[order.indexOf(x)], 12);
  }
});

test('the exact distribution does not depend on how many states are evaluated at a time', async () => {
  const environment = hypergrid({ dimensions: 2, side: 24 }); // 576 live states: more than one call
  const large = await engineFor(environment).exactDistribution(2000);
  const small = await engineFor(environment, { memoryBytes: 30_000 }).exactDistribution(2000);
  expect(small.terminalState).toEqual(large.terminalState);
  small.probability.forEach((p, i) =>
    expect(Math.abs(p - large.probability[i])).toBeLessThan(1e-6 * large.probability[i]),
  );
  expect(large.probability.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
});

test('the initial flow is the logsumexp of the logits, and log F of the initial state', async () => {
  const engine = engineFor(grid);
  const { logStateFlow, logSumExp } = await engine.initialFlow();
  const reportOf = async (objective: typeof flowMatching) => {
    const reports: StepReport[] = [];
    await engineFor(grid).train(trainingOptions(objective), 1, 1, (report) => reports.push(report));
    return reports[0];
  };
  expect((await reportOf(flowMatching)).logZ).toBeCloseTo(logSumExp, 6);
  expect((await reportOf(detailedBalance)).logZ).toBeCloseTo(logStateFlow!, 6);
  expect((await reportOf(trajectoryBalance)).logZ).toBe(0.5);
});

describe('calls', () => {
  const options = trainingOptions(trajectoryBalance);

  test('are served between the steps of train', async () => {
    const engine = engineFor(grid);
    let steps = 0;
    const training = engine.train(options, 1_000_000, 1, ({ step }) => (steps = step));
    const { count } = await engine.sampleForward(5, sampling);
    expect(count).toBe(5);
    await new Promise((resolve) => setTimeout(resolve, 20));
    engine.stop();
    await training;
    expect(steps).toBe(engine.step);
    expect(steps).toBeGreaterThan(0);
    expect(steps).toBeLessThan(1_000_000);
  });

  test('of train exclude each other', async () => {
    const engine = engineFor(grid);
    const training = engine.train(options, 3, 1, () => undefined);
    await expect(engine.train(options, 3, 1, () => undefined)).rejects.toMatchObject({ code: 'ERR_BUSY' });
    await training;
    await engine.train(options, 1, 1, () => undefined);
    expect(engine.step).toBe(4);
  });

  test('end with dispose', async () => {
    const engine = engineFor(grid);
    const training = engine.train(options, 1_000_000, 1, () => {
      engine.dispose();
    });
    await training;
    expect(engine.step).toBe(1);
    await expect(engine.sampleForward(1, sampling)).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    await expect(engine.train(options, 1, 1, () => undefined)).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    expect(() => engine.parameters()).toThrow(expect.objectContaining({ code: 'ERR_DISPOSED' }));
  });

  test('of sampling can be aborted', async () => {
    const engine = engineFor(grid);
    const controller = new AbortController();
    const sampled = engine.sampleForward(1e8, { ...sampling, signal: controller.signal });
    setImmediate(() => controller.abort(new Error('enough')));
    await expect(sampled).rejects.toThrow('enough');
    expect((await engine.sampleForward(1, sampling)).count).toBe(1);
  });
});

describe('errors leave the parameters as they were', () => {
  const broken = (reward: (position: number) => number) => new LeapEnvironment(4, reward);

  test.each([
    ['NaN', () => NaN],
    ['Infinity', () => Infinity],
    ['-Infinity', () => 0],
  ])('a log-reward of %s is refused, naming the object', async (value, reward) => {
    const engine = engineFor(broken((position) => (position === 2 ? reward() : 1)));
    const before = engine.parameters();
    const training = engine.train(trainingOptions(trajectoryBalance, { batchSize: 64 }), 1, 1, () => undefined);
    await expect(training).rejects.toMatchObject({ code: 'ERR_REWARD' });
    await expect(training).rejects.toThrow(`got ${value} for 2 of leap`);
    expect(engine.parameters()).toEqual(before);
    expect(engine.step).toBe(0);
  });

  test('a reward of zero is legal for flow matching with ε', async () => {
    const engine = engineFor(broken((position) => (position === 2 ? 0 : 1)));
    await engine.train(trainingOptions(flowMatching, { batchSize: 64 }), 300, 1, () => undefined);
    const { probability, logReward } = await engine.exactDistribution(100);
    expect(probability[logReward.indexOf(-Infinity)]).toBeLessThan(0.02);
    const withoutEpsilon = trainingOptions(flowMatchingWithoutEpsilon, { batchSize: 64 });
    const untrained = engineFor(broken((position) => (position === 2 ? 0 : 1)));
    await expect(untrained.train(withoutEpsilon, 1, 1, () => undefined)).rejects.toMatchObject({ code: 'ERR_REWARD' });
  });

  test('a loss that is not finite', async () => {
    const engine = engineFor(grid, { change: (parameters) => (parameters[3] = NaN) });
    const before = engine.parameters();
    const training = engine.train(trainingOptions(trajectoryBalance), 1, 1, () => undefined);
    await expect(training).rejects.toMatchObject({ code: 'ERR_DIVERGED' });
    expect(engine.parameters()).toEqual(before);
  });

  test('a gradient that is not finite though the loss is', async () => {
    const engine = engineFor(grid, { logZ: 1e60 });
    const before = engine.parameters();
    const training = engine.train(trainingOptions(trajectoryBalance), 1, 1, () => undefined);
    await expect(training).rejects.toMatchObject({ code: 'ERR_DIVERGED' });
    await expect(training).rejects.toThrow(/got loss \d/);
    expect(engine.parameters()).toEqual(before);
  });

  test('a trajectory that does not fit in memory', async () => {
    const engine = engineFor(grid, { memoryBytes: 1000 });
    const training = engine.train(trainingOptions(trajectoryBalance), 1, 1, () => undefined);
    await expect(training).rejects.toMatchObject({ code: 'ERR_TOO_LARGE' });
  });

  test('more states than may be enumerated, also after an enumeration', async () => {
    const engine = engineFor(grid);
    const refusal = { code: 'ERR_NOT_ENUMERABLE' };
    await expect(engine.exactDistribution(49)).rejects.toMatchObject(refusal);
    expect((await engine.exactDistribution(50)).count).toBe(25);
    await expect(engine.exactDistribution(49)).rejects.toThrow(
      'at most 49 states to enumerate, got more for hypergrid',
    );
  });

  test('an objective that does not fit the model, or trajectories that do not fit', async () => {
    const engine = engineFor(grid, { learned: true });
    const refusal = { code: 'ERR_ARGUMENT' };
    await expect(engine.train(trainingOptions(flowMatching), 1, 1, () => undefined)).rejects.toMatchObject(refusal);
    const evaluate = (offset: number[], actions: number[]) =>
      engine.evaluateObjective(trainingOptions(trajectoryBalance), Int32Array.from(offset), Int32Array.from(actions));
    await expect(evaluate([0, 2], [0, 2, 1])).rejects.toMatchObject(refusal);
    await expect(evaluate([1, 2], [0, 2])).rejects.toMatchObject(refusal);
    await expect(evaluate([0, 3], [0, 2, 1])).rejects.toThrow('expected 2 actions up to the terminal state');
    await expect(evaluate([0, 2], [0, 9])).rejects.toMatchObject(refusal);
    await expect(engine.sampleBackward(Int32Array.of(1, 1, 0), sampling)).rejects.toThrow('expected terminal states');
  });

  test('a model of another environment', () => {
    const { observation, actions } = grid;
    const create = (changes: Partial<MultilayerPerceptronOptions>) => {
      const given = { observation, actions, backwardActions: null, stateFlow: false, hidden: [4], seed: 1 };
      const perceptron = multilayerPerceptron({ ...given, activation: 'relu', ...changes });
      const model = differentiate(perceptron);
      const parameters = model.initialParameters;
      return new TypeScriptEngine({ environment: grid, model, parameters, logZ: 0, threads: 1, memoryBytes: 1e9 });
    };
    expect(create({}).step).toBe(0);
    const refusal: unknown = expect.objectContaining({ code: 'ERR_MODEL_ENVIRONMENT' });
    expect(() => create({ actions: actions + 1 })).toThrow(refusal);
    expect(() => create({ backwardActions: 7 })).toThrow(refusal);
    expect(() => create({ observation: { width: 2, size: 11 } })).toThrow(refusal);
    expect(() => create({ observation: { width: 3, size: 10 }, encoding: 'gather' })).toThrow(refusal);
    expect(create({ encoding: 'gather' }).step).toBe(0);
  });
});
