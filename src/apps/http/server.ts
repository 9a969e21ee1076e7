/** The HTTP door: GitHub's webhooks, and how the server is. Listens, answers, and knows nothing else. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { createWebhookMiddleware } from '../../github/webhooks.ts';
import type { Runtime } from '../runtime.ts';
import { type HealthParts, readHealth } from './health.ts';
import { renderMetrics } from './metrics.ts';

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
  /** What was found out about the server is told again for so long. */
  readonly freshMs: number;
}

const usualLimits: DoorLimits = { headersMs: 10_000, requestMs: 30_000, connections: 2_000, freshMs: 1_000 };

type DoorRuntime = Pick<Runtime, 'app' | 'store' | 'traffic'> & {
  readonly engine: Pick<Runtime['engine'], 'receive'>;
} & Pick<HealthParts, 'ports'>;

/** `port` 0 takes a free one. Rejects when the port is taken. */
export async function openHttpDoor(
  runtime: DoorRuntime,
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
  const watch = createWatch(runtime, limits.freshMs);
  const timers = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.min(2_000, limits.headersMs),
  };
  const server = createServer(timers, (request, response) => {
    const answer = async (): Promise<void> => {
      if (await webhooks(request, response)) runtime.traffic.onWebhook(response.statusCode);
      else await answerOthers(watch, request, response);
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

const words = 'Muster takes webhooks at /api/github/webhooks and answers /healthz, /readyz and /metrics.\n';

type Watch = (
  path: string,
) => Promise<{ readonly status: number; readonly type: string; readonly text: string } | null>;

/**
 * What is asked about the server itself; null for any other path. Whoever reaches the port may ask, so the database is
 * not asked more often than every `freshMs`, and for what takes whole tables a fifteenth as often.
 */
function createWatch(runtime: DoorRuntime, freshMs: number): Watch {
  const health = keptFor(freshMs, () => readHealth(runtime, Date.now()));
  const figures = keptFor(freshMs * 15, () => runtime.store.figures().catch(() => null));
  return async (path) => {
    switch (path) {
      case '/healthz': {
        const { ok, components, stored } = await health();
        const liveOrchestrations = stored?.liveOrchestrations ?? null;
        return json(ok ? 200 : 503, { status: ok ? 'ok' : 'failing', components, liveOrchestrations });
      }
      case '/readyz':
      case '/ping': {
        const { ready } = await health();
        return json(ready ? 200 : 503, { ready });
      }
      case '/metrics': {
        const now = await health();
        const text = renderMetrics(now, now.ready ? await figures() : null, runtime.traffic.seen(), Date.now());
        return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', text };
      }
      default:
        return null;
    }
  };
}

function json(status: number, document: unknown): { status: number; type: string; text: string } {
  return { status, type: 'application/json', text: `${JSON.stringify(document)}\n` };
}

/** Answers again what was found less than `ms` ago, and asks once for all who wait. `find` must not reject. */
function keptFor<T>(ms: number, find: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | null = null;
  return () => {
    if (found !== null) return found;
    const finding = find();
    found = finding;
    void finding.finally(() => setTimeout(() => (found = null), ms).unref());
    return finding;
  };
}

async function answerOthers(watch: Watch, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = '/'] = (request.url ?? '/').split('?', 1);
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const answer = reads ? await watch(path) : null;
  if (answer === null) {
    const close = request.complete ? {} : { connection: 'close' };
    response.writeHead(404, { 'content-type': 'text/plain', ...close }).end(words);
    return;
  }
  response.writeHead(answer.status, { 'content-type': answer.type, 'cache-control': 'no-store' }).end(answer.text);
}
