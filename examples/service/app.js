import { readFileSync } from 'node:fs';
import { clearInterval, setInterval } from 'node:timers';
import Fastify from 'fastify';
import { Metrics, metricsRoute } from './metrics.js';
import { sampling } from './sampling.js';
import { ServedModel } from './served-model.js';
import { training } from './training.js';

const pageFiles = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page.js', 'page.js', 'text/javascript; charset=utf-8'],
  ['/chart.js', 'chart.js', 'text/javascript; charset=utf-8'],
  ['/page.css', 'page.css', 'text/css; charset=utf-8'],
];

/** Milliseconds between two looks, during a shutdown, whether anything is still to be answered. */
const CLOSING_INTERVAL = 100;

/**
 * A closing server waits for every connection, also for those that a browser has opened in advance or keeps for later:
 * they are closed when no request is under way.
 */
function closeUnusedConnections(app) {
  let requests = 0;
  let timer;
  app.addHook('onRequest', async (_, reply) => {
    requests++;
    reply.raw.once('close', () => requests--);
  });
  app.addHook('preClose', async () => {
    timer = setInterval(() => {
      if (requests === 0) app.server.closeAllConnections();
    }, CLOSING_INTERVAL);
  });
  app.addHook('onClose', async () => clearInterval(timer));
}

/** The service, which serves nothing yet: `served.replace` gives it a model. */
export function buildApp(settings) {
  const app = Fastify({
    logger: { level: process.env.LOG_LEVEL ?? 'warn' },
    return503OnClosing: false, // a request that has come in is answered
    // Wrong parameters are refused, not dropped; text of the query becomes numbers.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true } },
  });
  const context = { settings, served: new ServedModel(), metrics: new Metrics() };

  app.setErrorHandler((error, request, reply) => {
    if (error.retryAfter !== undefined) reply.header('retry-after', error.retryAfter);
    const statusCode = error.statusCode ?? 500;
    if (statusCode >= 500 && error.retryAfter === undefined) request.log.error(error);
    return reply.code(statusCode).send({ statusCode, code: error.code, message: error.message });
  });

  closeUnusedConnections(app);
  metricsRoute(app, context);
  sampling(app, context);
  training(app, context);
  app.get('/health', async () => ({ status: 'alive' }));
  app.get('/ready', async (_, reply) => {
    const { ready, name } = context.served;
    return ready ? { status: 'ready', model: name } : reply.code(503).send({ status: 'starting' });
  });
  for (const [url, file, type] of pageFiles) {
    const content = readFileSync(new URL(`page/${file}`, import.meta.url));
    app.get(url, async (_, reply) => {
      return reply.type(type).header('content-security-policy', "default-src 'self'").send(content);
    });
  }
  app.addHook('onClose', async () => context.served.close());
  return { app, served: context.served };
}
