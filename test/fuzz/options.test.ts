import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll } from 'vitest';
import {
  FlowModel,
  Trainer,
  createEnvironment,
  detailedBalance,
  environments,
  flowMatching,
  hypergrid,
  subTrajectoryBalance,
  trainerDefaults,
  trajectoryBalance,
  varGrad,
  type EvaluateOptions,
  type LoadOptions,
  type SampleOptions,
  type TrainOptions,
  type TrainerOptions,
} from '../../src/index.ts';
import { anyValue, edgeNumber, endsWell, fuzz } from './campaign.ts';

const folder = mkdtempSync(join(tmpdir(), 'gflownet-fuzz-options-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Objects with some of `keys`, and now and then another one, or no object at all. */
function optionsOf(keys: readonly string[], value: fc.Arbitrary<unknown> = anyValue): fc.Arbitrary<unknown> {
  const key = fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...keys) }, fc.string());
  const options = fc.array(fc.tuple(key, value), { maxLength: 3 }).map((entries) => Object.fromEntries(entries));
  return fc.oneof({ weight: 20, arbitrary: options }, anyValue);
}

const schedule = fc.record(
  {
    kind: fc.oneof(fc.constantFrom('linear', 'cosine', 'exponential'), anyValue),
    start: edgeNumber,
    end: edgeNumber,
    steps: edgeNumber,
  },
  { requiredKeys: [] },
);
const loss = fc.record(
  { kind: fc.oneof(fc.constantFrom('squared', 'huber', 'linex'), anyValue), delta: anyValue, alpha: anyValue },
  { requiredKeys: [] },
);
const objective = fc.record(
  {
    name: fc.oneof(
      fc.constantFrom('trajectory-balance', 'flow-matching', 'vargrad', 'sub-trajectory-balance'),
      anyValue,
    ),
    regressionLoss: loss,
    lambda: anyValue,
    weighting: anyValue,
  },
  { requiredKeys: [] },
);

const environment = hypergrid({ dimensions: 2, side: 3 });
const base = { environment, objective: trajectoryBalance(), hidden: [4], threads: 1, batchSize: 4 };

// Threads and batches that are allowed and merely large would only make this slow.
const isModest = (options: unknown): boolean => {
  if (typeof options !== 'object' || options === null) return true;
  const { threads, batchSize } = options as Readonly<Record<string, unknown>>;
  return [threads, batchSize].every((value) => !(typeof value === 'number' && value > 64 && value <= 2 ** 20));
};

const trainerOptions = optionsOf(
  [...Object.keys(trainerDefaults), 'environment', 'objective', 'threads', 'memoryBytes'],
  fc.oneof({ weight: 3, arbitrary: anyValue }, schedule, objective),
).filter(isModest);

/** The options over others that are right, if they are an object at all. */
function over(right: object, options: unknown): unknown {
  return typeof options === 'object' && options !== null ? { ...right, ...options } : options;
}

fuzz('options of a trainer', 500, trainerOptions, (options) =>
  endsWell(async () => {
    using trainer = await Trainer.create(over(base, options) as TrainerOptions);
    for await (const { loss: last } of trainer.train({ steps: 2 })) if (Number.isNaN(last)) throw new Error('NaN');
  }),
);

fuzz(
  'options of environments',
  1500,
  fc
    .constantFrom(...environments)
    .chain((definition) =>
      fc.tuple(
        fc.oneof({ weight: 20, arbitrary: fc.constant<unknown>(definition.name) }, anyValue),
        optionsOf(Object.keys(definition.options), fc.oneof(anyValue, fc.constantFrom(...choices(definition.name)))),
      ),
    ),
  ([name, options]) =>
    endsWell(() => {
      const made = createEnvironment(name as string, options as object);
      const state = new Int32Array(made.stateSize);
      made.initial(state);
      return made.format(state);
    }),
);

/** The words that the options of an environment allow. */
function choices(name: string): readonly unknown[] {
  const definition = environments.find((each) => each.name === name);
  return ['', ...Object.values(definition?.options ?? {}).flatMap((option) => option.choices ?? [])];
}

const constructors = [trajectoryBalance, flowMatching, detailedBalance, varGrad, subTrajectoryBalance] as const;

fuzz(
  'options of objectives',
  500,
  fc.tuple(
    fc.constantFrom(...constructors),
    optionsOf(['regressionLoss', 'flowEpsilon', 'leafCoefficient', 'weighting', 'lambda'], fc.oneof(anyValue, loss)),
  ),
  ([make, options]) => endsWell(() => make(options as object)),
);

/** Numbers of samples or steps that are allowed would only make this slow. */
const fewOrWrong = anyValue.filter((value) => !(typeof value === 'number' && Number.isInteger(value) && value > 300));
const signal = fc.oneof(fewOrWrong, fc.constantFrom(AbortSignal.abort(), new AbortController().signal));

const trainer = await Trainer.create(base);
const { model } = trainer;
const path = join(folder, 'model.onnx');
await model.save(path);
afterAll(() => trainer.dispose());

fuzz(
  'options of train',
  300,
  optionsOf(['steps', 'signal', 'reportEvery', 'evaluateEvery', 'keepVisited'], fc.oneof(fewOrWrong, signal)),
  (options) =>
    endsWell(async () => {
      for await (const { loss: last } of trainer.train(over({ steps: 1 }, options) as TrainOptions))
        if (Number.isNaN(last)) throw new Error();
    }),
);

fuzz(
  'options of sample',
  300,
  fc.tuple(fewOrWrong, optionsOf(['seed', 'firstTrajectory', 'signal'], fc.oneof(anyValue, signal))),
  ([count, options]) => endsWell(() => model.sample(count as number, options as SampleOptions)),
);

fuzz(
  'options of evaluate',
  200,
  optionsOf(['samples', 'seed', 'maximumStates', 'signal'], fc.oneof(fewOrWrong, signal)),
  (options) => endsWell(() => model.evaluate(over({ samples: 10 }, options) as EvaluateOptions)),
);

fuzz('maximumStates', 50, anyValue, (value) => endsWell(() => model.exactDistribution(value as number)));

fuzz(
  'what to load, and how',
  400,
  fc.tuple(
    fc.oneof(fc.constant<unknown>(path), anyValue),
    optionsOf(['backend', 'threads', 'memoryBytes', 'environment']).filter(isModest),
  ),
  ([file, options]) =>
    endsWell(async () => {
      using loaded = await FlowModel.load(file as string, options as LoadOptions);
      await loaded.sample(1);
    }),
);

fuzz(
  'where to save',
  100,
  anyValue.filter((value) => typeof value !== 'string'),
  (value) => endsWell(() => model.save(value as string)),
);
