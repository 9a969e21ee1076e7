/** GitHub as a script of answers, for fault shapes that the local GitHub does not make. The only user of nock. */
import { generateKeyPairSync } from 'node:crypto';
import nock from 'nock';
import { pino } from 'pino';
import { afterEach, beforeEach, expect } from 'vitest';
import { createGitHubApp, type GitHubApp } from '../../src/github/app.ts';

export const repo = { owner: 'acme', name: 'shop' };
const API = 'https://api.forge.test';
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

export interface Wire {
  readonly app: GitHubApp;
  /** Scripts one answer; every scripted answer has to be asked for by the end of the test. */
  readonly answer: (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    status: number,
    body: unknown,
    headers?: Record<string, string>,
  ) => void;
  /** Scripts one connection that breaks instead of answering. */
  readonly breakOff: (method: 'GET' | 'POST' | 'PUT', path: string, code: string) => void;
  /** Everything logged, as text. */
  readonly logged: () => string;
}

/** Call in a describe: nothing leaves the machine, and leftovers fail the test. */
export function useWire(): (options?: { httpDeadlineMs?: number; token?: 201 | 404 }) => Promise<Wire> {
  beforeEach(() => nock.disableNetConnect());
  afterEach(() => {
    const leftovers = nock.pendingMocks();
    nock.cleanAll();
    nock.abortPendingRequests();
    nock.enableNetConnect();
    expect(leftovers).toEqual([]);
  });
  return async ({ token = 201, ...options } = {}) => {
    const lines: string[] = [];
    const app = await createGitHubApp({
      appId: 42,
      privateKey,
      webhookSecret: 'a secret of webhooks',
      apiUrl: API,
      log: pino({ level: 'trace' }, { write: (line: string) => lines.push(line) }),
      pace: { minWriteGapMs: 0 },
      ...options,
    });
    nock(API).get('/repos/acme/shop/installation').reply(200, { id: 7 });
    mint('ghs_42_first.token', token);
    return {
      app,
      answer: (method, path, status, body, headers) => {
        nock(API, { reqheaders: { 'x-github-api-version': '2022-11-28' } })
          .intercept(path, method)
          .reply(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
      },
      breakOff: (method, path, code) => {
        nock(API)
          .intercept(path, method)
          .replyWithError(Object.assign(new Error(`connection: ${code}`), { code }));
      },
      logged: () => lines.join(''),
    };
  };
}

/** The next token asked for. */
export function mint(token: string, status = 201, installation = 7): void {
  nock(API)
    .post(`/app/installations/${installation}/access_tokens`)
    .reply(status, {
      token,
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      permissions: { issues: 'write' },
    });
}

/** The next answer comes only after this long. */
export function answerLate(path: string, ms: number): void {
  nock(API).post(path).delay(ms).reply(201, {});
}
