import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Prices } from '../../../src/agents/gateway/prices.ts';
import { hashOfKey } from '../../world/models/server.ts';
import { ask, begin, bodyOf, dialects, modelOf } from './client.ts';
import { openPair, providerAt, providerKey } from './pair.ts';

const prices: Prices = {
  'claude-sonnet-*': { input: 3, output: 15, cached: 0.3, cacheWrite: 3.75 },
  'gpt-5.1*': { input: 1.25, output: 10, cached: 0.125 },
  'gemini-2.5-pro': { input: 1.25, output: 10, cached: 0.31 },
};
const words = { say: 'Grüße aus dem Modell: 这是 eine Antwort, and a 🧪 too.' };

describe.each(dialects)('%s through the gateway', (dialect) => {
  it.each([false, true])('comes back byte for byte and is metered (stream: %s)', async (stream) => {
    const { server, admit } = await openPair({ prices });
    server.scriptAt('direct', { turns: [words], pieces: 7 });
    server.scriptAt('through', { turns: [words], pieces: 7 });
    const direct = await ask({
      base: providerAt(`${server.url}/s/direct`, dialect).baseUrl,
      dialect,
      key: 'any',
      stream,
    });
    const admission = await admit('through', dialect);
    const through = await ask({ base: admission.url, dialect, key: admission.key, stream });

    expect(through.status).toBe(200);
    expect(through.bytes.equals(direct.bytes)).toBe(true);
    expect(through.headers['content-type']).toBe(direct.headers['content-type']);
    expect(through.text).toContain(stream ? 'eine' : words.say);
    const report = admission.report();
    expect(report).toMatchObject({ requests: 1, failure: null, estimatedTokens: 0 });
    expect(report.last).toMatchObject({ kind: 'ok', status: 200, model: modelOf(dialect), error: null });
    const cacheWriteTokens = dialect === 'anthropic' ? 50 : 0;
    expect(report.usage).toEqual({ inputTokens: 900, cachedTokens: 100, cacheWriteTokens, outputTokens: 30 });
    expect(report.costUsd).toBeCloseTo(
      { anthropic: 0.0033675, 'openai-responses': 0.0014375, 'openai-chat': 0.0014375, gemini: 0.001456 }[dialect],
      9,
    );
    expect(report.bytes.toAgent).toBe(direct.bytes.length);
    expect(report.firstByteMs).toBeGreaterThanOrEqual(0);
  });

  it('sends the body and the headers on as they are, with the one key for the other', async () => {
    const { server, admit } = await openPair();
    server.scriptAt('one', [words]);
    const admission = await admit('one', dialect);
    const headers = {
      'anthropic-beta': 'tools-2026',
      'user-agent': 'cli/1',
      'accept-encoding': 'gzip, br',
      te: 'trailers',
    };
    await ask({ base: admission.url, dialect, key: admission.key, headers });

    const [got] = server.requests;
    expect(got?.body).toBe(bodyOf(dialect, false));
    expect(got?.keyHash).toBe(hashOfKey(providerKey));
    expect(got?.headers).toMatchObject({
      'anthropic-beta': 'tools-2026',
      'user-agent': 'cli/1',
      'accept-encoding': 'identity',
    });
    expect(got?.headers.te).toBeUndefined();
    expect(JSON.stringify(got)).not.toContain(admission.key);
  });

  it('never shows the provider key, even where the provider echoes it', async () => {
    const { server, admit } = await openPair();
    server.scriptAt('echo', [{ fault: 'echo_key' }]);
    for (const stream of [false, true]) {
      const admission = await admit('echo', dialect);
      const heard = await ask({ base: admission.url, dialect, key: admission.key, stream });
      expect(heard.text).toContain('*'.repeat(providerKey.length));
      expect(heard.whole).toBe(true);
      for (const shown of [heard.text, JSON.stringify(heard.headers), JSON.stringify(admission.report())])
        expect(shown).not.toContain(providerKey);
    }
  });

  it('shows no key anywhere when the provider refuses it', async () => {
    const logged: string[] = [];
    const { server, admit } = await openPair({ log: (...line) => logged.push(JSON.stringify(line)) });
    server.scriptAt('no', [{ fault: 'unauthorized' }]);
    const admission = await admit('no', dialect);
    await ask({ base: admission.url, dialect, key: admission.key });
    await ask({
      base: admission.url,
      dialect,
      key: admission.key,
      path: '/else',
      headers: { 'x-api-key': admission.key },
    });
    const shown = JSON.stringify([admission.report(), logged]);
    expect(shown).not.toContain(admission.key);
    expect(shown).not.toContain(providerKey);
    expect(logged).toHaveLength(1);
  });
});

