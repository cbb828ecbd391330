import { readFile } from 'node:fs/promises';
import type { Environment } from '../env/environment.ts';
import { GfnError } from '../error.ts';
import { rejectUnknown, shown, stringOption } from '../options.ts';
import { isRecord } from './record.ts';

/** A dataset of a configuration, with the objects of its file in place of that. */
export async function withFileObjects(dataset: unknown, environment: Environment): Promise<unknown> {
  if (!isRecord(dataset) || dataset.file === undefined) return dataset;
  rejectUnknown('dataset', dataset, ['file', 'trajectories']);
  const { file, trajectories } = dataset;
  return { trajectories, objects: await readObjects(stringOption('dataset.file', file), environment) };
}

/**
 * The objects of a file, as text: one a line, or what `gflownet sample` prints, whose first column or `state` they are.
 * Throws ERR_ARGUMENT, which names file and line, for a file that cannot be read or an object that the environment does
 * not have.
 */
async function readObjects(path: string, environment: Environment): Promise<string[]> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GfnError('ERR_ARGUMENT', `--dataset: ${path} cannot be read: ${reason}`, { cause });
  }
  const lines = content.split(/\r?\n/);
  const objects = lines.flatMap((line, i) => {
    if (line.trim() === '' || (i === 0 && line.startsWith('state\t'))) return [];
    try {
      const object = objectOf(line);
      environment.parse(object);
      return [object];
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new GfnError('ERR_ARGUMENT', `--dataset: ${path}: line ${i + 1}: ${reason}`, { cause });
    }
  });
  if (objects.length > 0) return objects;
  throw new GfnError('ERR_ARGUMENT', `--dataset: ${path}: expected at least one object, got none`);
}

function objectOf(line: string): string {
  if (!line.trimStart().startsWith('{')) return line.split('\t', 1)[0];
  const row: unknown = JSON.parse(line);
  if (isRecord(row) && typeof row.state === 'string') return row.state;
  throw new TypeError(`expected an object with state, a text, got ${shown(row)}`);
}
