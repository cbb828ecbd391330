import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from '../index.ts';
import { figureText } from '../report/metric-definition.ts';
import type { Terminal } from './terminal.ts';

/** Shows how training goes, on standard error. */
export interface ProgressDisplay {
  update(progress: Progress): void;
  stop(): void;
}

/** Lines printed over a whole run where no bar can be drawn. */
const LINES = 20;

/** Of this process, which began after step `first`. */
function stepsPerSecond({ step, secondsTraining }: Progress, first: number): string {
  return secondsTraining > 0 ? ((step - first) / secondsTraining).toPrecision(3) : '—';
}

/** A bar that is redrawn in place. */
class ProgressBar implements ProgressDisplay {
  private readonly bar: SingleBar;
  private l1Sum: number | null = null;

  constructor(
    terminal: Terminal,
    steps: number,
    private readonly first: number,
  ) {
    this.bar = new SingleBar(
      {
        format: '{bar} {value}/{total}  loss {loss}  logZ {logZ}  L1 {l1Sum}  {rate} steps/s  {eta_formatted} left',
        stream: terminal.stderr,
        hideCursor: true,
        barsize: 24,
        // The command decides what an interruption does.
        gracefulExit: false,
      },
      Presets.shades_classic,
    );
    this.bar.start(steps, first, { loss: '—', logZ: '—', l1Sum: '—', rate: '—' });
  }

  update(progress: Progress): void {
    this.l1Sum = progress.l1Sum ?? this.l1Sum;
    this.bar.update(progress.step, {
      loss: progress.loss.toPrecision(4),
      logZ: progress.logZ.toFixed(4),
      l1Sum: this.l1Sum === null ? '—' : this.l1Sum.toFixed(4),
      rate: stepsPerSecond(progress, this.first),
    });
  }

  stop(): void {
    this.bar.stop();
  }
}

/** About twenty lines over the run. */
class ProgressLines implements ProgressDisplay {
  private next = 0;

  constructor(
    private readonly terminal: Terminal,
    private readonly steps: number,
    private readonly first: number,
  ) {}

  update(progress: Progress): void {
    if (progress.step < this.next && progress.step < this.steps) return;
    this.next = (Math.floor((progress.step * LINES) / this.steps) + 1) * (this.steps / LINES);
    const parts = [
      `step ${progress.step}/${this.steps}`,
      `loss ${progress.loss.toPrecision(4)}`,
      `logZ ${progress.logZ.toFixed(4)}`,
      ...(progress.l1Sum === null ? [] : [`L1 ${figureText(progress.l1Sum)}`]),
      `${stepsPerSecond(progress, this.first)} steps/s`,
    ];
    this.terminal.stderr.write(`${parts.join('  ')}\n`);
  }

  stop(): void {
    // Every line is complete.
  }
}

/** A bar on a terminal, plain lines otherwise. The run goes on after step `first`. */
export function progressDisplay(terminal: Terminal, steps: number, first: number): ProgressDisplay {
  return terminal.stderr.isTTY === true
    ? new ProgressBar(terminal, steps, first)
    : new ProgressLines(terminal, steps, first);
}
