import { environments } from '../env/registry.ts';
import { environmentSettings } from './environment-option.ts';
import { ExitCode } from './exit-code.ts';
import { alignedTable, writeJson, writeTo, type Terminal } from './terminal.ts';

/** The options of an environment as aligned lines, for `environments` and for the help of `train`. */
export function environmentOptionLines(name: string): string {
  const definition = environments.find((candidate) => candidate.name === name);
  const settings = definition === undefined ? [] : environmentSettings(definition);
  const rows = settings.map(({ flag, description, defaultText }) => [
    `  ${flag}`,
    `${description} (default: ${defaultText})`,
  ]);
  return alignedTable(rows);
}

/** `gflownet environments`: every environment with its options. */
export async function listEnvironments(json: boolean, terminal: Terminal): Promise<ExitCode> {
  if (json) {
    const list = environments.map(({ name, summary, options }) => ({
      name,
      summary,
      options: Object.entries(options).map(([option, { type, description, defaultText, allowed }]) => ({
        name: option,
        type,
        description,
        default: defaultText,
        allowed,
      })),
    }));
    await writeJson(terminal, { environments: list });
  } else {
    const texts = environments.map(({ name, summary }) => `${name}: ${summary}\n${environmentOptionLines(name)}\n`);
    await writeTo(terminal.stdout, texts.join('\n'));
  }
  return ExitCode.ok;
}
