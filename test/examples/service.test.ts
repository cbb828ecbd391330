import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hypergrid } from '../../src/env/hypergrid.ts';
import { trajectoryBalance } from '../../src/objective/define-objective.ts';
import { Trainer } from '../../src/trainer/trainer.ts';
import { ServiceProcess } from './service-process.ts';

interface Sampled {
  readonly model: string;
  readonly environment: string;
  readonly seed: number;
  readonly samples: readonly { readonly state: string; readonly logReward: number; readonly logProbability: number }[];
}
interface Job {
  readonly number: number;
  readonly state: string;
  readonly exactLogZ: number;
  readonly progress: { readonly step: number; readonly loss: number; readonly logZ: number } | null;
}
interface SentEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: string;
}

/** The events of a stream, until it ends. */
async function* sentEvents(response: Response): AsyncGenerator<SentEvent, void, undefined> {
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => line.split(/: (.*)/s) as [string, string]),
      );
      text = text.slice(end + 2);
      yield { event: fields.get('event') ?? 'message', id: fields.get('id'), data: fields.get('data') ?? '' };
    }
  }
}

/** Requests for samples that the service has seen so far: answered, running and waiting. */
async function samplesAsked(service: ServiceProcess): Promise<number> {
  const text = await (await service.fetch('/metrics')).text();
  const figures = text.matchAll(
    /^(?:gflownet_requests_\w+|http_request_duration_seconds_count\{route="\/sample".*\}) (\d+)$/gm,
  );
  return [...figures].reduce((sum, [, value]) => sum + Number(value), 0);
}

async function jobInState(service: ServiceProcess, ...states: string[]): Promise<Job> {
  while (true) {
    const job = await service.json<Job>('/train');
    if (states.includes(job.state)) return job;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the service, as it starts', () => {
  let service: ServiceProcess;
  beforeAll(async () => (service = await ServiceProcess.start()));
  afterAll(async () => expect(await service.stop()).toBe(0));

  test('samples, without any set-up of its own', async () => {
    const response = await service.fetch('/sample?n=100');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('application/json');
    const { environment, seed, samples, model } = (await response.json()) as Sampled;
    expect(environment).toBe('hypergrid');
    expect(model).toMatch(/hypergrid after 1500 steps/);
    expect(samples).toHaveLength(100);
    const grid = hypergrid({ dimensions: 2, side: 8 });
    for (const { state, logReward, logProbability } of samples) {
      expect(logReward).toBeCloseTo(grid.logReward(grid.parse(state)), 9);
      expect(logProbability).toBeLessThan(0);
    }
    const again = await service.json<Sampled>(`/sample?n=100&seed=${seed}`);
    expect(again.samples).toEqual(samples);
    expect((await service.json<Sampled>('/sample')).samples).toHaveLength(10);
  });

  test.each([
    ['n=0', /n must be >= 1/],
    ['n=10001', /n must be <= 10000/],
    ['n=ten', /n must be integer/],
    ['n=1.5', /n must be integer/],
    ['seed=-1', /seed must be >= 0/],
    ['sed=1', /must NOT have additional properties/],
  ])('refuses /sample?%s', async (query, message) => {
    const response = await service.fetch(`/sample?${query}`);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { message: string }).message).toMatch(message);
  });

  test('streams the same samples, and takes no harm from a reader that goes away', async () => {
    const { samples } = await service.json<Sampled>('/sample?n=3000&seed=5');
    const text = await (await service.fetch('/stream?n=3000&seed=5')).text();
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(samples);
    const reader = (await service.fetch('/stream?n=1000000')).body!.getReader();
    expect((await reader.read()).done).toBe(false);
    // Nobody reads on: once the buffers of the connection are full, nothing more is drawn.
    const drawn = async () =>
      Number(/^gflownet_samples_total (\d+)$/m.exec(await (await service.fetch('/metrics')).text())?.[1]);
    let [before, after] = [-1, 0];
    while (after !== before) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      [before, after] = [after, await drawn()];
    }
    expect(after).toBeLessThan(500_000);
    await reader.cancel();
    expect((await service.fetch('/sample?n=10')).status).toBe(200);
  });

  test('is alive, ready and measured', async () => {
    expect((await service.fetch('/health')).status).toBe(200);
    expect(await service.json('/ready')).toMatchObject({ status: 'ready' });
    const response = await service.fetch('/metrics');
    expect(response.headers.get('content-type')).toContain('text/plain');
    const text = await response.text();
    expect(Number(/^gflownet_samples_total (\d+)$/m.exec(text)?.[1])).toBeGreaterThan(3000);
    expect(text).toMatch(/^http_request_duration_seconds_count\{route="\/sample",method="GET",status="200"\} \d+$/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m);
    expect(text).toMatch(/^gflownet_requests_waiting 0$/m);
  });

  test('has a page that loads nothing from elsewhere', async () => {
    const page = await service.fetch('/');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toBe("default-src 'self'");
    const html = await page.text();
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file);
    expect(files).toEqual(['page.css', 'page.js']);
    for (const file of [...files, 'chart.js']) expect((await service.fetch(`/${file}`)).status).toBe(200);
  });

  test('trains a job that is watched over server-sent events, and then samples from it', async () => {
    expect((await service.fetch('/train')).status).toBe(404);
    expect((await service.post('/train', { side: 1 })).status).toBe(400);
    const started = await service.post('/train', { dimensions: 2, side: 4, steps: 600, seed: 3 });
    expect(started.status).toBe(202);
    const { number, exactLogZ } = (await started.json()) as Job;
    const response = await service.fetch('/train/events');
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events: SentEvent[] = [];
    for await (const event of sentEvents(response)) events.push(event);
    expect(events[0].event).toBe('start');
    expect(events.at(-1)?.event).toBe('end');
    const end = JSON.parse(events.at(-1)!.data) as Job;
    expect(end.state).toBe('finished');
    expect(Math.abs(end.progress!.logZ - exactLogZ)).toBeLessThan(0.5);
    const reports = events.slice(1, -1).map(({ id, data }) => ({ id, ...(JSON.parse(data) as { step: number }) }));
    expect(reports.map(({ step }) => step)).toEqual(Array.from({ length: 300 }, (_, i) => 2 * (i + 1)));
    for (const { id, step } of reports) expect(id).toBe(String(step));

    // A watcher that lost its connection goes on where it was.
    const rest: SentEvent[] = [];
    const headers = { 'last-event-id': '596' };
    for await (const event of sentEvents(await service.fetch('/train/events', { headers }))) rest.push(event);
    expect(rest.map(({ id }) => id)).toEqual([undefined, '598', '600', undefined]);
    expect((await service.json<Sampled>('/sample?n=1')).model).toBe(`job ${number}`);
  });

  test('runs one job at a time, which can be stopped', async () => {
    expect((await service.post('/train', { steps: 1_000_000 })).status).toBe(202);
    expect((await service.post('/train', {})).status).toBe(409);
    const response = await service.fetch('/train/events');
    const stopped = await service.json<Job>('/train', { method: 'DELETE' });
    expect(stopped.state).toBe('stopped');
    const events: SentEvent[] = [];
    for await (const event of sentEvents(response)) events.push(event);
    expect(events.at(-1)?.event).toBe('end');
    // The model that was served before still is.
    expect((await service.json<Sampled>('/sample?n=1')).model).toMatch(/^job 1$/);
  });

  test('fails no request under load while a job trains, and serves its model when it has finished', async () => {
    expect((await service.post('/train', { steps: 3000 })).status).toBe(202);
    const result = await autocannon({ url: `${service.url}/sample?n=100`, connections: 20, amount: 1500 });
    expect(result.errors).toBe(0);
    expect(result.timeouts).toBe(0);
    expect(result.non2xx).toBe(0);
    expect(result['2xx']).toBe(1500);
    const { number } = await jobInState(service, 'finished');
    expect((await service.json<Sampled>('/sample?n=1')).model).toBe(`job ${number}`);
    expect(service.stderr()).toBe('');
  });
});

