import { Readable } from 'node:stream';
import { TrainingJob } from './training-job.js';

/** Seconds without news after which a comment keeps proxies from closing an event stream. */
const QUIET_SECONDS = 15;

const bodySchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    dimensions: { type: 'integer', minimum: 1, maximum: 4, default: 2 },
    side: { type: 'integer', minimum: 2, maximum: 16, default: 8 },
    steps: { type: 'integer', minimum: 1, maximum: 1_000_000, default: 3000 },
    batchSize: { type: 'integer', minimum: 1, maximum: 1024, default: 16 },
    seed: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 },
  },
};

/**
 * `POST /train` starts a job, `GET /train` tells how it is, `GET /train/events` watches it, `DELETE /train` stops it. A
 * job that has finished is what requests sample from.
 */
export function training(app, { settings, served, metrics }) {
  let job;
  let jobs = 0;
  let starting = false;

  async function start(options) {
    starting = true;
    try {
      const former = job;
      job = await TrainingJob.start(++jobs, options, settings.threads);
      if (former !== undefined && former.state !== 'finished') former.trainer.dispose();
    } finally {
      starting = false;
    }
    const started = job;
    metrics.watchJob(started);
    void started.ended.then(() => {
      const { number, state, trainer } = started;
      if (state === 'finished') served.replace(`job ${number}`, trainer.model, () => trainer.dispose());
    });
    return started;
  }

  function currentJob() {
    if (job === undefined) throw Object.assign(new Error('no training job has been started'), { statusCode: 404 });
    return job;
  }

  app.post('/train', { schema: { body: bodySchema } }, async (request, reply) => {
    if (starting || job?.state === 'running') {
      throw Object.assign(new Error('a training job runs already'), { statusCode: 409 });
    }
    const { status } = await start(request.body);
    return reply.code(202).header('location', '/train').send(status);
  });

  app.get('/train', async () => currentJob().status);

  app.delete('/train', async () => {
    const current = currentJob();
    current.stop();
    await current.ended;
    return current.status;
  });

  app.get('/train/events', async (request, reply) => {
    const current = currentJob();
    const afterStep = Number(request.headers['last-event-id']) || 0;
    return reply
      .type('text/event-stream')
      .header('cache-control', 'no-store')
      .send(Readable.from(events(current, afterStep)));
  });

  // Event streams end with the job; only then can the server close.
  app.addHook('preClose', async () => {
    job?.stop();
    await job?.ended;
  });
  app.addHook('onClose', async () => {
    if (job?.state !== 'finished') job?.trainer.dispose();
  });
}

async function* events(job, afterStep) {
  yield `event: start\ndata: ${JSON.stringify(job.status)}\n\n`;
  for await (const report of job.watch(afterStep, QUIET_SECONDS)) {
    yield report === null ? ': nothing new\n\n' : `id: ${report.step}\ndata: ${JSON.stringify(report)}\n\n`;
  }
  yield `event: end\ndata: ${JSON.stringify(job.status)}\n\n`;
}
