import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { hypergrid } from '../../src/env/hypergrid.ts';
import { trajectoryBalance } from '../../src/objective/define-objective.ts';
import { Trainer } from '../../src/trainer/trainer.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A program that prints what a model samples, as JSON; its first line has to provide `FlowModel`. */
export const sampleProgram = `
async function main() {
  const model = await FlowModel.load(process.argv[2]);
  const samples = await model.sample(20, { seed: 4 });
  const streamed = [];
  for await (const { state } of model.stream({ seed: 4, count: 20 })) streamed.push(state);
  model.dispose();
  console.log(JSON.stringify({ states: samples.map(({ state }) => state), streamed }));
}
main();
`;

/** Somebody's project: a folder with this package and onnxruntime-node installed, and a saved model. */
export class Project {
  readonly path = mkdtempSync(join(tmpdir(), 'gflownet-project-'));
  readonly model = join(this.path, 'model.onnx');
  /** What `sampleProgram` has to print. */
  expected = '';

  static async create(): Promise<Project> {
    // The package is used as it is installed: compiled.
    execFileSync(process.execPath, [join(root, 'scripts', 'setup.js')], { stdio: 'ignore' });
    const project = new Project();
    mkdirSync(join(project.path, 'node_modules'));
    symlinkSync(root, join(project.path, 'node_modules', 'gflownet'), 'junction');
    const runtime = join(root, 'node_modules', 'onnxruntime-node');
    symlinkSync(runtime, join(project.path, 'node_modules', 'onnxruntime-node'), 'junction');
    using trainer = await Trainer.create({
      environment: hypergrid({ dimensions: 2, side: 4 }),
      objective: trajectoryBalance(),
      hidden: [8],
    });
    await trainer.model.save(project.model);
    const states = (await trainer.model.sample(20, { seed: 4 })).map(({ state }) => state);
    project.expected = JSON.stringify({ states, streamed: states });
    return project;
  }

  write(name: string, content: string): string {
    const path = join(this.path, name);
    writeFileSync(path, content);
    return path;
  }

  /** Runs a program with the model's path as its argument. */
  async run(path: string, env: NodeJS.ProcessEnv = {}): Promise<{ stdout: string; stderr: string }> {
    return promisify(execFile)(process.execPath, [path, this.model], {
      cwd: tmpdir(),
      env: { ...process.env, ...env },
    });
  }

  dispose(): void {
    rmSync(this.path, { recursive: true });
  }
}
