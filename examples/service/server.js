// Run: node examples/service/server.js, then: curl 'localhost:3000/sample?n=100'. Settings: settings.js.
import { setTimeout } from 'node:timers';
import { FlowModel, Trainer, hypergrid, trajectoryBalance } from 'gflownet';
import { buildApp } from './app.js';
import { readSettings } from './settings.js';

/** A model for a first look: the grid of 8 × 8 cells, half a second of training. */
async function trainDefaultModel(threads) {
  const trainer = await Trainer.create({
    environment: hypergrid({ dimensions: 2, side: 8 }),
    objective: trajectoryBalance(),
    hidden: [64, 64],
    learningRate: 3e-3,
    threads,
  });
  const reports = trainer.train({ steps: 1500, reportEvery: 500 });
  for await (const { step, loss } of reports) app.log.info({ step, loss }, 'training the default model');
  served.replace(`hypergrid after ${trainer.step} steps`, trainer.model, () => trainer.dispose());
}

async function loadModel(path, threads) {
  const model = await FlowModel.load(path, { threads });
  served.replace(path, model, () => model.dispose());
}

const settings = readSettings();
const { app, served } = buildApp(settings);

async function shutDown() {
  // Requests under way are answered first; those that take too long are given up.
  setTimeout(() => process.exit(1), 1000 * settings.shutdownSeconds).unref();
  await app.close();
}
process.once('SIGTERM', shutDown);
process.once('SIGINT', shutDown);

const address = await app.listen({ host: settings.host, port: settings.port });
if (settings.model === undefined) await trainDefaultModel(settings.threads);
else await loadModel(settings.model, settings.threads);
console.log(`ready at ${address}`);
