import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ProviderFailure } from '../../../src/agents/gateway/classify.ts';
import type { Dialect } from '../../../src/agents/gateway/dialects.ts';
import type { CallKind } from '../../../src/agents/gateway/record.ts';
import type { FaultName } from '../../world/models/script.ts';
import { ask, begin, dialects, type Heard } from './client.ts';
import { openPair, providerAt } from './pair.ts';

type Row = readonly [FaultName, number, ProviderFailure, Otherwise];
type Otherwise = Partial<Record<Dialect, readonly [number, ProviderFailure]>>;

/** What is answered, what that is, and where a dialect has it otherwise. */
const refusals: readonly Row[] = [
  ['unauthorized', 401, 'auth', { gemini: [400, 'auth'] }],
  ['forbidden', 403, 'auth', {}],
  ['rate_limited', 429, 'rate_limited', {}],
  ['no_credit', 429, 'quota', { anthropic: [400, 'quota'] }],
  ['context_overflow', 400, 'context_overflow', {}],
  ['server_error', 500, 'provider_error', {}],
  ['overloaded', 503, 'provider_error', { anthropic: [529, 'rate_limited'] }],
];

describe.each(dialects)('%s: a provider that refuses', (dialect) => {
  it.each(refusals)('%s', async (fault, usualStatus, usualClass, otherwise) => {
    const [status, failure] = otherwise[dialect] ?? [usualStatus, usualClass];
    const { server, admit } = await openPair();
    for (const stream of [false, true]) {
      server.scriptAt('direct', [{ fault, retryAfter: 7 }]);
      server.scriptAt('through', [{ fault, retryAfter: 7 }]);
      const admission = await admit('through', dialect);
      const base = providerAt(`${server.url}/s/direct`, dialect).baseUrl;
      const direct = await ask({ base, dialect, key: 'any', stream });
      const heard = await ask({ base: admission.url, dialect, key: admission.key, stream });
      expect(heard.status).toBe(status);
      expect(heard.text).toBe(direct.text);
      expect(heard.headers['retry-after']).toBe('7');
      const report = admission.report();
      expect(report.failure).toBe(failure);
      expect(report.last).toMatchObject({ kind: 'http_error', status, retryAfterMs: 7_000, usage: null, costUsd: 0 });
      expect(report.last?.error?.message).not.toBe('');
    }
  });
});

it('a wait that Gemini names in its body is taken from there', async () => {
  const { server, admit } = await openPair();
  server.scriptAt('a', [{ fault: 'rate_limited' }]);
  const admission = await admit('a', 'gemini');
  await ask({ base: admission.url, dialect: 'gemini', key: admission.key, stream: true });
  expect(admission.report().last).toMatchObject({ status: 429, retryAfterMs: 34_000 });
});

type Seen = Pick<Heard, 'status' | 'whole'>;
const broken: readonly (readonly [FaultName, CallKind, Seen])[] = [
  ['drop_midway', 'dropped', { status: 200, whole: false }],
  ['cut_short', 'dropped', { status: 200, whole: true }],
  ['malformed', 'malformed', { status: 200, whole: true }],
  ['drop', 'dropped', { status: 502, whole: true }],
];

describe.each(dialects)('%s: a provider that breaks off', (dialect) => {
  it.each(broken)('%s in a stream', async (fault, kind, seen) => {
    const { server, admit } = await openPair();
    server.scriptAt('broken', [{ fault }]);
    const admission = await admit('broken', dialect);
    const heard = await ask({ base: admission.url, dialect, key: admission.key, stream: true });
    expect(heard).toMatchObject(seen);
    expect(admission.report()).toMatchObject({ failure: 'provider_error', last: { kind } });
  });

  it.each(broken)('%s in a plain answer', async (fault, kind, seen) => {
    const { server, admit } = await openPair();
    server.scriptAt('broken', [{ fault }]);
    const admission = await admit('broken', dialect);
    const heard = await ask({ base: admission.url, dialect, key: admission.key });
    expect(heard).toMatchObject(seen);
    // half a JSON text that ends in good order is one that cannot be read
    const expected = fault === 'cut_short' ? 'malformed' : kind;
    expect(admission.report()).toMatchObject({ failure: 'provider_error', last: { kind: expected } });
  });

  it('an error in the middle of a stream', async () => {
    const { server, admit } = await openPair();
    server.scriptAt('broken', [{ fault: 'stream_error' }]);
    const admission = await admit('broken', dialect);
    const heard = await ask({ base: admission.url, dialect, key: admission.key, stream: true });
    expect(heard).toMatchObject({ status: 200, whole: true });
    const failure = dialect === 'anthropic' ? 'rate_limited' : 'provider_error';
    expect(admission.report()).toMatchObject({ failure, last: { kind: 'stream_error', status: 200 } });
  });

  it.each(['hang', 'hang_midway'] as const)('%s, until the patience is at its end', async (fault) => {
    const { server, admit } = await openPair({ patience: fault === 'hang' ? { firstByteMs: 60 } : { idleMs: 60 } });
    server.scriptAt('broken', [{ fault }]);
    const admission = await admit('broken', dialect);
    const heard = await ask({ base: admission.url, dialect, key: admission.key, stream: true });
    expect(heard).toMatchObject(fault === 'hang' ? { status: 504, whole: true } : { status: 200, whole: false });
    expect(admission.report()).toMatchObject({ failure: 'provider_error', last: { kind: 'timed_out' } });
    const [request] = server.requests;
    if (request !== undefined) await server.seen((one) => one.hungUp);
    expect(request?.hungUp).toBe(true);
  });

  it('a model that declines', async () => {
    const { server, admit } = await openPair();
    for (const stream of [false, true]) {
      server.scriptAt('declines', [{ refuse: 'I will not do that.' }]);
      const admission = await admit('declines', dialect);
      await ask({ base: admission.url, dialect, key: admission.key, stream });
      expect(admission.report()).toMatchObject({
        failure: 'refused',
        last: { kind: 'refused' },
        usage: { outputTokens: 30 },
      });
    }
  });

  it('is forgotten once a later call goes well', async () => {
    const { server, admit } = await openPair();
    server.scriptAt('later', [{ fault: 'rate_limited', times: 2 }, { say: 'Now.' }]);
    const admission = await admit('later', dialect);
    const statuses: number[] = [];
    for (let n = 0; n < 3; n++)
      statuses.push((await ask({ base: admission.url, dialect, key: admission.key, stream: true })).status);
    expect(statuses).toEqual([429, 429, 200]);
    expect(admission.report()).toMatchObject({ requests: 3, failure: null, last: { kind: 'ok' } });
  });
});

