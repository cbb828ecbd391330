import { CommanderError } from 'commander';
import { GfnError } from '../error.ts';
import { leave, watchExit } from './early-exit.ts';
import { ExitCode, exitCodeOf } from './exit-code.ts';
import { createProgram } from './program.ts';
import type { Terminal } from './terminal.ts';
import { usageError } from './usage-error.ts';

function printError(terminal: Terminal, error: unknown): void {
  const code = error instanceof GfnError ? error.code : 'ERR_INTERNAL';
  // One line, whatever a message quotes of a file.
  const message = (error instanceof Error ? error.message : String(error)).replaceAll(/\s*[\r\n]+\s*/g, ' ');
  terminal.stderr.write(`error [${code}]: ${message}\n`);
  if (process.env.GFLOWNET_DEBUG && error instanceof Error) terminal.stderr.write(`${error.stack ?? ''}\n`);
}

/** A reader that goes away early, like `head`, ends the command without complaint. */
function endOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') leave(ExitCode.ok);
  throw error;
}

/** Runs the command line with the arguments after the program's name; returns the exit code. */
export async function main(argv: readonly string[], terminal: Terminal = process): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.ok;
  const program = createProgram(argv, terminal, (code) => (exitCode = code));
  terminal.stdout.on('error', endOnClosedPipe);
  const unwatch = watchExit((error) => printError(terminal, error));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.code === 'commander.helpDisplayed' || error.code === 'commander.version') return ExitCode.ok;
      // The help has been shown: it was asked for, or there was no command.
      if (error.code === 'commander.help') return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
      const usage = usageError(error, program, argv);
      printError(terminal, usage);
      return ExitCode.usage;
    }
    printError(terminal, error);
    return exitCodeOf(error);
  } finally {
    unwatch();
  }
}
