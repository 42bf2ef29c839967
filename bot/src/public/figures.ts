/** The metrics, at an address of their own: they are for whoever runs the reception, and the public origin knows nothing of them. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { metrics } from '../ground/metrics.ts';
import type { Settings } from '../ground/settings.ts';

/** Milliseconds for a request to arrive: whoever asks is near. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Answers `GET /metrics` in Prometheus' text format, and nothing else.
 * @throws Error where nothing can listen at this address
 */
export async function serveFigures({ host, port }: NonNullable<Settings['metrics']>): Promise<Server> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    if (request.url !== '/metrics' || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404).end();
      return;
    }
    metrics.registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': metrics.registry.contentType, 'cache-control': 'no-store' }).end(text),
      (error: unknown) => {
        metrics.porter_failures_total.inc({ what: 'metrics' });
        response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(`The metrics could not be read: ${String(error)}\n`);
      },
    );
  });
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new Error(`The metrics cannot be served at ${host}:${port} (${String(error)}): name another address under "metrics" in the bot's settings.`, { cause: error });
  }
  return server;
}
