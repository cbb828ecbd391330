import { Trainer, type Evaluation, type Progress, type TrainingLogger } from '../index.ts';
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
import { freshRunPath, RunFolder } from './run-folder.ts';
import { openRunLoggers } from './run-logger.ts';
import { reportRun } from './run-summary.ts';
import { alignedTable, writeJson, writeTo, type Terminal } from './terminal.ts';

export interface TrainRequest {
  readonly environment: string | undefined;
  readonly config: string | undefined;
  readonly out: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly flags: Flags;
}

/** A line of metrics.jsonl: the progress without its times, so that equal runs leave equal files. */
function metricsOf(progress: Progress) {
  const { step, visits, loss, logZ, l1Sum, meanLogReward, meanLength, rows, gradientNorm } = progress;
  return { step, visits, loss, logZ, l1Sum, meanLogReward, meanLength, rows, gradientNorm };
}

/** Trains until the end, an interruption or an error; returns the last progress and what ended it early. */
async function trainSteps(
  trainer: Trainer,
  run: ResolvedRun,
  folder: RunFolder,
  interruption: Interruption,
  loggers: readonly TrainingLogger[],
  onProgress: (progress: Progress) => void,
): Promise<{ readonly last: Progress | null; readonly failure: Error | null }> {
  const { steps, reportEvery, evaluateEvery } = run;
  let last: Progress | null = null;
  try {
    for await (const progress of trainer.train({ steps, reportEvery, evaluateEvery, signal: interruption.signal })) {
      last = progress;
      const metrics = metricsOf(progress);
      await folder.appendMetrics(metrics);
      for (const logger of loggers) await logger.log(metrics);
      onProgress(progress);
    }
  } catch (error) {
    if (!interruption.signal.aborted)
      return { last, failure: error instanceof Error ? error : new Error(String(error)) };
  }
  return { last, failure: null };
}

/** The result of a run as `--json` prints it; without figures if the evaluation was interrupted. */
function result(
  run: ResolvedRun,
  trainer: Trainer,
  folder: RunFolder,
  last: Progress,
  evaluation: Evaluation | null,
  secondsEvaluating: number,
) {
  const { step, visits, secondsTraining } = last;
  return {
    environment: run.environment.name,
    objective: run.objective.name,
    backend: trainer.options.backend,
    device: trainer.device,
    seed: trainer.options.seed,
    steps: step,
    trajectories: visits,
    logZ: evaluation?.logZ ?? null,
    logZSamples: evaluation?.logZSamples ?? null,
    exactLogZ: evaluation?.exactLogZ ?? null,
    l1Sum: evaluation?.l1Sum ?? null,
    seconds: secondsTraining,
    secondsEvaluating,
    millisecondsPerStep: (1000 * secondsTraining) / step,
    model: folder.model,
    report: folder.report,
    interrupted: evaluation === null || step < run.steps,
  };
}

/** `gflownet train`. */
export async function train(request: TrainRequest, terminal: Terminal): Promise<ExitCode> {
  const file = request.config === undefined ? { settings: {} } : await readConfiguration(request.config);
  const run = resolveRun(withFlags(file, request.environment, request.flags));
  if (request.out !== undefined) new RunFolder(request.out).checkFree(request.force);
  const trainer = await Trainer.create(run.trainerOptions);
  const name = `${run.environment.name}-${run.objective.name}-${trainer.options.seed}`;
  const folder = new RunFolder(request.out ?? freshRunPath(name));
  const interruption = new Interruption(terminal);
  let loggers: readonly TrainingLogger[] = [];
  try {
    await folder.begin(recordedConfiguration(run, trainer.options));
    loggers = await openRunLoggers(run.log, folder, trainer.step);
    const display = request.quiet ? null : progressDisplay(terminal, run.steps);
    const onProgress = (progress: Progress) => display?.update(progress);
    const { last, failure } = await trainSteps(trainer, run, folder, interruption, loggers, onProgress);
    display?.stop();
    await trainer.model.save(folder.model);
    if (failure !== null) throw failure;
    if (last === null) return interruption.exitCode;
    if (!request.quiet) terminal.stderr.write('evaluating the model\n');
    const started = performance.now();
    const evaluation = await reportRun(folder, trainer.model, interruption.signal);
    const values = result(run, trainer, folder, last, evaluation, (performance.now() - started) / 1000);
    if (request.json) await writeJson(terminal, values);
    else await writeTo(terminal.stdout, `${summary(values)}\n`);
    return interruption.exitCode;
  } finally {
    interruption.close();
    trainer.dispose();
    for (const logger of loggers) await logger.close();
  }
}

function summary(values: Readonly<Record<string, string | number | boolean | null>>): string {
  const rows = Object.entries(values).map(([key, value]) => [
    key,
    typeof value === 'number' || value === null ? figureText(value) : String(value),
  ]);
  return alignedTable(rows);
}
