import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Project, sampleProgram } from './project.ts';

let project: Project;
beforeAll(async () => (project = await Project.create()));
afterAll(() => project.dispose());

test('an import reads few files, and none of what only training, evaluating, logging and molecules need', async () => {
  project.write(
    'print-files.mjs',
    `
    export async function load(url, context, next) {
      process._rawDebug(url);
      return next(url, context);
    }
  `,
  );
  const program = project.write(
    'files.mjs',
    `
    import { register } from 'node:module';
    register('./print-files.mjs', import.meta.url);
    await import('gflownet');
    const addons = process.report.getReport().sharedObjects.filter((path) => /gflownet.node|onnxruntime/.test(path));
    console.log(JSON.stringify(addons));
  `,
  );
  const { stdout, stderr } = await project.run(program);
  const files = stderr.split('\n').filter((url) => url.startsWith('file:'));
  expect(files.filter((url) => url.endsWith('/bundle/index.js'))).toHaveLength(1);
  expect(files.length).toBeLessThan(40);
  const late = /csv-stringify|crc-32|echarts|commander|make-engine|evaluation|protobuf|records|rdkit-worker/;
  expect(files.filter((url) => late.test(url))).toEqual([]);
  const bundled = files.filter((url) => url.includes('/bundle/')).map((url) => readFileSync(new URL(url), 'utf8'));
  expect(bundled.filter((content) => content.includes('node_modules/@bufbuild/protobuf'))).toEqual([]);
  expect(JSON.parse(stdout)).toEqual([]);
});

describe('CommonJS', () => {
  test('loads the package with require', async () => {
    const program = project.write('required.cjs', `const { FlowModel } = require('gflownet');\n${sampleProgram}`);
    expect((await project.run(program)).stdout.trim()).toBe(project.expected);
  });

  test('and import gives the same module', async () => {
    const program = project.write(
      'both.cjs',
      "import('gflownet').then((m) => console.log(m.FlowModel === require('gflownet').FlowModel));",
    );
    expect((await project.run(program)).stdout.trim()).toBe('true');
  });
});

describe('worker threads', () => {
  test('sample on several at once, in ES modules and CommonJS', async () => {
    const program = project.write(
      'workers.mjs',
      `
      import { Worker } from 'node:worker_threads';
      const model = process.argv[2];
      const module = "import { parentPort, workerData } from 'node:worker_threads'; import { FlowModel } from 'gflownet';";
      const common = "const { parentPort, workerData } = require('node:worker_threads'); const { FlowModel } = require('gflownet');";
      const body = \`
        async function main() {
          const model = await FlowModel.load(workerData);
          const samples = await model.sample(20, { seed: 4 });
          const streamed = [];
          for await (const { state } of model.stream({ seed: 4, count: 20 })) streamed.push(state);
          model.dispose();
          parentPort.postMessage(JSON.stringify({ states: samples.map(({ state }) => state), streamed }));
        }
        main();\`;
      import { writeFileSync } from 'node:fs';
      const files = [['worker.mjs', module], ['worker.cjs', common]].map(([name, head]) => {
        const url = new URL(name, import.meta.url);
        writeFileSync(url, head + body);
        return url;
      });
      const answers = await Promise.all([0, 1, 2, 3].map((i) => new Promise((resolve, reject) => {
        const worker = new Worker(files[i % 2], { workerData: model });
        worker.on('message', resolve);
        worker.on('error', reject);
      })));
      for (const answer of answers) console.log(answer);
    `,
    );
    const { stdout } = await project.run(program);
    expect(stdout.trim().split('\n')).toEqual(Array.from({ length: 4 }, () => project.expected));
  });

  test('may be terminated while they sample', async () => {
    project.write(
      'endless.cjs',
      `
      const { parentPort, workerData } = require('node:worker_threads');
      const { FlowModel } = require('gflownet');
      async function main() {
        const model = await FlowModel.load(workerData);
        for await (const _ of model.stream()) parentPort.postMessage('sampling');
      }
      main();
    `,
    );
    const program = project.write(
      'terminated.mjs',
      `
      import { Worker } from 'node:worker_threads';
      for (let i = 0; i < 3; i++) {
        const worker = new Worker(new URL('endless.cjs', import.meta.url), { workerData: process.argv[2] });
        await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
        await worker.terminate();
      }
      console.log('alive');
    `,
    );
    expect((await project.run(program)).stdout.trim()).toBe('alive');
  });
});
