import { randomInt } from 'node:crypto';
import { Readable } from 'node:stream';
import { Admission, FullError } from './admission.js';
import { samplePart, samplesBody } from './samples-body.js';

const LARGEST_SEED = 2 ** 48 - 1;
/** Characters of a stream that are written together. */
const STREAM_CHUNK = 16_384;

const sampleSchema = {
  type: 'object',
  required: ['state', 'logReward', 'logProbability'],
  properties: {
    state: { type: 'string', description: 'the object, as its environment writes it' },
    logReward: { type: 'number', description: 'log R(x) at β = 1' },
    logProbability: { type: 'number', description: 'log P_F of the trajectory that built it' },
  },
};

const responseSchema = {
  type: 'object',
  required: ['model', 'environment', 'seed', 'samples'],
  properties: {
    model: { type: 'string' },
    environment: { type: 'string' },
    seed: { type: 'integer', description: 'asks for the same samples again' },
    samples: { type: 'array', items: sampleSchema },
  },
};

function querySchema(maximum) {
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      n: { type: 'integer', minimum: 1, maximum, default: 10 },
      seed: { type: 'integer', minimum: 0, maximum: LARGEST_SEED },
    },
  };
}

function clientGone() {
  return Object.assign(new Error('the client has gone'), { statusCode: 499 });
}

/** Aborted when the client goes away before it has its answer. */
function goneSignal(reply) {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(clientGone());
  });
  return controller.signal;
}

/** `GET /sample` and `GET /stream`: objects of the served model. */
export function sampling(app, { settings, served, metrics }) {
  const admission = new Admission(settings.concurrency, settings.queue);
  metrics.watchAdmission(admission);
  let streams = 0;

  app.get(
    '/sample',
    { schema: { querystring: querySchema(settings.maximumSamples), response: { 200: responseSchema } } },
    async (request, reply) => {
      const { n, seed = randomInt(LARGEST_SEED) } = request.query;
      const signal = goneSignal(reply);
      return admission.run(signal, async () => {
        const { name, model, release } = served.lend();
        try {
          const head = { model: name, environment: model.environment.name, seed };
          const body = await samplesBody(head, model.stream({ count: n, seed, signal }));
          metrics.samples.inc(n);
          reply.type('application/json; charset=utf-8');
          return body;
        } finally {
          release();
        }
      });
    },
  );

  app.get(
    '/stream',
    { schema: { querystring: querySchema(settings.maximumStreamedSamples) } },
    async (request, reply) => {
      if (streams >= settings.streams) throw new FullError('too many streams are open already', 1);
      const { n, seed = randomInt(LARGEST_SEED) } = request.query;
      const { model, release } = served.lend();
      streams++;
      // The stream asks for more only when its reader has taken what there is: a slow client costs no memory.
      const lines = Readable.from(sampleLines(model, { count: n, seed, signal: goneSignal(reply) }, metrics));
      lines.once('close', () => {
        streams--;
        release();
      });
      return reply.type('application/x-ndjson').send(lines);
    },
  );
}

async function* sampleLines(model, options, metrics) {
  let text = '';
  for await (const sample of model.stream(options)) {
    metrics.samples.inc();
    text += `${JSON.stringify(samplePart(sample))}\n`;
    if (text.length < STREAM_CHUNK) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}
