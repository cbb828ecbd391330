import { describe, expect, test } from 'vitest';
import { hypergrid } from '../../src/env/hypergrid.ts';
import { differentiate } from '../../src/onnx/differentiate.ts';
import { multilayerPerceptron } from '../../src/onnx/multilayer-perceptron.ts';
import type { Engine, StepReport } from '../../src/trainer/engine.ts';
import { makeEngine } from '../../src/trainer/make-engine.ts';
import type { Backend } from '../../src/trainer/trainer-options.ts';
import { objectives, trainingOptions } from './engine-set-up.ts';

const environment = hypergrid({ dimensions: 2, side: 5 });
const options = trainingOptions(objectives[3], { batchSize: 8 });
const model = differentiate(
  multilayerPerceptron({
    observation: environment.observation,
    actions: environment.actions,
    backwardActions: null,
    stateFlow: true,
    hidden: [8],
    activation: 'tanh',
    seed: 4,
  }),
);

function engineOf(backend: Backend): Engine {
  const parameters = model.initialParameters;
  return makeEngine(backend, { environment, model, parameters, logZ: 0.5, threads: 1, memoryBytes: 1e9 });
}

async function steps(engine: Engine, count: number): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  await engine.train(options, count, 1, (report) => reports.push(report));
  return reports;
}

describe.each(['native', 'typescript'] as const)('%s', (backend) => {
  test('states are copies with everything in them', async () => {
    const engine = engineOf(backend);
    const before = await engine.state();
    expect([before.step, before.visits]).toEqual([0, 0]);
    expect(before.sections.parameters).toEqual(model.initialParameters);
    expect(before.sections['adam.mean']).toEqual(new Float32Array(model.parameterCount));
    expect(before.sections.logZ).toEqual(Float64Array.of(0.5, 0, 0));
    await steps(engine, 3);
    const after = await engine.state();
    expect([after.step, after.visits]).toEqual([3, 24]);
    expect(after.sections.parameters).toEqual(engine.parameters());
    expect(after.sections.logZ[0]).toBe(engine.logZ);
    expect(before.sections.parameters).toEqual(model.initialParameters);
    expect((after.sections['adam.square'] as Float32Array).some((value) => value > 0)).toBe(true);
    engine.dispose();
  });

  test('moments too small to matter are zero, not numbers that slow a processor down', async () => {
    const engine = engineOf(backend);
    const state = await engine.state();
    const tiny = new Float32Array(model.parameterCount).fill(1e-37);
    await engine.restore({ ...state, sections: { ...state.sections, 'adam.mean': tiny, 'adam.square': tiny } });
    await steps(engine, 1);
    const { sections } = await engine.state();
    for (const name of ['adam.mean', 'adam.square']) {
      const moments = [...(sections[name] as Float32Array)];
      expect(moments.filter((moment) => moment !== 0 && Math.abs(moment) < 1e-30)).toEqual([]);
      expect(moments.some((moment) => moment === 0)).toBe(true);
      expect(moments.some((moment) => moment !== 0)).toBe(true);
    }
    engine.dispose();
  });

  test('goes on from its own state bit for bit, also in another engine', async () => {
    const engine = engineOf(backend);
    await steps(engine, 4);
    const state = await engine.state();
    const expected = await steps(engine, 4);
    const last = await engine.state();
    const other = engineOf(backend);
    for (const each of [engine, other]) {
      await each.restore({ ...state, sections: { ...state.sections, replay: Uint8Array.of(1) } });
      expect([each.step, each.visits, each.logZ]).toEqual([4, 32, state.sections.logZ[0]]);
      expect(await steps(each, 4)).toEqual(expected);
      expect(await each.state()).toEqual(last);
      each.dispose();
    }
  });

  test('gives states of one exact step while it trains, and takes none', async () => {
    const engine = engineOf(backend);
    const initial = await engine.state();
    const training = steps(engine, 30);
    await expect(engine.restore(initial)).rejects.toMatchObject({ code: 'ERR_BUSY' });
    const states = [await engine.state(), await engine.state()];
    await training;
    const last = await engine.state();
    for (const state of states) {
      expect(state.visits).toBe(8 * state.step);
      await engine.restore(state);
      if (state.step < 30) await steps(engine, 30 - state.step);
      expect(await engine.state()).toEqual(last);
    }
    engine.dispose();
  });
});

test('a state of one backend is one of the other', async () => {
  const typescript = engineOf('typescript');
  const native = engineOf('native');
  await steps(typescript, 5);
  await native.restore(await typescript.state());
  expect(await native.state()).toEqual(await typescript.state());
  const [expected] = await steps(typescript, 1);
  const [report] = await steps(native, 1);
  expect(report.step).toBe(6);
  expect(report.loss).toBeCloseTo(expected.loss, 5);
  expect(report.logZ).toBe(expected.logZ); // the parameter before the step
  expect(native.logZ).toBeCloseTo(typescript.logZ, 5);
  native.dispose();
  typescript.dispose();
});
