import type { StepFigures, TrainingLogger } from './training-logger.ts';

/**
 * Passes training reports on, and before that to each logger in turn; a function is a logger too. Closes the loggers
 * when the reports end, when the loop is left and when an error ends either. An error of a logger ends training after
 * the step under way.
 *
 * @example
 * for await (const { step, loss } of logReports(trainer.train({ steps: 1000 }), await CsvLogger.open('metrics.csv'))) {
 *   console.log(step, loss);
 * }
 */
export async function* logReports<T extends StepFigures>(
  reports: AsyncIterable<T>,
  ...loggers: readonly (TrainingLogger | ((report: T) => void | Promise<void>))[]
): AsyncGenerator<T, void, undefined> {
  let failed = false;
  try {
    for await (const report of reports) {
      for (const logger of loggers) await (typeof logger === 'function' ? logger(report) : logger.log(report));
      yield report;
    }
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    await closeLoggers(
      loggers.filter((logger) => typeof logger !== 'function'),
      failed,
    );
  }
}

/** Closes all, whatever happens to some of them. An error that ended the reports says more than what it led to here. */
async function closeLoggers(loggers: readonly TrainingLogger[], quietly: boolean): Promise<void> {
  const outcomes = await Promise.allSettled(loggers.map(async (logger) => logger.close()));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined && !quietly) throw failure.reason as Error;
}
