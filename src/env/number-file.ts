import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { parse } from 'csv-parse/sync';
import { GfnError } from '../error.ts';
import { decodeNpy } from './npy.ts';

/** The content of a number file: what its JSON says, a tensor, or the rows of a CSV file without its heading. */
export type NumberFile =
  | { readonly form: 'json'; readonly content: unknown }
  | { readonly form: 'npy'; readonly shape: readonly number[]; readonly values: Float64Array }
  | { readonly form: 'csv'; readonly rows: readonly (readonly string[])[] };

/**
 * Reads a .json, .npy or .csv file for the option `name`. A first CSV row whose last field is no number is a heading.
 * Throws ERR_ARGUMENT naming option and file.
 */
export function readNumberFile(name: string, path: string): NumberFile {
  const extension = extname(path).toLowerCase();
  if (!['.json', '.npy', '.csv'].includes(extension)) {
    fail(name, path, 'expected numbers or a file that ends in .json, .npy or .csv');
  }
  try {
    const bytes = readFileSync(path);
    switch (extension) {
      case '.json':
        return { form: 'json', content: JSON.parse(bytes.toString('utf8')) as unknown };
      case '.npy':
        return { form: 'npy', ...decodeNpy(bytes) };
      default:
        return { form: 'csv', rows: csvRows(bytes) };
    }
  } catch (cause) {
    return fail(name, path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function csvRows(bytes: Buffer): string[][] {
  const rows: string[][] = parse(bytes, { bom: true, skip_empty_lines: true, trim: true });
  const last = rows.at(0)?.at(-1);
  return last === undefined || Number.isFinite(Number(last)) ? rows : rows.slice(1);
}

function fail(name: string, path: string, reason: string, cause?: unknown): never {
  throw new GfnError('ERR_ARGUMENT', `${name}: ${path} cannot be used: ${reason}`, { cause });
}
