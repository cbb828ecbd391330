/**
 * Figures of a training step by name, `step` among them: a `Progress`, or any others. Fields that are no number, string,
 * boolean or null are passed over.
 */
export type StepFigures = { readonly step: number } | { readonly step: number; readonly [name: string]: unknown };

/** Consumes training reports; `logReports` gives them. */
export interface TrainingLogger {
  /** Takes the figures of a step, in ascending order of steps. What it returns is awaited before the next report. */
  log(figures: StepFigures): void | Promise<void>;
  /** Nothing is logged after it. */
  close(): void | Promise<void>;
}

/** How a log file is opened. */
export interface LogFileOptions {
  /**
   * Steps done so far, 0 by default: the file starts anew. Otherwise a file that is there is continued; what it says of
   * later steps, and a last record that was not written to its end, are removed. A trainer that goes on from a
   * checkpoint thus leaves the file of an uninterrupted run.
   */
  readonly continueFrom?: number;
}

export type Figure = number | string | boolean | null;

/** Names and values that can be logged, in their order. */
export function loggedFigures(figures: StepFigures): [string, Figure][] {
  return Object.entries(figures).filter(
    (entry): entry is [string, Figure] =>
      entry[1] === null || ['number', 'string', 'boolean'].includes(typeof entry[1]),
  );
}
