import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkFree, makeOutputFolder } from '../../src/cli/output-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'gflownet-output-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('makes all folders that are missing, and stands those that are there', async () => {
  const path = join(folder, 'a', 'b', 'c');
  await makeOutputFolder(path);
  await makeOutputFolder(path);
  expect(statSync(path).isDirectory()).toBe(true);
  await Promise.all([makeOutputFolder(join(folder, 'x', 'y')), makeOutputFolder(join(folder, 'x', 'y'))]);
  expect(existsSync(join(folder, 'x', 'y'))).toBe(true);
});

test('refuses what cannot be a folder', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const path of [file, join(file, 'below'), join(file, 'far', 'below')]) {
    await expect(makeOutputFolder(path)).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
    await expect(makeOutputFolder(path)).rejects.toThrow(`--out: ${path} cannot be written`);
  }
});

test.runIf(existsSync('/proc/self'))('returns where the file system takes no folders', async () => {
  await expect(makeOutputFolder('/proc/gflownet')).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
  await expect(makeOutputFolder('/proc/gflownet/deeper')).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
});

test('takes an existing folder only if it may be overwritten, and no empty path', () => {
  expect(() => checkFree(folder, false)).toThrow(/exists; choose another folder or give --force/);
  checkFree(folder, true);
  checkFree(join(folder, 'new'), false);
  expect(() => checkFree('', true)).toThrow('--out: expected the path of a folder, got ""');
});
