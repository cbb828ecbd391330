import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Where a command writes: its result to `stdout`, everything else to `stderr`. */
export interface Terminal {
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

/** Writes text and waits while the reader is behind, so that a long result never piles up in memory. */
export async function writeTo(stream: Writable, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}

/** The one JSON object of `--json`. Figures that are not finite have no JSON form and become null. */
export function writeJson(terminal: Terminal, value: object): Promise<void> {
  return writeTo(terminal.stdout, `${JSON.stringify(value)}\n`);
}

/** Rows with their columns aligned. */
export function alignedTable(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)), []);
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A line on standard error for what does not end the command. */
export function warn(terminal: Terminal, message: string): void {
  terminal.stderr.write(`warning: ${message}\n`);
}
