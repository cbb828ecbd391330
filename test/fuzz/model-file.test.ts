import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll } from 'vitest';
import { hypergrid } from '../../src/env/hypergrid.ts';
import type { Environment } from '../../src/env/environment.ts';
import { FlowModel } from '../../src/model/flow-model.ts';
import { withDescription } from '../../src/model/flow-model-file.ts';
import { differentiate } from '../../src/onnx/differentiate.ts';
import type { Model } from '../../src/onnx/graph.ts';
import { multilayerPerceptron, type Encoding } from '../../src/onnx/multilayer-perceptron.ts';
import { decodeModel, encodeModel } from '../../src/onnx/protobuf.ts';
import { endsWell, fuzz } from './campaign.ts';
import { graphMutations } from './graph-mutation.ts';
import { mutations } from './mutation.ts';

const folder = mkdtempSync(join(tmpdir(), 'gflownet-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

const environment = hypergrid({ dimensions: 2, side: 3 });

function modelWith(encoding: Encoding): Model {
  const perceptron = multilayerPerceptron({
    observation: environment.observation,
    actions: environment.actions,
    backwardActions: environment.backwardActions,
    stateFlow: true,
    hidden: [4],
    activation: 'gelu',
    encoding,
    seed: 1,
  });
  return withDescription(perceptron, {
    environment,
    objective: null,
    beta: 1,
    logZ: 0,
    conditions: null,
    reward: null,
  });
}

const models = (['one-hot', 'gather'] satisfies Encoding[]).map(modelWith);

/** Opens the file in either backend, samples, looks at the exact distribution and saves; the file lies there if we die. */
async function use(bytes: Uint8Array, given?: Environment): Promise<void> {
  const path = join(folder, 'model.onnx');
  writeFileSync(path, bytes);
  for (const backend of ['typescript', 'native'] as const) {
    await endsWell(async () => {
      using model = await FlowModel.load(path, { backend, threads: 2, environment: given });
      await model.sample(3, { seed: 1 });
      await model.exactDistribution(1000);
      await model.save(join(folder, 'saved.onnx'));
    });
  }
}

fuzz('random bytes', 300, fc.uint8Array({ maxLength: 400 }), (bytes) => use(bytes));

fuzz(
  'model files with changed bytes',
  400,
  fc.oneof(...models.map((model) => mutations(encodeModel(model)))),
  (bytes) => use(bytes),
);

fuzz('model files with changed graphs', 600, fc.oneof(...models.map((model) => graphMutations(model))), (model) =>
  use(encodeModel(model)),
);

fuzz(
  'models that another environment is named for',
  60,
  fc.tuple(fc.oneof(...models.map((model) => graphMutations(model, 1))), fc.integer({ min: 2, max: 5 })),
  ([model, side]) => use(encodeModel({ ...model, metadata: {} }), hypergrid({ dimensions: 2, side })),
);

const exported = [17, 20].map((opset) =>
  readFileSync(new URL(`../onnx/golden/pytorch-autograd-${opset}.onnx`, import.meta.url)),
);

fuzz(
  'files that PyTorch exported, with changed bytes',
  300,
  fc.oneof(...exported.map((bytes) => mutations(bytes))),
  (bytes) => endsWell(() => differentiate(decodeModel(bytes))),
);

fuzz(
  'graphs that PyTorch exported, changed',
  300,
  fc.oneof(...exported.map((bytes) => graphMutations(decodeModel(bytes)))),
  (model) => endsWell(() => differentiate(decodeModel(encodeModel(model)))),
);
