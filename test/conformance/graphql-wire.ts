import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onCleanup } from '../sandbox/local-github.ts';

/** One GraphQL request as it crossed the wire, and its answer. */
export interface GraphqlCall {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly answer: Readonly<Record<string, unknown>>;
}

/** Stands between a client and a server, passes everything on unchanged and keeps the GraphQL. */
export async function listenIn(to: string): Promise<{ readonly url: string; readonly calls: readonly GraphqlCall[] }> {
  const calls: GraphqlCall[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      void pass(request.method ?? 'GET', request.url ?? '/', request.headers, body).then(
        ({ status, headers, text }) => {
          response.writeHead(status, headers).end(text);
        },
      );
    });
  });
  const pass = async (
    method: string,
    path: string,
    given: NodeJS.Dict<string | string[]>,
    body: string,
  ): Promise<{ status: number; headers: Record<string, string>; text: string }> => {
    const kept = ['authorization', 'accept', 'content-type', 'x-github-api-version', 'user-agent'];
    const headers = Object.fromEntries(
      kept.flatMap((name) => (given[name] === undefined ? [] : [[name, String(given[name])]])),
    );
    const answer = await fetch(`${to}${path}`, { method, headers, ...(body === '' ? {} : { body }) });
    const text = await answer.text();
    if (path.endsWith('/graphql')) {
      const { query, variables } = JSON.parse(body);
      calls.push({ query, variables: variables ?? {}, answer: JSON.parse(text) });
    }
    return { status: answer.status, headers: Object.fromEntries(answer.headers), text };
  };
  server.listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}
