import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { hardenedEnvironment } from '../../src/git/hardening.ts';

export interface GitServer {
  /** Address of the repository `name` below the root directory. */
  url(name: string): string;
  /** Method and path of every request. */
  readonly requests: string[];
  /** Values of the Authorization header that arrived. */
  readonly authorizations: string[];
}

/** Serves the bare repositories below `root` with git's own http-backend, behind Basic authentication when asked. */
export async function serveGit(
  root: string,
  options: { readonly credential?: string; readonly redirectTo?: string } = {},
): Promise<GitServer> {
  const requests: string[] = [];
  const authorizations: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (request.headers.authorization) authorizations.push(request.headers.authorization);
    const wanted = options.credential && `Basic ${Buffer.from(options.credential).toString('base64')}`;
    if (options.redirectTo !== undefined) {
      response.writeHead(302, { location: `${options.redirectTo}${request.url}` }).end();
    } else if (wanted && request.headers.authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end();
    } else {
      answerByGit(root, request, response);
    }
  });
  const port = await listen(server);
  return { url: (name) => `http://127.0.0.1:${port}/${name}`, requests, authorizations };
}

function listen(server: Server): Promise<number> {
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address: AddressInfo | string | null = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

function answerByGit(root: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const cgi = spawn('git', ['-c', 'http.receivepack=true', 'http-backend'], {
    env: {
      ...hardenedEnvironment(),
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: searchParams.toString(),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'tester',
    },
  });
  const chunks: Buffer[] = [];
  request.pipe(cgi.stdin).on('error', () => undefined);
  cgi.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  cgi.on('close', () => {
    const output = Buffer.concat(chunks);
    const split = output.indexOf('\r\n\r\n');
    for (const line of output.toString('latin1', 0, split).split('\r\n')) {
      const [name = '', value = ''] = line.split(': ');
      if (name.toLowerCase() === 'status') response.statusCode = Number(value.slice(0, 3));
      else response.setHeader(name, value);
    }
    response.end(output.subarray(split + 4));
  });
}
