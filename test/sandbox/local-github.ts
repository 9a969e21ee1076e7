import { createHmac, createSign } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';

const cleanups: Array<() => Promise<void> | void> = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export function onCleanup(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup);
}

export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'local-github-'));
  onCleanup(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

let template: Promise<string> | null = null;
const templates: string[] = [];

afterAll(() => {
  for (const dir of templates) rmSync(dir, { recursive: true, force: true });
});

/** A directory with `acme/shop` in it, made once per test file and copied: keys and commits take their time. */
function templateDir(): Promise<string> {
  template ??= (async () => {
    const dir = mkdtempSync(join(tmpdir(), 'local-github-template-'));
    templates.push(dir);
    const sandbox = await startSandbox({ dir });
    await sandbox.createRepository({ owner: 'acme', name: 'shop', seedFrom: { files: { 'README.md': '# Shop\n' } } });
    await sandbox.close();
    return dir;
  })();
  return template;
}

/** A running local GitHub with one organisation-owned repository `acme/shop`. */
export async function startWithRepository(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const dir = temporaryDir();
  cpSync(await templateDir(), dir, { recursive: true });
  const sandbox = await startSandbox({ dir, ...options });
  onCleanup(() => sandbox.close());
  return sandbox;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

/** A JSON value to look around in without casts: unknown members are undefined. */
export interface Json {
  readonly [member: string]: Json;
}

export interface Client {
  (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  graphql(query: string, variables?: Record<string, unknown>): Promise<Json>;
}

export function clientWith(sandbox: Sandbox, authorization: string | null): Client {
  const request = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const response = await fetch(`${sandbox.url}${path}`, {
      method,
      headers: { ...(authorization === null ? {} : { authorization }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
  };
  return Object.assign(request, {
    graphql: async (query: string, variables: Record<string, unknown> = {}) =>
      (await request('POST', '/graphql', { query, variables })).body,
  });
}

export function jwt(sandbox: Sandbox, claims: Record<string, unknown> = {}, key = sandbox.app.privateKeyPem): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ iat: now - 30, exp: now + 500, iss: sandbox.app.id, ...claims })}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
}

export function asApp(sandbox: Sandbox): Client {
  return clientWith(sandbox, `Bearer ${jwt(sandbox)}`);
}

export async function asInstallation(sandbox: Sandbox, limits: unknown = {}): Promise<Client> {
  const path = `/app/installations/${sandbox.app.installationId}/access_tokens`;
  const { body } = await asApp(sandbox)('POST', path, limits);
  return clientWith(sandbox, `token ${body.token}`);
}

export function asUser(sandbox: Sandbox, login: string, permission?: 'admin' | 'write' | 'read' | 'none'): Client {
  return clientWith(sandbox, `token ${sandbox.userToken(login, permission)}`);
}

export interface Delivery {
  readonly guid: string;
  readonly event: string;
  readonly action: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly payload: Json;
  readonly signatureValid: boolean;
}

/** A webhook receiver; `respond` may hold the answer back. */
export async function startReceiver(
  secret: string,
): Promise<{ readonly url: string; readonly deliveries: Delivery[] }> {
  const deliveries: Delivery[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const payload = JSON.parse(bytes.toString('utf8'));
      const signature = `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`;
      deliveries.push({
        guid: String(request.headers['x-github-delivery']),
        event: String(request.headers['x-github-event']),
        action: payload.action,
        headers: request.headers,
        payload,
        signatureValid: request.headers['x-hub-signature-256'] === signature,
      });
      response.end('ok');
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, deliveries };
}
