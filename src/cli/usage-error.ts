import type { Command, CommanderError } from 'commander';
import { GfnError } from '../error.ts';
import { nearestName } from '../options.ts';
import { environmentFlags } from './environment-option.ts';

/** The command that the arguments name, as far down as they do. */
function namedCommand(program: Command, argv: readonly string[]): Command {
  let command = program;
  for (const argument of argv) {
    const child = command.commands.find((candidate) => candidate.name() === argument);
    if (child === undefined) break;
    command = child;
  }
  return command;
}

function flagsOf(command: Command): string[] {
  const own = command.options.flatMap(({ long, hidden }) => (long == null || hidden ? [] : [long]));
  const environment =
    command.name() === 'train' ? [...environmentFlags.values()].map((flag) => flag.split(' ')[0]) : [];
  return [...own, ...environment, '--help'];
}

/** A complaint of the argument parser as an error with a code, and the nearest right name where a name is wrong. */
export function usageError(error: CommanderError, program: Command, argv: readonly string[]): GfnError {
  const message = error.message.replace(/^error: /, '').replace(/\n[^]*/, '');
  const command = namedCommand(program, argv);
  const given = /'([^' =]+)[^']*'/.exec(message)?.[1] ?? '';
  switch (error.code) {
    case 'commander.unknownOption': {
      const nearest = nearestName(given, flagsOf(command));
      const hint = nearest === null ? '.' : `; did you mean ${nearest}?`;
      const help = ['gflownet', ...(command === program ? [] : [command.name()]), '--help'].join(' ');
      return new GfnError('ERR_UNKNOWN_OPTION', `${given} is not an option${hint} See ${help}`);
    }
    case 'commander.unknownCommand': {
      const names = command.commands.map((child) => child.name());
      const nearest = nearestName(given, names);
      const hint = nearest === null ? '' : `; did you mean ${nearest}?`;
      return new GfnError('ERR_ARGUMENT', `command: expected one of ${names.join(', ')}, got ${given}${hint}`);
    }
    default:
      return new GfnError('ERR_ARGUMENT', message);
  }
}