describe('hanging up', () => {
  it('by the agent ends the call to the provider, and is nobody’s failure', async () => {
    const { server, admit } = await openPair();
    server.scriptAt('slow', [{ fault: 'hang_midway' }]);
    const admission = await admit('slow', 'openai-responses');
    const outgoing = begin({ base: admission.url, dialect: 'openai-responses', key: admission.key, stream: true });
    outgoing.on('error', () => {});
    const [answer] = await once(outgoing, 'response');
    answer.on('error', () => {});
    await once(answer, 'data');
    outgoing.destroy();
    await server.seen((one) => one.hungUp);
    expect(admission.report()).toMatchObject({ requests: 1, failure: null, last: { kind: 'aborted' } });
    expect(admission.report().estimatedTokens).toBeGreaterThan(0);
  });

  it('on a provider that has long been silent is the provider’s failure', async () => {
    let clock = 0;
    const { server, admit } = await openPair({ now: () => clock });
    server.scriptAt('silent', [{ fault: 'hang' }]);
    const admission = await admit('silent', 'anthropic');
    const outgoing = begin({ base: admission.url, dialect: 'anthropic', key: admission.key, stream: true });
    outgoing.on('error', () => {});
    await server.seen((one) => one.use === 'generate');
    clock += 10_000;
    outgoing.destroy();
    await server.seen((one) => one.hungUp);
    expect(admission.report()).toMatchObject({ failure: 'provider_error', last: { kind: 'gave_up' } });
  });

  it('by the end of the attempt', async () => {
    const { server, admit } = await openPair();
    server.scriptAt('ends', [{ fault: 'hang_midway' }]);
    const admission = await admit('ends', 'anthropic');
    const hearing = ask({ base: admission.url, dialect: 'anthropic', key: admission.key, stream: true });
    await server.seen((one) => one.use === 'generate');
    await admission.close();
    expect((await hearing.catch(() => null))?.whole ?? false).toBe(false);
    await server.seen((one) => one.hungUp);
    const after = await ask({ base: admission.url, dialect: 'anthropic', key: admission.key });
    expect(after.status).toBe(401);
  });
});

describe('nobody there', () => {
  it('is told as such, and is the provider’s failure', async () => {
    const closed = createServer();
    await once(closed.listen(0, '127.0.0.1'), 'listening');
    const { port } = closed.address() as { port: number };
    closed.close();
    const { gateway } = await openPair();
    const provider = { dialect: 'anthropic' as const, baseUrl: `http://127.0.0.1:${port}`, key: 'sk-any' };
    const admission = await gateway.admit({ attempt: 'a', provider });
    const heard = await ask({ base: admission.url, dialect: 'anthropic', key: admission.key });
    expect(heard.status).toBe(502);
    expect(JSON.parse(heard.text)).toEqual({
      type: 'error',
      error: { type: 'api_error', message: expect.any(String) },
    });
    expect(admission.report()).toMatchObject({
      failure: 'provider_error',
      last: { kind: 'unreachable', status: null },
    });
  });

  it.each([
    'HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    'HTTP/1.1 200 OK\r\nbroken header\r\n\r\n',
    'no HTTP at all',
  ])('lives through %j', async (said) => {
    const odd = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(said));
    });
    await once(odd.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void odd.close());
    const { port } = odd.address() as { port: number };
    const { gateway } = await openPair();
    const provider = { dialect: 'anthropic' as const, baseUrl: `http://127.0.0.1:${port}`, key: 'sk-any' };
    const admission = await gateway.admit({ attempt: 'a', provider });
    const heard = await ask({ base: admission.url, dialect: 'anthropic', key: admission.key });
    expect(heard.status).toBe(502);
    expect(admission.report()).toMatchObject({ requests: 1, failure: 'provider_error', last: { kind: 'dropped' } });
  });

  it('counts a proxy that answers in HTML, and keeps what it said', async () => {
    const page = createServer((socket) => {
      socket.once('data', () => {
        const body = '<html><h1>503 Service\nUnavailable</h1></html>';
        socket.end(`HTTP/1.1 503 No\r\ncontent-type: text/html\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      });
    });
    await once(page.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void page.close());
    const { port } = page.address() as { port: number };
    const { gateway } = await openPair();
    const provider = { dialect: 'gemini' as const, baseUrl: `http://127.0.0.1:${port}`, key: 'sk-any' };
    const admission = await gateway.admit({ attempt: 'a', provider });
    const heard = await ask({ base: admission.url, dialect: 'gemini', key: admission.key });
    expect(heard.text).toContain('<html>');
    expect(admission.report()).toMatchObject({
      failure: 'provider_error',
      last: { status: 503, error: { code: null, message: '<html><h1>503 Service Unavailable</h1></html>' } },
    });
  });
});