test('with a small queue, requests beyond it are told to come again', async () => {
  const service = await ServiceProcess.start({ CONCURRENCY: '1', QUEUE: '2', STREAMS: '1' });
  try {
    const responses = await Promise.all(Array.from({ length: 30 }, () => service.fetch('/sample?n=10000')));
    const statuses = responses.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    for (const response of responses) {
      const body = await response.text();
      if (response.status === 200) continue;
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(body).toContain('too many requests wait already');
    }
    expect((await service.fetch('/sample?n=10')).status).toBe(200);
    const stream = await service.fetch('/stream?n=1000000');
    expect((await service.fetch('/stream?n=10')).status).toBe(503);
    await stream.body!.cancel();
  } finally {
    expect(await service.stop()).toBe(0);
  }
});

describe('a shutdown', () => {
  test('answers what has come in, ends the job and its watchers, and exits with 0', async () => {
    const service = await ServiceProcess.start({ CONCURRENCY: '1' });
    await service.post('/train', { steps: 1_000_000 });
    const watching = await service.fetch('/train/events');
    const requests = Array.from({ length: 20 }, () => service.fetch('/sample?n=10000'));
    while ((await samplesAsked(service)) < requests.length);
    service.terminate();
    const responses = await Promise.all(requests);
    for (const response of responses) {
      expect(response.status).toBe(200);
      expect(((await response.json()) as Sampled).samples).toHaveLength(10_000);
    }
    const events: SentEvent[] = [];
    for await (const event of sentEvents(watching)) events.push(event);
    expect(JSON.parse(events.at(-1)!.data)).toMatchObject({ state: 'stopped' });
    expect(await service.ended).toBe(0);
    await expect(service.fetch('/sample')).rejects.toThrow();
  });
});

test('a saved model is served; a missing one, or a bad setting, ends the service with a message', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gflownet-service-'));
  const path = join(folder, 'model.onnx');
  {
    using trainer = await Trainer.create({
      environment: hypergrid({ dimensions: 3, side: 4 }),
      objective: trajectoryBalance(),
      hidden: [8],
    });
    await trainer.model.save(path);
  }
  const service = await ServiceProcess.start({ MODEL: path });
  const { model, samples } = await service.json<Sampled>('/sample?n=1');
  expect(model).toBe(path);
  expect(samples[0].state.split(',')).toHaveLength(3);
  expect(await service.stop()).toBe(0);
  await rm(folder, { recursive: true });
  await expect(ServiceProcess.start({ MODEL: path })).rejects.toThrow(/ended with 1.*ERR_MODEL_FILE/s);
  await expect(ServiceProcess.start({ QUEUE: '-1' })).rejects.toThrow(
    /QUEUE: expected an integer from 0 to 65536, got -1/,
  );
});

test('its package.json asks for the versions that are tested here', () => {
  const read = (path: string) =>
    JSON.parse(readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')) as {
      version: string;
      dependencies: Record<string, string>;
      devDependencies: Record<string, string>;
    };
  const root = read('package.json');
  for (const [name, version] of Object.entries(read('examples/service/package.json').dependencies)) {
    expect(name === 'gflownet' ? root.version : root.devDependencies[name], name).toBe(version);
  }
});
