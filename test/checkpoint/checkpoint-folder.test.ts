import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  CheckpointFolder,
  listCheckpoints,
  readLatestCheckpoint,
  removeCheckpoints,
} from '../../src/checkpoint/checkpoint-folder.ts';
import { smallCheckpoint } from './small-checkpoint.ts';
import { temporaryFolder } from './temporary-folder.ts';

const at = temporaryFolder();

async function write(folder: string, steps: readonly number[], keep = 100): Promise<void> {
  const opened = await CheckpointFolder.open(folder, keep, steps[0]);
  try {
    for (const step of steps) await opened.save(smallCheckpoint(step));
  } finally {
    await opened.close();
  }
}

async function latest(path: string) {
  const warnings: string[] = [];
  const { checkpoint } = await readLatestCheckpoint(path, (message) => warnings.push(message));
  return { step: checkpoint.state.step, warnings };
}

const file = (folder: string, step: number) => join(folder, `checkpoint-${String(step).padStart(10, '0')}.gfn`);

describe('a folder of checkpoints', () => {
  test('keeps the latest ones, by number and not by name', async () => {
    const folder = at('deep/run');
    await write(folder, [0, 9, 10, 99, 100, 12_345_678_901], 3);
    expect((await listCheckpoints(folder)).map(({ step }) => step)).toEqual([12_345_678_901, 100, 99]);
    expect(readdirSync(folder)).toHaveLength(3); // neither lock nor temporary files
    await write(folder, [12_345_678_902], 1);
    expect((await listCheckpoints(folder)).map(({ step }) => step)).toEqual([12_345_678_902]);
  });

  test('leaves other files alone, and clears what a killed process left half-written', async () => {
    const folder = at('run');
    mkdirSync(folder);
    const left = 'checkpoint-0000000005.gfn.123.0.tmp';
    for (const name of ['notes.txt', left, 'own.7.0.tmp']) writeFileSync(join(folder, name), 'x');
    await write(folder, [5]);
    await removeCheckpoints(folder);
    expect(readdirSync(folder).sort()).toEqual(['notes.txt', 'own.7.0.tmp']);
  });

  test('gives the latest whole checkpoint, of a file, of the folder or of the run around it', async () => {
    await write(at('run/checkpoints'), [3, 4]);
    for (const path of ['run', 'run/checkpoints', 'run/checkpoints/checkpoint-0000000004.gfn']) {
      expect(await latest(at(path))).toEqual({ step: 4, warnings: [] });
    }
  });

  test('passes over damaged ones with a message', async () => {
    const folder = at('run');
    await write(folder, [1, 2, 3]);
    truncateSync(file(folder, 3), 100);
    const bytes = readFileSync(file(folder, 2));
    bytes[bytes.length >> 1] ^= 4;
    writeFileSync(file(folder, 2), bytes);
    const { step, warnings } = await latest(folder);
    expect(step).toBe(1);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/checkpoint-0000000003.*checkpoint-0000000002.*checksum.*going on from .*0000000001/);
    truncateSync(file(folder, 1), 0);
    await expect(latest(folder)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT' });
    await expect(latest(folder)).rejects.toThrow(/0000000003.*0000000002.*0000000001/);
  });

  test('without checkpoints, or missing, is ERR_CHECKPOINT', async () => {
    mkdirSync(at('empty'));
    for (const path of ['empty', 'missing'])
      await expect(latest(at(path))).rejects.toThrow(/expected a checkpoint: there is none/);
  });

  test('refuses a trainer that is behind its checkpoints, but not because of damaged ones', async () => {
    const folder = at('run');
    await write(folder, [1, 2, 3]);
    const opened = CheckpointFolder.open(folder, 3, 2);
    await expect(opened).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
    await expect(opened).rejects.toThrow(/later than the trainer's 2, got one of step 3/);
    expect(await listCheckpoints(folder)).toHaveLength(3);
    truncateSync(file(folder, 3), 100);
    await write(folder, [2]);
    expect((await listCheckpoints(folder)).map(({ step }) => step)).toEqual([2, 1]);
  });

  test('is one trainer’s at a time', async () => {
    const opened = await CheckpointFolder.open(at('run'), 3, 0);
    await expect(CheckpointFolder.open(at('run'), 3, 0)).rejects.toMatchObject({ code: 'ERR_LOCKED' });
    writeFileSync(join(at('run'), 'lock'), 'taken');
    await expect(opened.save(smallCheckpoint(1))).rejects.toMatchObject({ code: 'ERR_LOCKED' });
    expect(await listCheckpoints(at('run'))).toEqual([]);
    await opened.close();
    expect(readFileSync(join(at('run'), 'lock'), 'utf8')).toBe('taken');
  });
});
