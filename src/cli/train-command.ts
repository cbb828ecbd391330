import { readFile } from 'node:fs/promises';
import {
  Trainer,
  type Evaluation,
  type MoleculesSeen,
  type Progress,
  type SeenFigures,
  type TrainingLogger,
  type Visited,
} from '../index.ts';
import { badArgument } from '../options.ts';
import { figureText } from '../report/metric-definition.ts';
import {
  readConfiguration,
  recordedConfiguration,
  resolveRun,
  withFlags,
  type Flags,
  type ResolvedRun,
} from './configuration.ts';
import { ExitCode } from './exit-code.ts';
import { Interruption } from './interruption.ts';
import { progressDisplay } from './progress-display.ts';
import { resumedRun } from './resumed-run.ts';
import { freshRunPath, RunFolder } from './run-folder.ts';
import { openRunLoggers } from './run-logger.ts';
import { attachedMolecules, openMolecules } from './run-molecules.ts';
import { reportRun } from './run-summary.ts';
import { alignedTable, writeJson, writeTo, type Terminal } from './terminal.ts';

export interface TrainRequest {
  /** A name, or the path of a module. */
  readonly environment: string | undefined;
  /** The module of the run that goes on, where it is not at the place that its config.json names. */
  readonly module: string | undefined;
  readonly config: string | undefined;
  readonly out: string | undefined;
  /** Folder of a run that is to go on. */
  readonly resume: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly flags: Flags;
}

/** A run that is ready to train: its folder is locked and has a configuration. */
export interface OpenRun {
  readonly run: ResolvedRun;
  readonly folder: RunFolder;
  readonly trainer: Trainer;
}

/** A line of metrics.jsonl: the progress without its times, so that equal runs leave equal files. */
function metricsOf(progress: Progress) {
  const { step, visits, loss, logZ, l1Sum, meanLogReward, meanLength, rows, gradientNorm } = progress;
  return { step, visits, loss, logZ, l1Sum, meanLogReward, meanLength, rows, gradientNorm };
}

/** Trains until the end, an interruption or an error; returns the seconds it took and what ended it early. */
async function trainSteps(
  { run, folder, trainer }: OpenRun,
  interruption: Interruption,
  loggers: readonly TrainingLogger[],
  molecules: MoleculesSeen | null,
  onProgress: (progress: Progress) => void,
): Promise<{ readonly seconds: number; readonly failure: Error | null }> {
  const { reportEvery, evaluateEvery, checkpointEvery, keepCheckpoints } = run;
  const steps = run.steps - trainer.step;
  let seconds = 0;
  if (steps <= 0) {
    await folder.tidyCheckpoints(keepCheckpoints, trainer.step);
    return { seconds, failure: null };
  }
  const checkpoint = {
    folder: folder.checkpoints,
    every: checkpointEvery,
    keep: keepCheckpoints,
    attach: async () => ({
      metricsPosition: await folder.metricsPosition(),
      ...(molecules === null ? {} : attachedMolecules(await molecules.flush())),
    }),
  };
  const onVisited = molecules === null ? undefined : (visited: Visited) => molecules.add(visited);
  const { signal } = interruption;
  try {
    const options = { steps, reportEvery, evaluateEvery, checkpoint, signal, onVisited };
    for await (const progress of trainer.train(options)) {
      seconds = progress.secondsTraining;
      const metrics = metricsOf(progress);
      await folder.appendMetrics(metrics);
      for (const logger of loggers) await logger.log(metrics);
      onProgress(progress);
    }
  } catch (error) {
    return { seconds, failure: error instanceof Error ? error : new Error(String(error)) };
  }
  return { seconds, failure: null };
}

/** What this process has done of a run. */
interface Work {
  readonly steps: number;
  readonly visits: number;
  readonly seconds: number;
  readonly secondsEvaluating: number;
}

/** The result of a run as `--json` prints it; without figures if the evaluation was interrupted. */
function result(
  { run, folder, trainer }: OpenRun,
  { steps, visits, seconds, secondsEvaluating }: Work,
  evaluation: Evaluation | null,
  molecules: SeenFigures | null,
) {
  return {
    environment: run.environment.name,
    objective: run.objective.name,
    backend: trainer.options.backend,
    device: trainer.device,
    seed: trainer.options.seed,
    steps: trainer.step,
    trajectories: trainer.visits,
    logZ: evaluation?.logZ ?? null,
    logZSamples: evaluation?.logZSamples ?? null,
    exactLogZ: evaluation?.exactLogZ ?? null,
    l1Sum: evaluation?.l1Sum ?? null,
    ...conditionFigures(evaluation),
    ...(molecules === null ? {} : { ...molecules, moleculesPerSecond: steps === 0 ? null : visits / seconds }),
    seconds,
    secondsEvaluating,
    millisecondsPerStep: steps === 0 ? null : (1000 * seconds) / steps,
    model: folder.model,
    report: folder.report,
    interrupted: evaluation === null || trainer.step < run.steps,
  };
}

