// Trains a GFlowNet on the hypergrid of Bengio et al. 2021, section 4.1, saves the model, and draws from the file:
//
//   node examples/train-hypergrid.mjs [model.onnx]
import { FlowModel, Trainer, hypergrid, trajectoryBalance } from 'gflownet';

const path = process.argv[2] ?? 'model.onnx';
const steps = 2000;

const trainer = await Trainer.create({
  environment: hypergrid({ dimensions: 2, side: 8 }),
  objective: trajectoryBalance(),
  hidden: [128, 128],
  batchSize: 32,
  learningRate: { kind: 'cosine', start: 3e-3, end: 1e-5, steps },
  learningRateLogZ: { kind: 'cosine', start: 0.1, end: 1e-3, steps },
  seed: 1,
});

// Ctrl-C ends the loop after the step under way.
const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort());
const { signal } = interruption;

for await (const { step, loss, l1Sum } of trainer.train({ steps, reportEvery: 500, evaluateEvery: 500, signal })) {
  console.log(`step ${step}: loss ${loss.toExponential(2)}, Σ |p_θ − p| = ${l1Sum?.toFixed(5)}`);
}
const { logZ, exactLogZ } = await trainer.evaluate({ samples: 10_000 });
console.log(`log Z = ${logZ?.toFixed(4)}, exact ${exactLogZ?.toFixed(4)}`);
await trainer.model.save(path);
trainer.dispose();

const model = await FlowModel.load(path);
for await (const { state, logReward } of model.stream({ seed: 2, count: 5 })) {
  console.log(`${state}  R = ${Math.exp(logReward).toFixed(4)}`);
}
model.dispose();
