import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { CsvLogger } from '../../src/log/csv-logger.ts';
import { JsonLinesLogger } from '../../src/log/json-lines-logger.ts';
import { TensorBoardLogger } from '../../src/log/tensorboard-logger.ts';
import type { LogFileOptions, TrainingLogger } from '../../src/log/training-logger.ts';

const root = mkdtempSync(join(tmpdir(), 'gflownet-log-'));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const figures = (step: number) => ({
  step,
  loss: 1 / step,
  l1Sum: step % 2 === 0 ? null : 0.25,
  visited: new Int32Array(3),
});
const eventFile = 'events.out.tfevents.gflownet';

const kinds = [
  {
    name: 'CSV',
    file: 'metrics.csv',
    open: (options: LogFileOptions) => CsvLogger.open(join(folder, 'metrics.csv'), options),
  },
  {
    name: 'JSON lines',
    file: 'metrics.jsonl',
    open: (options: LogFileOptions) => JsonLinesLogger.open(join(folder, 'metrics.jsonl'), options),
  },
  {
    name: 'TensorBoard',
    file: eventFile,
    open: (options: LogFileOptions) => TensorBoardLogger.open(folder, { ...options, wallTime: () => 0 }),
  },
];

async function logSteps(logger: TrainingLogger, first: number, last: number): Promise<void> {
  for (let step = first; step <= last; step++) await logger.log(figures(step));
  await logger.close();
}

describe.each(kinds)('$name', ({ file, open }) => {
  const content = (): Buffer => readFileSync(join(folder, file));

  test('a file that is continued is that of an uninterrupted run, wherever it was cut off', async () => {
    await logSteps(await open({}), 1, 12);
    const whole = content();
    // The process was killed at step 9 at the latest, its checkpoint is of step 5.
    await logSteps(await open({}), 1, 9);
    const { length } = content();
    await logSteps(await open({}), 1, 5);
    const ofCheckpoint = content();
    for (let cut = 0; cut <= length - ofCheckpoint.length; cut++) {
      await logSteps(await open({}), 1, 9);
      truncateSync(join(folder, file), length - cut);
      const logger = await open({ continueFrom: 5 });
      expect(content().equals(ofCheckpoint), String(cut)).toBe(true);
      await logSteps(logger, 6, 12);
      expect(content().equals(whole), String(cut)).toBe(true);
    }
  });

  test('a file is started anew unless it is continued', async () => {
    await logSteps(await open({}), 1, 3);
    const three = content();
    await logSteps(await open({}), 1, 9);
    await logSteps(await open({ continueFrom: 0 }), 1, 3);
    expect(content().equals(three)).toBe(true);
  });

  test('continuing where there is no file begins one', async () => {
    await logSteps(await open({ continueFrom: 7 }), 8, 9);
    const begun = content();
    await logSteps(await open({}), 8, 9);
    expect(content().equals(begun)).toBe(true);
  });

  test('each record is in the file before the next', async () => {
    const logger = await open({});
    await logger.log(figures(1));
    const { length } = content();
    await logger.log(figures(2));
    expect(content().length).toBeGreaterThan(length);
    await logger.close();
  });

  test('bad options and places', async () => {
    await expect(open({ continueFrom: -1 })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    await expect(open({ from: 1 } as object)).rejects.toMatchObject({ code: 'ERR_UNKNOWN_OPTION' });
    writeFileSync(join(folder, 'taken'), '');
    folder = join(folder, 'taken');
    const opened = open({});
    await expect(opened).rejects.toMatchObject({ name: 'GfnError', code: 'ERR_OUTPUT' });
    await expect(opened).rejects.toThrow(file);
  });

  test.skipIf(process.getuid?.() === 0)('a read-only folder (not for root, who may write anywhere)', async () => {
    chmodSync(folder, 0o500);
    await expect(open({})).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
  });
});

test.skipIf(!existsSync('/dev/full'))('a full disk is ERR_OUTPUT', async () => {
  const logger = await JsonLinesLogger.open('/dev/full');
  await expect(logger.log(figures(1))).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
  await expect(logger.log(figures(1))).rejects.toThrow('/dev/full: cannot be written: ENOSPC');
});

describe('CSV', () => {
  const path = (): string => join(folder, 'metrics.csv');

  test('quotes what has to be', async () => {
    const logger = await CsvLogger.open(path());
    await logger.log({ step: 1, 'a,b': 'say "hi"', note: 'two\nlines', done: false, none: null, loss: -Infinity });
    await logger.close();
    expect(readFileSync(path(), 'utf8')).toBe(
      'step,"a,b",note,done,none,loss\n1,"say ""hi""","two\nlines",false,,-Infinity\n',
    );
  });

  test('a figure that is missing later is an empty field, a new one is refused', async () => {
    const logger = await CsvLogger.open(path());
    await logger.log(figures(1));
    await logger.log({ step: 2 });
    await expect(logger.log({ step: 3, gain: 1 })).rejects.toThrow('expected the columns step, loss, l1Sum, got gain');
    await logger.close();
    expect(readFileSync(path(), 'utf8')).toBe('step,loss,l1Sum\n1,1,0.25\n2,,\n');
  });

  test('continues records that span lines, and refuses what is no log', async () => {
    writeFileSync(path(), 'step,note\n1,"a\nb"\n2,"c\nd"\n3,e\n');
    const logger = await CsvLogger.open(path(), { continueFrom: 2 });
    await logger.log({ step: 4, note: 'f' });
    await logger.close();
    expect(readFileSync(path(), 'utf8')).toBe('step,note\n1,"a\nb"\n2,"c\nd"\n4,f\n');
    writeFileSync(path(), 'time,note\n1,a\n');
    await expect(CsvLogger.open(path(), { continueFrom: 2 })).rejects.toThrow(/expected a column step, got time, note/);
    writeFileSync(path(), 'step,note\n1,"a\n');
    await expect(CsvLogger.open(path(), { continueFrom: 2 })).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
  });
});

test('JSON lines hold scalars only; what is not finite is null', async () => {
  const logger = await JsonLinesLogger.open(join(folder, 'deep', 'metrics.jsonl'));
  await logger.log({ ...figures(1), loss: NaN });
  await logger.close();
  expect(readFileSync(join(folder, 'deep', 'metrics.jsonl'), 'utf8')).toBe('{"step":1,"loss":null,"l1Sum":0.25}\n');
});
