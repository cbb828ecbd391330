import { leave } from './early-exit.ts';
import { ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/**
 * Ctrl-C and SIGTERM: the first asks for a clean end through `signal`, the second ends the process at once. Listens
 * until it is closed, and keeps the process until then: a reward that never settles may be all that it waits for.
 */
export class Interruption {
  private readonly controller = new AbortController();
  private readonly alive = setInterval(() => undefined, 2 ** 30);
  private received: ExitCode = ExitCode.ok;
  private readonly onInterrupt = () => this.receive(ExitCode.interrupted);
  private readonly onTerminate = () => this.receive(ExitCode.terminated);

  constructor(private readonly terminal: Terminal) {
    process.on('SIGINT', this.onInterrupt);
    process.on('SIGTERM', this.onTerminate);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** 0 if nothing was received. */
  get exitCode(): ExitCode {
    return this.received;
  }

  close(): void {
    clearInterval(this.alive);
    process.off('SIGINT', this.onInterrupt);
    process.off('SIGTERM', this.onTerminate);
  }

  private receive(code: ExitCode): void {
    if (this.received !== ExitCode.ok) leave(code);
    this.received = code;
    this.terminal.stderr.write('\nstopping, with the model saved; again to quit at once\n');
    this.controller.abort();
  }
}
