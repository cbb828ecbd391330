import { availableParallelism } from 'node:os';

/**
 * The settings of the service, from environment variables.
 * @typedef {ReturnType<typeof readSettings>} Settings
 */
export function readSettings(env = process.env) {
  return {
    host: env.HOST ?? '127.0.0.1',
    port: integer(env, 'PORT', 3000, 0, 65535),
    /** A file of `FlowModel.save` or `gflownet train`; without one a small model is trained at the start. */
    model: env.MODEL,
    /** Largest n of one request. */
    maximumSamples: integer(env, 'MAXIMUM_SAMPLES', 10_000, 1, 2 ** 28),
    maximumStreamedSamples: integer(env, 'MAXIMUM_STREAMED_SAMPLES', 1_000_000, 1, 2 ** 28),
    /** Requests that sample at once; the model serves them in turns. */
    concurrency: integer(env, 'CONCURRENCY', 8, 1, 1024),
    /** Requests that may wait for that; more are answered with 503. */
    queue: integer(env, 'QUEUE', 128, 0, 2 ** 16),
    /** Streams at once; they do not wait. */
    streams: integer(env, 'STREAMS', 16, 1, 1024),
    /** Threads of each model, in training or served: one processor is left to answer requests. */
    threads: integer(env, 'THREADS', Math.max(1, availableParallelism() - 1), 1, 1024),
    /** Seconds after which a shutdown no longer waits for requests. */
    shutdownSeconds: integer(env, 'SHUTDOWN_SECONDS', 20, 1, 3600),
  };
}

function integer(env, name, otherwise, minimum, maximum) {
  const text = env[name];
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  throw new RangeError(`${name}: expected an integer from ${minimum} to ${maximum}, got ${text}`);
}
