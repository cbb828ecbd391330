import { describe, expect, test } from 'vitest';
import { logReports } from '../../src/log/log-reports.ts';
import type { StepFigures, TrainingLogger } from '../../src/log/training-logger.ts';

interface Recorder extends TrainingLogger {
  readonly events: string[];
}

function recorder(failure: { at?: number; closing?: boolean } = {}): Recorder {
  const events: string[] = [];
  return {
    events,
    async log({ step }) {
      await Promise.resolve();
      if (step === failure.at) throw new Error(`no room for ${step}`);
      events.push(`log ${step}`);
    },
    close() {
      events.push('close');
      if (failure.closing === true) throw new Error('cannot close');
    },
  };
}

async function* reports(events: string[] = [], failAt = Infinity): AsyncGenerator<StepFigures, void, undefined> {
  try {
    for (let step = 1; step <= 4; step++) {
      await Promise.resolve();
      if (step === failAt) throw new Error('diverged');
      yield { step };
    }
  } finally {
    events.push('training ended');
  }
}

async function read(all: AsyncIterable<StepFigures>, leaveAt = Infinity): Promise<number[]> {
  const steps: number[] = [];
  for await (const { step } of all) {
    steps.push(step);
    if (step === leaveAt) break;
  }
  return steps;
}

describe('logReports', () => {
  test('gives each report to every logger, then to the loop, and closes', async () => {
    const [one, two] = [recorder(), recorder()];
    const called: number[] = [];
    const steps = await read(logReports(reports(), one, ({ step }) => void called.push(step), two));
    expect(steps).toEqual([1, 2, 3, 4]);
    expect(called).toEqual(steps);
    expect(one.events).toEqual(['log 1', 'log 2', 'log 3', 'log 4', 'close']);
    expect(two.events).toEqual(one.events);
  });

  test('closes when the loop is left, and ends training', async () => {
    const logger = recorder();
    const events: string[] = [];
    expect(await read(logReports(reports(events), logger), 2)).toEqual([1, 2]);
    expect(logger.events).toEqual(['log 1', 'log 2', 'close']);
    expect(events).toEqual(['training ended']);
  });

  test('closes when training fails, with the error of training', async () => {
    const loggers = [recorder({ closing: true }), recorder()];
    await expect(read(logReports(reports([], 3), ...loggers))).rejects.toThrow('diverged');
    for (const { events } of loggers) expect(events).toEqual(['log 1', 'log 2', 'close']);
  });

  test('an error of a logger ends training and closes all', async () => {
    const loggers = [recorder(), recorder({ at: 2 }), recorder()];
    const events: string[] = [];
    await expect(read(logReports(reports(events), ...loggers))).rejects.toThrow('no room for 2');
    expect(events).toEqual(['training ended']);
    for (const logger of loggers) expect(logger.events.at(-1)).toBe('close');
  });

  test('an error of closing is told, after all are closed', async () => {
    const loggers = [recorder({ closing: true }), recorder()];
    await expect(read(logReports(reports(), ...loggers))).rejects.toThrow('cannot close');
    expect(loggers[1].events.at(-1)).toBe('close');
  });
});
