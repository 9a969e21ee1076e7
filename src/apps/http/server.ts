/** The HTTP door: GitHub's webhooks and a health check. Listens, answers, and knows nothing else. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { createWebhookMiddleware } from '../../github/webhooks.ts';
import type { Runtime } from '../runtime.ts';

export interface HttpDoor {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** What strangers can use up. Times in milliseconds. */
export interface DoorLimits {
  /** Until the headers are there, and until the whole request is; GitHub itself gives up after ten seconds. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** Open at once; more are refused, so that files and programs can still be opened. */
  readonly connections: number;
}

const usualLimits: DoorLimits = { headersMs: 10_000, requestMs: 30_000, connections: 2_000 };

/** `port` 0 takes a free one. Rejects when the port is taken. */
export async function openHttpDoor(
  runtime: Pick<Runtime, 'app' | 'store'> & { readonly engine: Pick<Runtime['engine'], 'receive'> },
  options: {
    readonly port: number;
    readonly host?: string;
    readonly log: Logger;
    readonly limits?: Partial<DoorLimits>;
  },
): Promise<HttpDoor> {
  const { log } = options;
  const limits = { ...usualLimits, ...options.limits };
  const webhooks = createWebhookMiddleware(runtime.app, runtime.engine.receive, { log });
  const timers = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.min(2_000, limits.headersMs),
  };
  const server = createServer(timers, (request, response) => {
    const answer = async (): Promise<void> => {
      if (!(await webhooks(request, response))) await answerOthers(runtime.store, request, response);
    };
    answer().catch((error) => {
      log.error({ error: String(error) }, 'a request failed');
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  server.maxConnections = limits.connections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  // such as: no more file descriptors. Without a listener it would end the process.
  server.on('error', (error) => log.error({ error: String(error) }, 'the HTTP door is in trouble'));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host ?? '127.0.0.1'}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answerOthers(
  store: Runtime['store'],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path] = (request.url ?? '/').split('?', 1);
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (!reads || (path !== '/healthz' && path !== '/ping')) {
    const close = request.complete ? {} : { connection: 'close' };
    response
      .writeHead(404, { 'content-type': 'text/plain', ...close })
      .end('Muster takes webhooks at /api/github/webhooks and answers /healthz.\n');
    return;
  }
  const health = await store.health(Date.now());
  // whoever asks from outside learns how it goes, and nothing of where it lies
  const database = health.database.split(' ', 1)[0];
  response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify({ ...health, database })}\n`);
}