/** Of a model with conditions: how close it is under each. */
function conditionFigures(evaluation: Evaluation | null) {
  const conditions = evaluation?.conditions?.map(({ condition, logZ, exactLogZ, l1Sum }) => ({
    condition,
    logZ,
    exactLogZ,
    l1Sum,
  }));
  return conditions === undefined ? {} : { conditions };
}

/** A new run, in a folder of its own. */
async function newRun(request: TrainRequest): Promise<OpenRun> {
  const file = request.config === undefined ? { settings: {} } : await readConfiguration(request.config);
  if (request.module !== undefined) {
    badArgument(
      '--environment',
      'a module with --resume only; the environment of a new run is an argument',
      request.module,
    );
  }
  const run = await resolveRun(withFlags(file, request.environment, request.flags));
  if (request.out !== undefined) new RunFolder(request.out).checkFree(request.force);
  const trainer = await Trainer.create(run.trainerOptions);
  const name = `${run.environment.name.replaceAll(/[^\w.-]+/g, '-')}-${run.objective.name}-${trainer.options.seed}`;
  const folder = new RunFolder(request.out ?? freshRunPath(name));
  try {
    await folder.begin(recordedConfiguration(run, trainer.options, folder.path), await rewardBytes(trainer));
  } catch (error) {
    trainer.dispose();
    await folder.close();
    throw error;
  }
  return { run, folder, trainer };
}

/** The file of an ONNX reward, which the folder of a run keeps; null without one. */
async function rewardBytes({ options: { reward } }: Trainer): Promise<Uint8Array | null> {
  if (reward === null || !('onnx' in reward)) return null;
  return readFile(reward.onnx);
}

/** `gflownet train`. */
export async function train(request: TrainRequest, terminal: Terminal): Promise<ExitCode> {
  const open =
    request.resume === undefined ? await newRun(request) : await resumedRun(request.resume, request, terminal);
  const { run, folder, trainer } = open;
  const interruption = new Interruption(terminal);
  let loggers: readonly TrainingLogger[] = [];
  let molecules: MoleculesSeen | null = null;
  try {
    const { step: first, visits: firstVisits } = trainer;
    loggers = await openRunLoggers(run.log, folder, first);
    molecules = await openMolecules(open, terminal);
    const display = request.quiet ? null : progressDisplay(terminal, run.steps, first);
    const { seconds, failure } = await trainSteps(open, interruption, loggers, molecules, (progress) =>
      display?.update(progress),
    );
    display?.stop();
    if (failure !== null) {
      // The failure says more than a second one, of the same disk.
      await molecules?.flush().catch(() => undefined);
      await trainer.model.save(folder.model).catch(() => undefined);
      throw failure;
    }
    await trainer.model.save(folder.model);
    if (trainer.step === 0) return interruption.exitCode;
    if (!request.quiet) terminal.stderr.write('evaluating the model\n');
    const started = performance.now();
    const evaluation = await reportRun(folder, trainer.model, run.chosen, interruption.signal);
    const secondsEvaluating = (performance.now() - started) / 1000;
    const work = { steps: trainer.step - first, visits: trainer.visits - firstVisits, seconds, secondsEvaluating };
    const values = result(open, work, evaluation, (await molecules?.figures()) ?? null);
    if (request.json) await writeJson(terminal, values);
    else await writeTo(terminal.stdout, `${summary(values)}\n`);
    return interruption.exitCode;
  } finally {
    interruption.close();
    trainer.dispose();
    for (const logger of loggers) await logger.close();
    await molecules?.close();
    await folder.close();
  }
}

function summary(values: ReturnType<typeof result>): string {
  const rows = Object.entries<unknown>(values).map(([key, value]) => {
    if (typeof value === 'number' || value === null) return [key, figureText(value)];
    return [key, typeof value === 'string' ? value : JSON.stringify(value)];
  });
  return alignedTable(rows);
}
