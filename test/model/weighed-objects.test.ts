import { expect, test } from 'vitest';
import { hypergrid } from '../../src/env/hypergrid.ts';
import { weighBackward, weighForward } from '../../src/model/weighed-objects.ts';
import { enginesFor } from '../trainer/parity-engines.ts';

// More than one call of the engine draws.
const COUNT = 9000;

test('objects drawn in parts are those drawn at once, and are shown in their order', async () => {
  const environment = hypergrid({ dimensions: 2, side: 4 });
  const { native } = enginesFor(environment, true);
  const sampling = { seed: 4, firstTrajectory: 11 };
  const wanted = await native.sampleForward(COUNT, sampling);
  const seen: number[] = [];
  const drawn = await weighForward(native, environment, COUNT, sampling, ({ terminalState }) => {
    seen.push(...terminalState);
    return Promise.resolve();
  });
  expect(drawn).toEqual({
    terminalState: wanted.terminalState,
    logReward: wanted.logReward,
    logPf: wanted.logPf,
    logPb: wanted.logPb,
  });
  expect(Int32Array.from(seen)).toEqual(wanted.terminalState);

  const backward = await native.sampleBackward(wanted.terminalState, sampling);
  const weighed = await weighBackward(native, environment, wanted.terminalState, sampling);
  expect(weighed.logPf).toEqual(backward.logPf);
  expect(weighed.logPb).toEqual(backward.logPb);
  expect(weighed.logReward).toEqual(backward.logReward);
  native.dispose();
});
