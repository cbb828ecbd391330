import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { hypergrid } from '../../src/env/hypergrid.ts';
import { logReports } from '../../src/log/log-reports.ts';
import { frameRecord, framedRecords, maskedChecksum } from '../../src/log/record-framing.ts';
import { scalarEvent, stepOfEvent, versionEvent } from '../../src/log/tensorboard-event.ts';
import { TensorBoardLogger } from '../../src/log/tensorboard-logger.ts';
import { trajectoryBalance } from '../../src/objective/define-objective.ts';
import { Trainer, type Progress } from '../../src/trainer/trainer.ts';

const folder = mkdtempSync(join(tmpdir(), 'gflownet-tensorboard-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('records', () => {
  test('carry masked CRC-32C checksums', () => {
    // The check value of CRC-32C, of the digits 1 to 9, is e3069283 (Koopman); masked as TensorFlow does it.
    const check = 0xe3069283;
    const masked = (((check >>> 15) | (check << 17)) + 0xa282ead8) >>> 0;
    expect(maskedChecksum(Buffer.from('123456789'))).toBe(masked);
    const record = frameRecord(Buffer.from('123456789'));
    expect(record.toString('hex')).toBe(
      '0900000000000000' +
        hexOf(maskedChecksum(Buffer.from('0900000000000000', 'hex'))) +
        '313233343536373839' +
        hexOf(masked),
    );
  });

  test('are read back up to the first that is damaged', () => {
    const data = ['one', '', 'three', 'four'].map((text) => Buffer.from(text));
    const records = data.map(frameRecord);
    const content = Buffer.concat(records);
    expect([...framedRecords(content)].map(({ data: read }) => read.toString())).toEqual(['one', '', 'three', 'four']);
    expect([...framedRecords(content)].at(-1)?.end).toBe(content.length);
    const third = records[0].length + records[1].length;
    for (let i = third; i < third + records[2].length; i++) {
      const damaged = Buffer.from(content);
      damaged[i] ^= 0x10;
      expect([...framedRecords(damaged)]).toHaveLength(2);
      expect([...framedRecords(content.subarray(0, i))]).toHaveLength(2);
    }
  });
});

test('events are the messages of event.proto', () => {
  expect(Buffer.from(versionEvent(0)).toString('hex')).toBe(
    '090000000000000000' + '1a0d' + Buffer.from('brain.Event:2').toString('hex'),
  );
  // wall_time 2.0; step 300; summary { value { tag: "a" simple_value: 1.5 } }
  expect(Buffer.from(scalarEvent(2, 300, [['a', 1.5]])).toString('hex')).toBe(
    '090000000000000040' + '10ac02' + '2a0a' + '0a08' + '0a0161' + '150000c03f',
  );
  expect(stepOfEvent(scalarEvent(2, 2 ** 40 + 1, [['a', 1.5]]))).toBe(2 ** 40 + 1);
  expect(stepOfEvent(versionEvent(5))).toBe(0);
});

function hexOf(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString('hex');
}

/** A Python that has TensorBoard: GFLOWNET_PYTHON, else python3; null if neither does. */
function pythonWithTensorBoard(): string | null {
  const candidates = [process.env.GFLOWNET_PYTHON, 'python3'].filter((name) => name !== undefined);
  return candidates.find((name) => spawnSync(name, ['-c', 'import tensorboard']).status === 0) ?? null;
}

const python = pythonWithTensorBoard();
const script = fileURLToPath(new URL('read-events.py', import.meta.url));

describe.skipIf(python === null)('TensorBoard itself (needs a Python with tensorboard: GFLOWNET_PYTHON)', () => {
  interface Scalar {
    readonly wallTime: number;
    readonly step: number;
    readonly value: number;
  }
  const read = (path: string) => spawnSync(python!, [script, path], { encoding: 'utf8' });

  test('shows what training reported', async () => {
    const path = join(folder, 'run');
    using trainer = await Trainer.create({
      environment: hypergrid({ dimensions: 2, side: 4 }),
      objective: trajectoryBalance(),
      hidden: [8],
    });
    const told: Progress[] = [];
    const logger = await TensorBoardLogger.open(path, { wallTime: () => 1_700_000_000.5 });
    const training = trainer.train({ steps: 20, reportEvery: 2, evaluateEvery: 10 });
    for await (const report of logReports(training, logger)) told.push(report);
    const { status, stdout, stderr } = read(path);
    expect(status, stderr).toBe(0);
    const shown = JSON.parse(stdout) as Record<string, Scalar[]>;
    const names = Object.keys(told[0]).filter((name) => name !== 'step' && name !== 'visited');
    expect(Object.keys(shown).sort()).toEqual(names.sort());
    for (const name of names as ('loss' | 'logZ' | 'l1Sum')[]) {
      const expected = told
        .filter((report) => report[name] !== null)
        .map((report) => ({ wallTime: 1_700_000_000.5, step: report.step, value: Math.fround(report[name]!) }));
      expect(shown[name], name).toEqual(expected);
    }
    expect(shown.l1Sum.map(({ step }) => step)).toEqual([10, 20]);
  });

  test('shows a file that was continued, and stops at a damaged record', async () => {
    const path = join(folder, 'continued');
    const first = await TensorBoardLogger.open(path);
    for (let step = 1; step <= 5; step++) await first.log({ step, loss: step });
    await first.close();
    const second = await TensorBoardLogger.open(path, { continueFrom: 3 });
    for (let step = 4; step <= 6; step++) await second.log({ step, loss: 10 * step });
    await second.close();
    const losses = () =>
      (JSON.parse(read(path).stdout) as Record<string, Scalar[]>).loss.map(({ step, value }) => [step, value]);
    expect(losses()).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 40],
      [5, 50],
      [6, 60],
    ]);
    const file = join(path, 'events.out.tfevents.gflownet');
    const content = readFileSync(file);
    content[content.length - 1] ^= 1;
    writeFileSync(file, content);
    expect(losses().map(([step]) => step)).toEqual([1, 2, 3, 4, 5]);
  });
});
