// Times the first things a program does, as the package's user writes them; prints a JSON object.
import { performance } from 'node:perf_hooks';

const started = performance.now();
const { Trainer, hypergrid, trajectoryBalance } = await import('gflownet');
const imported = performance.now();
const trainer = await Trainer.create({
  environment: hypergrid({ dimensions: 4, side: 8 }),
  objective: trajectoryBalance(),
  learnBackward: true,
  batchSize: 16,
  seed: 1,
});
const created = performance.now();
await trainer.train({ steps: 1 }).next();
const stepped = performance.now();
trainer.dispose();
console.log(
  JSON.stringify({
    import: imported - started,
    create: created - imported,
    firstStep: stepped - created,
    nodeItself: started,
  }),
);
