import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Provider, problemOf, routeOf } from '../../../src/agents/gateway/dialects.ts';
import { ask, dialects } from './client.ts';
import { openPair, providerAt, providerKey } from './pair.ts';

function idOf(url: string): string {
  return /\/r\/([^/]+)/.exec(url)?.[1] ?? '';
}

describe('the door', () => {
  it.each(dialects)('turns a wrong key away in the words of %s', async (dialect) => {
    const { server, admit } = await openPair();
    const admission = await admit('a', dialect);
    for (const key of [null, '', 'sk-muster-guess', `${admission.key}x`, admission.key.slice(0, -1), providerKey]) {
      const heard = await ask({ base: admission.url, dialect, key });
      expect(heard.status).toBe(401);
      expect(JSON.parse(heard.text)).toHaveProperty('error.message');
    }
    expect(server.requests).toEqual([]);
    expect(admission.report()).toMatchObject({ requests: 0, turnedAway: 6, last: null });
  });

  it('keeps attempts out of each other’s rooms', async () => {
    const { server, admit } = await openPair();
    const [mine, theirs] = [await admit('a', 'anthropic'), await admit('b', 'anthropic')];
    const heard = await ask({ base: theirs.url, dialect: 'anthropic', key: mine.key });
    expect(heard.status).toBe(403);
    expect(JSON.parse(heard.text)).toMatchObject({ type: 'error', error: { type: 'permission_error' } });
    expect(server.requests).toEqual([]);
    expect(theirs.report().turnedAway).toBe(1);
  });

  it('forgets a key when its attempt is over', async () => {
    const { server, admit } = await openPair();
    server.scriptAt('a', [{ say: 'Hello.' }]);
    const admission = await admit('a', 'anthropic');
    expect((await ask({ base: admission.url, dialect: 'anthropic', key: admission.key })).status).toBe(200);
    await admission.close();
    await admission.close();
    expect((await ask({ base: admission.url, dialect: 'anthropic', key: admission.key })).status).toBe(401);
    expect(server.requests).toHaveLength(1);
  });

  it('gives each attempt a key and an address of its own', async () => {
    const { admit } = await openPair();
    const all = await Promise.all(Array.from({ length: 50 }, (_, n) => admit(`a${n}`, 'anthropic')));
    expect(new Set(all.map(({ key }) => key)).size).toBe(50);
    expect(new Set(all.map(({ url }) => url)).size).toBe(50);
    expect(all.every(({ key }) => key.length >= 50)).toBe(true);
  });

  it('passes on only what the dialect is for', async () => {
    const { server, admit } = await openPair();
    const { url, key } = await admit('a', 'anthropic');
    for (const path of [
      '/v1/files',
      '/v1/organizations/me',
      '/v1/messages/batches',
      '/responses',
      '/v1/messages/',
      '/v1/messages;x',
    ])
      expect((await ask({ base: url, dialect: 'anthropic', key, path })).status, path).toBe(404);
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
      expect((await ask({ base: url, dialect: 'anthropic', key, path: '/v1/messages', method })).status, method).toBe(
        404,
      );
    expect(server.requests).toEqual([]);
  });

  it('refuses addresses that could mean another', async () => {
    const { server, admit } = await openPair();
    const { url, key } = await admit('a', 'anthropic');
    const other = await admit('b', 'anthropic');
    for (const path of [
      '/../../v1/messages',
      '/v1/../v1/messages',
      '/v1/%2e%2e/v1/messages',
      '/v1%2fmessages',
      '//v1/messages',
      '/v1/./messages',
      '/v1\\messages',
      `/../${idOf(other.url)}/v1/messages`,
      '/v1/models/..%2f..%2ffiles',
      `/v1/messages?${'x'.repeat(3_000)}`,
    ])
      expect((await ask({ base: url, dialect: 'anthropic', key, path })).status, path).toBe(400);
    const base = url.replace(/\/r\/.*/, '');
    for (const path of ['/v1/messages', '/r/', '/r/x y', '/metrics', `/r/${'a'.repeat(65)}/v1/messages`])
      expect((await ask({ base, dialect: 'anthropic', key, path: path.replace(' ', '%20') })).status, path).toBe(400);
    expect(server.requests).toEqual([]);
  });

  it('lets an agent choose neither host, organisation nor cookies', async () => {
    const { server, gateway } = await openPair();
    const base = server.scriptAt('a', [{ say: 'Hi.' }, { say: 'Hi.' }]);
    const provider: Provider = { ...providerAt(base, 'openai-chat'), headers: { 'OpenAI-Organization': 'org-ours' } };
    const { url, key } = await gateway.admit({ attempt: 'a', provider });
    const headers = {
      host: 'evil.example',
      cookie: 'a=b',
      'openai-organization': 'org-theirs',
      'openai-project': 'p',
      'x-forwarded-for': '1.2.3.4',
      'x-secret-hop': 'yes',
      connection: 'x-secret-hop',
    };
    await ask({ base: url, dialect: 'openai-chat', key, headers });
    const [got] = server.requests;
    expect(got?.headers).toMatchObject({ host: `127.0.0.1:${server.port}`, 'openai-organization': 'org-ours' });
    for (const name of ['cookie', 'openai-project', 'x-forwarded-for', 'x-secret-hop'])
      expect(got?.headers[name], name).toBeUndefined();
  });

  it('listens on this machine only', async () => {
    const { admit } = await openPair();
    expect((await admit('a', 'anthropic')).url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/r\/[A-Za-z0-9_-]+$/);
    expect((await admit('b', 'openai-chat')).url).toMatch(/\/v1$/);
  });

  it('takes no request above its limit, however it is sent', async () => {
    const { server, admit } = await openPair({ mostRequestBytes: 10_000 });
    server.scriptAt('a', Array(5).fill({ say: 'Hi.' }));
    const { url, key, report } = await admit('a', 'anthropic');
    const body = JSON.stringify({ model: 'm', filler: 'x'.repeat(3_000_000) });
    const announced = await ask({ base: url, dialect: 'anthropic', key, body });
    expect(announced.status).toBe(413);
    const unannounced = await ask({ base: url, dialect: 'anthropic', key, body, chunked: true });
    expect(unannounced.status).toBe(413);
    expect(JSON.parse(unannounced.text)).toMatchObject({ error: { type: 'request_too_large' } });
    expect(report()).toMatchObject({ failure: 'context_overflow', requests: 2 });
    expect((await ask({ base: url, dialect: 'anthropic', key })).status).toBe(200);
  });
});

