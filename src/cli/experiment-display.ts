import { Presets, SingleBar } from 'cli-progress';
import type { ExperimentCurve } from '../report/experiment-report.ts';
import type { Terminal } from './terminal.ts';

/** Shows how an experiment goes, on standard error. */
export interface ExperimentDisplay {
  /** The curve has one point more. */
  update(curve: ExperimentCurve): void;
  stop(): void;
}

/** Points of a curve from one printed line to the next. */
const LINE_EVERY = 5;

/** The last point of a curve, in columns that stay where they are. */
function pointColumns({ method, rewardR0, points }: ExperimentCurve) {
  const { visits, empiricalL1Sum, l1Sum, modesFound } = points[points.length - 1];
  return {
    curve: `R0=${String(rewardR0).padEnd(5)}  ${method.padEnd(18)}`,
    visits: `visits ${String(visits).padStart(7)}`,
    empirical: `empiricalL1Sum ${empiricalL1Sum.toFixed(4)}`,
    exact: `l1Sum ${l1Sum === null ? '—'.padEnd(6) : l1Sum.toFixed(4)}`,
    modes: `modes ${String(modesFound).padEnd(3)}`,
  };
}

/** A bar over all curves that is redrawn in place. */
class ExperimentBar implements ExperimentDisplay {
  private readonly bar: SingleBar;

  constructor(terminal: Terminal, points: number) {
    this.bar = new SingleBar(
      {
        // Short enough for 80 columns but for the time that is left.
        format: '{bar}  {curve}  {empirical}  {modes}  {percentage}%  {eta_formatted} left',
        stream: terminal.stderr,
        hideCursor: true,
        barsize: 12,
        // The command decides what an interruption does.
        gracefulExit: false,
      },
      Presets.shades_classic,
    );
    this.bar.start(points, 0, { curve: '', empirical: '', modes: '' });
  }

  update(curve: ExperimentCurve): void {
    this.bar.increment(1, pointColumns(curve));
  }

  stop(): void {
    this.bar.stop();
  }
}

/** A line every few points. */
class ExperimentLines implements ExperimentDisplay {
  private readonly started = performance.now();

  constructor(private readonly terminal: Terminal) {}

  update(curve: ExperimentCurve): void {
    if (curve.points.length % LINE_EVERY !== 0) return;
    const seconds = ((performance.now() - this.started) / 1000).toFixed(0);
    const columns = Object.values(pointColumns(curve)).join('  ');
    this.terminal.stderr.write(`${seconds.padStart(4)} s  ${columns}\n`);
  }

  stop(): void {
    // Every line is complete.
  }
}

/** A bar on a terminal, plain lines otherwise. `points` is the number of points of all curves. */
export function experimentDisplay(terminal: Terminal, points: number): ExperimentDisplay {
  return terminal.stderr.isTTY === true ? new ExperimentBar(terminal, points) : new ExperimentLines(terminal);
}
