import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, describe, expect, test } from 'vitest';
import { openRunLoggers } from '../../src/cli/run-logger.ts';
import { RunFolder } from '../../src/cli/run-folder.ts';
import { framedRecords } from '../../src/log/record-framing.ts';
import { stepOfEvent } from '../../src/log/tensorboard-event.ts';
import { gflownet } from './in-process.ts';

const root = mkdtempSync(join(tmpdir(), 'gflownet-logs-'));
afterAll(() => rmSync(root, { recursive: true }));

const grid =
  'train hypergrid --dimensions 2 --side 4 --hidden 8 --steps 20 --report-every 2 --evaluate-every 4 --quiet --json'.split(
    ' ',
  );

async function train(out: string, ...more: string[]) {
  const folder = new RunFolder(join(root, out));
  const outcome = await gflownet(...grid, '--out', folder.path, ...more);
  return { folder, ...outcome };
}

/** The lines of metrics.jsonl. */
function metricsOf(folder: RunFolder): Record<string, number | null>[] {
  const lines = readFileSync(folder.metrics, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, number | null>);
}

const eventFile = (folder: RunFolder): Buffer => readFileSync(join(folder.tensorBoard, 'events.out.tfevents.gflownet'));

describe('--log', () => {
  test('adds logs that say what metrics.jsonl says, and equal runs leave equal ones', async () => {
    const { folder, exitCode } = await train('both', '--log', 'tensorboard,csv');
    expect(exitCode).toBe(0);
    const metrics = metricsOf(folder);
    expect(metrics).toHaveLength(10);
    const rows: Record<string, string>[] = parse(readFileSync(folder.csv), { columns: true });
    expect(rows).toEqual(
      metrics.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value ?? '')]))),
    );
    const steps = [...framedRecords(eventFile(folder))].map(({ data }) => stepOfEvent(data));
    expect(steps).toEqual([0, ...metrics.map(({ step }) => step)]);

    const again = await train('again', '--config', folder.configuration);
    expect(readFileSync(again.folder.csv)).toEqual(readFileSync(folder.csv));
    expect(eventFile(again.folder)).toEqual(eventFile(folder));
    expect(readFileSync(again.folder.configuration)).toEqual(readFileSync(folder.configuration));
  });

  test('is off by default, and a run that overwrites another leaves none of its logs', async () => {
    await train('overwritten', '--log', 'tensorboard,csv');
    const { folder, exitCode } = await train('overwritten', '--force');
    expect(exitCode).toBe(0);
    expect(existsSync(folder.csv)).toBe(false);
    expect(existsSync(folder.tensorBoard)).toBe(false);
    expect(await folder.readConfiguration()).not.toHaveProperty('log');
  });

  test.each([
    ['tensorbord', /log: expected one of csv, tensorboard, got "tensorbord"; did you mean "tensorboard"/],
    ['', /log: expected one of csv, tensorboard, got ""/],
  ])('refuses %j', async (formats, message) => {
    const { exitCode, stderr } = await train('bad', '--log', formats);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
    expect(existsSync(join(root, 'bad'))).toBe(false);
  });
});

test('logs of a run that is resumed are continued from its step', async () => {
  const { folder } = await train('resumed', '--log', 'tensorboard,csv');
  const whole = { csv: readFileSync(folder.csv), events: eventFile(folder) };
  const loggers = await openRunLoggers(['tensorboard', 'csv'], folder, 8);
  const rest = metricsOf(folder).filter(({ step }) => step! > 8);
  for (const logger of loggers) {
    for (const row of rest) await logger.log({ ...row, step: row.step! });
    await logger.close();
  }
  expect(readFileSync(folder.csv)).toEqual(whole.csv);
  expect(eventFile(folder)).toEqual(whole.events);
});