describe('the Unix socket of an attempt', () => {
  function socketIn(): string {
    const dir = mkdtempSync(join(tmpdir(), 'gw-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    return join(dir, 'model.sock');
  }

  it('leads to that attempt and no other', async () => {
    const { server, admit } = await openPair();
    server.scriptAt('a', [{ say: 'By socket.' }]);
    const [socketPath, othersPath] = [socketIn(), socketIn()];
    const mine = await admit('a', 'anthropic', { socketPath });
    const theirs = await admit('b', 'anthropic', { socketPath: othersPath });
    const base = `http://localhost${mine.path}`;
    const heard = await ask({ base, socketPath, dialect: 'anthropic', key: mine.key, stream: true });
    expect(heard.text).toContain('socket.');
    expect(mine.report().usage.inputTokens).toBe(900);
    // even with the right key and address
    expect((await ask({ base, socketPath: othersPath, dialect: 'anthropic', key: mine.key })).status).toBe(403);
    expect(
      (await ask({ base: `http://localhost${theirs.path}`, socketPath, dialect: 'anthropic', key: theirs.key })).status,
    ).toBe(403);
    await mine.close();
    expect(() => statSync(socketPath)).toThrow(/ENOENT/);
    await expect(ask({ base, socketPath, dialect: 'anthropic', key: mine.key })).rejects.toThrow(/ENOENT|ECONNREFUSED/);
  });

  it('may lie where a killed worker left one, and nowhere else', async () => {
    const { admit } = await openPair();
    const socketPath = socketIn();
    const listen = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', listen]);
    expect(statSync(socketPath).isSocket()).toBe(true);
    await admit('a', 'anthropic', { socketPath });
    const file = socketIn();
    writeFileSync(file, 'not ours');
    await expect(admit('b', 'anthropic', { socketPath: file })).rejects.toThrow('EADDRINUSE');
    expect(readFileSync(file, 'utf8')).toBe('not ours');
  });

  it('takes only so many connections', async () => {
    const { admit } = await openPair();
    const socketPath = socketIn();
    await admit('a', 'anthropic', { socketPath });
    const sockets = Array.from({ length: 130 }, () => connect(socketPath));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    await Promise.race(sockets.map((socket) => once(socket, 'close')));
    expect(sockets.filter(({ destroyed }) => destroyed).length).toBeLessThanOrEqual(2);
  });

  it('wants a path that the kernel keeps whole', async () => {
    const { admit } = await openPair();
    const socketPath = join(tmpdir(), 'x'.repeat(120));
    await expect(admit('a', 'anthropic', { socketPath })).rejects.toThrow('107 bytes');
  });
});

describe('providers', () => {
  const provider = (baseUrl: string, more: Partial<Provider> = {}): Provider => ({
    dialect: 'anthropic',
    baseUrl,
    key: 'k',
    ...more,
  });

  it('are reached by https, or plainly where the key stays here or the operator says so', () => {
    expect(problemOf(provider('https://api.anthropic.com'))).toBeNull();
    expect(problemOf(provider('http://127.0.0.1:8080/v1'))).toBeNull();
    expect(problemOf(provider('http://localhost:11434'))).toBeNull();
    expect(problemOf(provider('http://models.lan'))).toContain('unencrypted');
    expect(problemOf(provider('http://127.evil.example'))).toContain('unencrypted');
    expect(problemOf(provider('http://models.lan', { plainHttp: true }))).toBeNull();
    expect(problemOf(provider('ftp://models.lan'))).toContain('ftp:');
    expect(problemOf(provider('models'))).toContain('no URL');
    expect(problemOf(provider('https://user@host'))).not.toBeNull();
    expect(problemOf(provider('https://host/?key=1'))).not.toBeNull();
    expect(problemOf(provider('https://host', { key: 'with\nbreak' }))).toContain('key');
  });

  it('are refused at admission', async () => {
    const { gateway } = await openPair();
    await expect(gateway.admit({ attempt: 'a', provider: provider('http://models.lan') })).rejects.toThrow(
      'unencrypted',
    );
  });

  it('keep their own version in the path', () => {
    expect(routeOf('openai-chat', 'POST', '/v1/chat/completions')).toEqual({
      use: 'generate',
      path: '/chat/completions',
    });
    expect(routeOf('anthropic', 'POST', '/v1/messages')).toEqual({ use: 'generate', path: '/v1/messages' });
    expect(routeOf('gemini', 'POST', '/v1beta/models/g-2.5:streamGenerateContent')?.use).toBe('generate');
    expect(routeOf('gemini', 'POST', '/v1beta/models/g-2.5:batchEmbed')).toBeNull();
    expect(routeOf('openai-responses', 'POST', '/v1/chat/completions')).toBeNull();
  });
});
