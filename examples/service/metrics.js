import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** What Prometheus is told: the process, requests, samples, the queue and the training job. */
export class Metrics {
  registry = new Registry();
  samples = new Counter({
    name: 'gflownet_samples_total',
    help: 'Objects sampled',
    registers: [this.registry],
  });
  requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of requests by route, method and status',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  watchAdmission(admission) {
    this.#gauge('gflownet_requests_running', 'Sample requests under way', () => admission.running);
    this.#gauge('gflownet_requests_waiting', 'Sample requests in the queue', () => admission.waiting);
  }

  watchJob(job) {
    const last = (name) => job.reports.at(-1)?.[name] ?? NaN;
    this.#gauge('gflownet_training_running', '1 while a training job runs', () => Number(job.state === 'running'));
    this.#gauge('gflownet_training_step', 'Steps of the last training job', () => last('step'));
    this.#gauge('gflownet_training_loss', 'Its loss', () => last('loss'));
    this.#gauge('gflownet_training_log_z', 'Its estimate of log Z', () => last('logZ'));
  }

  /** A gauge that is read when it is asked for; takes the place of an older one of its name. */
  #gauge(name, help, value) {
    this.registry.removeSingleMetric(name);
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(value());
      },
    });
  }
}

/** `GET /metrics`, and a hook that times every request. */
export function metricsRoute(app, { metrics }) {
  app.addHook('onResponse', async (request, reply) => {
    const labels = { route: request.routeOptions.url ?? 'unknown', method: request.method, status: reply.statusCode };
    metrics.requests.observe(labels, reply.elapsedTime / 1000);
  });
  app.get('/metrics', async (_, reply) => {
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}
