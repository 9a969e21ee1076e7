/** The HTTP door: GitHub's webhooks and a health check. Listens, answers, and knows nothing else. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { createWebhookMiddleware } from '../../github/webhooks.ts';
import type { Runtime } from '../runtime.ts';

export interface HttpDoor {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** `port` 0 takes a free one. Rejects when the port is taken. */
export async function openHttpDoor(
  runtime: Runtime,
  options: { readonly port: number; readonly host?: string; readonly log: Logger },
): Promise<HttpDoor> {
  const webhooks = createWebhookMiddleware(runtime.app, runtime.engine.receive, { log: options.log });
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      if (await webhooks(request, response)) return;
      if (request.url === '/healthz' || request.url === '/ping') {
        const health = await runtime.store.health(Date.now());
        response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(health)}\n`);
      } else
        response
          .writeHead(404, { 'content-type': 'text/plain' })
          .end('Muster takes webhooks at /api/github/webhooks and answers /healthz.\n');
    };
    answer().catch((error) => {
      options.log.error({ error: String(error) }, 'a request failed');
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
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