describe('beside the words of a model', () => {
  it('passes counting and the list of models on, and meters neither', async () => {
    const { server, admit } = await openPair();
    server.scriptAt('probes', []);
    const claude = await admit('probes', 'anthropic', { budget: { tokens: 0 } });
    const count = await ask({
      base: claude.url,
      dialect: 'anthropic',
      key: claude.key,
      path: '/v1/messages/count_tokens?beta=true',
    });
    expect(JSON.parse(count.text)).toEqual({ input_tokens: expect.any(Number) });
    const list = await ask({
      base: claude.url,
      dialect: 'anthropic',
      key: claude.key,
      path: '/v1/models',
      method: 'GET',
    });
    expect(list.status).toBe(200);
    const gemini = await admit('probes', 'gemini');
    const counted = await ask({
      base: gemini.url,
      dialect: 'gemini',
      key: gemini.key,
      path: '/v1beta/models/gemini-2.5-pro:countTokens',
    });
    expect(JSON.parse(counted.text)).toEqual({ totalTokens: expect.any(Number) });
    expect(claude.report()).toMatchObject({ requests: 0, costUsd: 0, last: null });
    expect(server.requests.map(({ query }) => query)).toEqual(['?beta=true', '', '']);
  });

  it('answers by itself when asked whether it is there', async () => {
    const { server, admit } = await openPair();
    const admission = await admit('alive', 'anthropic');
    const heard = await ask({ base: admission.url, dialect: 'anthropic', key: null, path: '/', method: 'HEAD' });
    expect(heard.status).toBe(200);
    expect(server.requests).toEqual([]);
  });

  it('takes Gemini keys from the query and does not hand them on', async () => {
    const { server, admit } = await openPair();
    server.scriptAt('query', [words]);
    const { url, key } = await admit('query', 'gemini');
    const path = `/v1beta/models/gemini-2.5-pro:streamGenerateContent?key=${key}&alt=sse`;
    const heard = await ask({ base: url, dialect: 'gemini', key: null, path });
    expect(heard.status).toBe(200);
    expect(server.requests[0]).toMatchObject({ query: '?alt=sse', keyHash: hashOfKey(providerKey) });
  });

  it('meters a stream of Gemini that is one long array', async () => {
    const { server, admit } = await openPair();
    server.scriptAt('array', [words]);
    const admission = await admit('array', 'gemini');
    const path = '/v1beta/models/gemini-2.5-pro:streamGenerateContent';
    const heard = await ask({ base: admission.url, dialect: 'gemini', key: admission.key, path });
    expect(JSON.parse(heard.text)).toBeInstanceOf(Array);
    expect(admission.report().usage).toMatchObject({ inputTokens: 900, cachedTokens: 100, outputTokens: 30 });
  });

  it('guesses, and says so, where a stream does not tell what it used', async () => {
    const { server, admit } = await openPair({ prices });
    server.scriptAt('silent', [words]);
    const admission = await admit('silent', 'openai-chat');
    const body = JSON.stringify({ model: 'gpt-5.1', stream: true, messages: [] });
    await ask({ base: admission.url, dialect: 'openai-chat', key: admission.key, stream: true, body });
    const { usage, estimatedTokens, costUsd } = admission.report();
    expect(usage.inputTokens + usage.outputTokens).toBe(0);
    expect(estimatedTokens).toBeGreaterThan(10);
    expect(costUsd).toBeGreaterThan(0);
  });

  it('makes no price up', async () => {
    const { server, admit } = await openPair({ prices: { 'gpt-5.1': { input: 1, output: 1 } } });
    server.scriptAt('unpriced', [words]);
    const admission = await admit('unpriced', 'anthropic');
    await ask({ base: admission.url, dialect: 'anthropic', key: admission.key });
    expect(admission.report()).toMatchObject({ costUsd: null, usage: { inputTokens: 900 } });
  });

  it('hands every event on before the next is there', async () => {
    const { server, admit } = await openPair();
    server.scriptAt('half', [{ fault: 'hang_midway' }]);
    let activity = 0;
    const admission = await admit('half', 'anthropic', { onActivity: () => (activity += 1) });
    const outgoing = begin({ base: admission.url, dialect: 'anthropic', key: admission.key, stream: true });
    const first = await new Promise<string>((resolve) => {
      outgoing.on('response', (answer) => {
        let so = '';
        answer.on('data', (chunk: Buffer) => {
          so += chunk.toString('utf8');
          if (so.includes('content_block_delta')) resolve(so);
        });
        answer.on('error', () => {});
      });
    });
    expect(first).toContain('message_start');
    expect(activity).toBeGreaterThan(1);
    outgoing.destroy();
  });

  it('keeps two attempts at once apart', async () => {
    const { server, admit } = await openPair();
    const attempts = await Promise.all(
      Array.from({ length: 8 }, async (_, n) => {
        const usage = { input: 100 * (n + 1), cached: 0, cacheWrite: 0, output: n + 1 };
        server.scriptAt(`a${n}`, { turns: Array(5).fill({ say: `I am ${n}.`, usage }), pieces: 11 });
        return admit(`a${n}`, 'anthropic');
      }),
    );
    const heard = await Promise.all(
      attempts.flatMap(({ url, key }) =>
        Array.from({ length: 5 }, () => ask({ base: url, dialect: 'anthropic', key, stream: true })),
      ),
    );
    expect(heard.every(({ status, whole }) => status === 200 && whole)).toBe(true);
    attempts.forEach((attempt, n) => {
      expect(attempt.report()).toMatchObject({
        requests: 5,
        usage: { inputTokens: 500 * (n + 1), outputTokens: 5 * (n + 1) },
      });
    });
    for (const [index, { text: said }] of heard.entries()) expect(said).toContain(`" ${Math.floor(index / 5)}."`);
  });

  it('passes large requests without holding them', async () => {
    const { server, admit } = await openPair();
    server.scriptAt('large', [words]);
    const admission = await admit('large', 'anthropic');
    const body = JSON.stringify({
      model: 'claude-sonnet-4-5',
      messages: [{ role: 'user', content: 'x'.repeat(20_000_000) }],
    });
    const heard = await ask({ base: admission.url, dialect: 'anthropic', key: admission.key, body });
    expect(heard.status).toBe(200);
    expect(server.requests[0]?.body.length).toBe(body.length);
  });

  it('outlives an agent that hangs up on its refusal to be a proxy', async () => {
    const { server, gateway, admit } = await openPair();
    server.scriptAt('after', [words]);
    for (let n = 0; n < 20; n++) {
      const socket = connect(gateway.port, '127.0.0.1');
      await new Promise<void>((resolve) => socket.write('CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n', () => resolve()));
      socket.resetAndDestroy();
    }
    const { url, key } = await admit('after', 'anthropic');
    expect((await ask({ base: url, dialect: 'anthropic', key })).status).toBe(200);
  });

  it('is no proxy', async () => {
    const { gateway } = await openPair();
    const socket = connect(gateway.port, '127.0.0.1');
    socket.write('CONNECT api.anthropic.com:443 HTTP/1.1\r\nhost: api.anthropic.com\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 405 /);
    const other = connect(gateway.port, '127.0.0.1');
    other.write('GET http://169.254.169.254/latest HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect(await text(other)).toMatch(/^HTTP\/1\.1 400 /);
  });
});
