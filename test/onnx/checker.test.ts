import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differentiate } from '../../src/onnx/differentiate.ts';
import type { Model } from '../../src/onnx/graph.ts';
import { encodeModel } from '../../src/onnx/protobuf.ts';
import { perceptronCases } from './mlp-cases.ts';
import { caseModel, operatorCases } from './operator-cases.ts';
import { RuntimeModel } from './run-graph.ts';

/** A Python that has the package `onnx`: GFLOWNET_PYTHON, else python3; null if neither does. */
function pythonWithOnnx(): string | null {
  const candidates = [process.env.GFLOWNET_PYTHON, 'python3'].filter((name) => name !== undefined);
  return candidates.find((name) => spawnSync(name, ['-c', 'import onnx']).status === 0) ?? null;
}

/** Every model, with its forward and its two gradient graphs. */
function producedModels(): [string, Model][] {
  const models = [
    ...perceptronCases.map(({ name, model }) => [name, model] as const),
    ...operatorCases.map((each) => [each.name, caseModel(each)] as const),
  ];
  return models.flatMap(([name, model]): [string, Model][] => {
    const { forward, gradient } = differentiate(model);
    const again = differentiate(model, { recompute: true }).gradient;
    return [
      [name, model],
      [`${name}, forward`, forward],
      [`${name}, gradient`, gradient],
      [`${name}, gradient with forward`, again],
    ];
  });
}

describe('ONNX Runtime', () => {
  it('opens every produced model', async () => {
    for (const [, model] of producedModels()) {
      const { inputNames } = await RuntimeModel.open(model);
      expect(inputNames).toEqual(model.graph.inputs.map(({ name }) => name));
    }
  });
});

const python = pythonWithOnnx();
const script = fileURLToPath(new URL('../../scripts/check-onnx.py', import.meta.url));

describe.skipIf(python === null)('the official checker (needs a Python with the package onnx: GFLOWNET_PYTHON)', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'gflownet-onnx-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  const check = () => spawnSync(python!, [script, folder], { encoding: 'utf8' });

  it('accepts every produced model', () => {
    const models = producedModels();
    models.forEach(([name, model], index) => {
      writeFileSync(join(folder, `${index} ${name.replaceAll(/[^\w.-]/g, '_')}.onnx`), encodeModel(model));
    });
    const { status, stdout } = check();
    expect(stdout).toBe(`${models.length} of ${models.length} models passed\n`);
    expect(status).toBe(0);
  });

  it('refuses a model whose declared output has another shape', () => {
    const { model } = perceptronCases[0];
    const outputs = model.graph.outputs.map((output) => ({ ...output, shape: ['rows', 99] }));
    writeFileSync(join(folder, 'wrong.onnx'), encodeModel({ ...model, graph: { ...model.graph, outputs } }));
    const { status, stdout } = check();
    expect(stdout).toContain('wrong.onnx');
    expect(status).toBe(1);
  });
});
