import { readFile } from 'node:fs/promises';
import type { Environment } from '../env/environment.ts';
import { GfnError } from '../error.ts';
import { rejectUnknown, shown, stringOption } from '../options.ts';
import { isRecord } from './record.ts';

/** An object of a file, as text, and its condition if it has one there. */
interface Row {
  readonly object: string;
  readonly condition?: readonly number[];
}

/**
 * A dataset of a configuration, with the objects of its file in place of that, and where trajectories have conditions,
 * those of the objects.
 */
export async function withFileObjects(
  dataset: unknown,
  environment: Environment,
  hasCondition: boolean,
): Promise<unknown> {
  if (!isRecord(dataset) || dataset.file === undefined) return dataset;
  rejectUnknown('dataset', dataset, ['file', 'trajectories']);
  const { file, trajectories } = dataset;
  const rows = await readRows(stringOption('dataset.file', file), environment, hasCondition);
  const conditions = rows.map(({ condition }) => condition);
  return { trajectories, objects: rows.map(({ object }) => object), ...(hasCondition ? { conditions } : {}) };
}

/**
 * The objects of a file: one a line, or what `gflownet sample` prints, whose columns `state` and `condition` count.
 * Throws ERR_ARGUMENT, which names file and line, for a file that cannot be read or an object that the environment does
 * not have, ERR_CONDITION for one without a condition where it needs one, or with one where there is none.
 */
async function readRows(path: string, environment: Environment, hasCondition: boolean): Promise<Row[]> {
  const lines = (await contentOf(path)).split(/\r?\n/);
  const header = lines[0].startsWith('state\t') ? lines[0].split('\t') : ['state'];
  const rows = lines.flatMap((line, i): Row[] => {
    if (line.trim() === '' || (i === 0 && line.startsWith('state\t'))) return [];
    const at = `--dataset: ${path}: line ${i + 1}`;
    const row = parsed(at, () => {
      const read = line.trimStart().startsWith('{') ? jsonRow(line) : textRow(line, header);
      environment.parse(read.object);
      return read;
    });
    requireCondition(at, row, hasCondition, environment);
    return [row];
  });
  if (rows.length > 0) return rows;
  throw new GfnError('ERR_ARGUMENT', `--dataset: ${path}: expected at least one object, got none`);
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GfnError('ERR_ARGUMENT', `--dataset: ${path} cannot be read: ${reason}`, { cause });
  }
}

function parsed(at: string, read: () => Row): Row {
  try {
    return read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GfnError('ERR_ARGUMENT', `${at}: ${reason}`, { cause });
  }
}

function jsonRow(line: string): Row {
  const row: unknown = JSON.parse(line);
  if (!isRecord(row) || typeof row.state !== 'string') {
    throw new TypeError(`expected an object with state, a text, got ${shown(row)}`);
  }
  // The library checks the numbers.
  return row.condition === undefined
    ? { object: row.state }
    : { object: row.state, condition: row.condition as number[] };
}

function textRow(line: string, header: readonly string[]): Row {
  const columns = line.split('\t');
  const condition = columns[header.indexOf('condition')] as string | undefined;
  const numbers = condition?.split(',').map((text) => (text.trim() === '' ? Number.NaN : Number(text)));
  return { object: columns[0], ...(numbers === undefined ? {} : { condition: numbers }) };
}

function requireCondition(at: string, row: Row, hasCondition: boolean, { name }: Environment): void {
  if ((row.condition !== undefined) === hasCondition) return;
  const expected = hasCondition
    ? `a condition beside each object of ${name}: condition of a line of JSON, or a column of that name, numbers separated by commas, under a first line that begins with state`
    : `no conditions for ${name}, which has none`;
  throw new GfnError('ERR_CONDITION', `${at}: expected ${expected}, got ${shown(row.condition)}`);
}
