import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Signal } from '../../src/core/signals.ts';
import type { Effect, RawDelivery } from '../../src/engine/ports.ts';
import { createGitHubApp } from '../../src/github/app.ts';
import { MissingWebhookSecretError } from '../../src/github/errors.ts';
import { ensureLabels } from '../../src/github/labels.ts';
import { createTranslate } from '../../src/github/signals.ts';
import { createWebhookMiddleware } from '../../src/github/webhooks.ts';
import { type Forge, repo, resultOf, startForge } from './world.ts';

let forge: Forge;
let server: Server;
let door: string;
let stored: RawDelivery[] = [];
const guid = '0c1d3b1e-7a52-4c43-9d1c-6f2a1b3c4d5e';
let storing: () => Promise<void> = () => Promise.resolve();

beforeAll(async () => {
  forge = await startForge(
    { 'README.md': '# Shop\n' },
    { enabled: true, command: 'echo one && echo boom >&2 && exit 1' },
  );
  forge.sandbox.setPermission(repo.owner, repo.name, 'ada', 'admin');
  const middleware = createWebhookMiddleware(forge.app, async (delivery) => {
    await storing();
    stored.push(delivery);
  });
  server = createServer((request, response) => {
    void middleware(request, response).then((mine) => {
      if (!mine) response.writeHead(404).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  door = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/github/webhooks`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await forge.close();
});

function sign(body: string, secret = forge.sandbox.app.webhookSecret): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

async function deliver(body: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(door, {
    method: 'POST',
    body,
    headers: { 'x-github-delivery': guid, 'x-github-event': 'ping', 'x-hub-signature-256': sign(body), ...headers },
  });
  await response.text();
  return response.status;
}

describe('the webhook door', () => {
  it('stores the exact text under its GUID, and answers after that', async () => {
    stored = [];
    const body = '{ "zen": "Straße \\u2028",\n "n": 12345678901234567890 }';
    expect(await deliver(body)).toBe(202);
    expect(stored).toEqual([{ id: guid, event: 'ping', payload: body, receivedAt: expect.any(Number) }]);
  });

  it('does not answer before it is stored, and says so when it cannot be', async () => {
    const gate: (() => void)[] = [];
    storing = () => new Promise((open) => gate.push(open));
    let answered = false;
    const answer = deliver('{}').finally(() => {
      answered = true;
    });
    await expect.poll(() => gate.length).toBe(1);
    expect(answered).toBe(false);
    gate[0]?.();
    expect(await answer).toBe(202);
    storing = () => Promise.reject(new Error('disk full'));
    expect(await deliver('{}')).toBe(500);
    storing = () => Promise.resolve();
  });

  it('stores nothing that GitHub did not sign', async () => {
    stored = [];
    expect(await deliver('{}', { 'x-hub-signature-256': sign('{}', 'development') })).toBe(401);
    expect(await deliver('{}', { 'x-hub-signature-256': sign('{"a":1}') })).toBe(401);
    expect(await deliver('{}', { 'x-hub-signature-256': 'nonsense' })).toBe(401);
    expect(await deliver('{}', { 'x-hub-signature-256': '' })).toBe(400);
    expect(await deliver('{}', { 'x-github-delivery': '' })).toBe(400);
    expect(await deliver('x'.repeat(26 * 1024 * 1024)).catch(() => 413)).toBe(413);
    expect(stored).toEqual([]);
  });

  it('reads both encodings that GitHub offers, and tells what to do about any other form', async () => {
    stored = [];
    const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    expect(await deliver(`payload=${encodeURIComponent('{"zen":"Straße & Weg"}')}`, form)).toBe(202);
    expect(await deliver('data=%7B%7D', form)).toBe(415);
    expect(await deliver('{}', { 'content-type': 'application/json; charset=utf-8' })).toBe(202);
    expect(stored.map(({ payload }) => payload)).toEqual(['{"zen":"Straße & Weg"}', '{}']);
  });

  it('knows deliveries apart that a server gave one id, and one again that comes twice', async () => {
    stored = [];
    const clock = { 'x-github-delivery': '1795172668354' };
    for (const body of ['{"n":1}', '{"n":2}', '{"n":1}']) expect(await deliver(body, clock)).toBe(202);
    expect(await deliver('{"n":1}', { ...clock, 'x-github-event': 'issues' })).toBe(202);
    const [one, two, again, other] = stored.map(({ id }) => id);
    expect(one).toBe(again);
    expect(new Set([one, two, other]).size).toBe(3);
  });

  it('does not let many bodies fill the memory, and is free again when they are gone', async () => {
    const small = createWebhookMiddleware(forge.app, () => Promise.resolve(), { heldBytes: 1_000 });
    const busy = createServer((request, response) => void small(request, response));
    busy.listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const { port } = busy.address() as AddressInfo;
    const post = async (body: string): Promise<number> => {
      const headers = { 'x-github-delivery': 'g', 'x-github-event': 'ping', 'x-hub-signature-256': sign(body) };
      return (await fetch(`http://127.0.0.1:${port}/api/github/webhooks`, { method: 'POST', body, headers })).status;
    };
    expect(await post('x'.repeat(2_000))).toBe(503);
    expect(await post('x'.repeat(900))).toBe(202);
    expect(await post('x'.repeat(900))).toBe(202);
    busy.closeAllConnections();
    busy.close();
  });

  it('leaves other paths to others, and other methods unanswered with work', async () => {
    expect((await fetch(door.replace('webhooks', 'other'))).status).toBe(404);
    expect((await fetch(door)).status).toBe(405);
  });

  it('does not exist without a secret', async () => {
    const options = {
      appId: 1,
      privateKey: 'x',
      webhookSecret: '',
      apiUrl: 'http://127.0.0.1',
      log: pino({ level: 'silent' }),
      pace: { minWriteGapMs: 0 },
    };
    await expect(createGitHubApp(options)).rejects.toBeInstanceOf(MissingWebhookSecretError);
  });
});

describe('webhooks and sweeps', () => {
  it('say the same of the same things', async () => {
    stored = [];
    forge.sandbox.setWebhook(door);
    await ensureLabels(await forge.app.installationFor(repo), repo);
    const since = new Date(Date.now() - 1000).toISOString();
    const issues = `/repos/${repo.owner}/${repo.name}/issues`;
    const master = await forge.as('ada', 'POST', issues, { title: 'Master', body: '- [ ] x', labels: ['muster'] });
    const number = Number(master.number);
    await forge.as('ada', 'POST', `${issues}/${number}/comments`, { body: '/muster status' });
    const gone = await forge.as('ada', 'POST', issues, { title: 'Other', body: '' });
    await forge.as('ada', 'PATCH', `${issues}/${gone.number}`, { state: 'closed', state_reason: 'not_planned' });
    await forge.push('muster/1-red', 'red.txt', 'red\n');
    const open: Effect = { kind: 'open-pull', repo, head: 'muster/1-red', base: 'main', title: 'Red', body: 'red' };
    const pull = resultOf((await forge.perform(open))[0], 'pull');
    await forge.sandbox.drained();

    const { slug, id } = await forge.app.identity();
    const translate = createTranslate({ appSlug: slug, appId: id });
    const heard = stored.flatMap(({ event, payload }) => translate(event, JSON.parse(payload)));
    expect(heard[0]?.repo).toMatchObject({ ...repo, defaultBranch: 'main' });

    const swept = await forge.port.sweep({
      repo,
      issue: number,
      baseBranch: 'main',
      branches: ['muster/1-red'],
      pulls: [],
      subIssues: [Number(gone.number)],
      commentsSince: since,
    });
    const requests = await forge.port.sweepRequests(since);
    const told = heard.map(({ signal }) => signal);
    // The last word of the webhooks about each thing is what the sweep reads.
    expect(lastOf(told, 'pull-seen')).toEqual(lastOf(swept, 'pull-seen'));
    expect(lastOf(told, 'pull-seen')).toMatchObject({ pull: { number: pull.number, headSha: pull.headSha } });
    expect(redOf(told)).toEqual(redOf(swept));
    expect(redOf(swept)).toMatchObject([
      { check: { name: 'ci', conclusion: 'failure', log: expect.stringContaining('boom') } },
    ]);
    // where a sub-issue is, only the sweep tells
    expect(swept).toContainEqual({ ...lastOf(told, 'issue-seen'), parent: 'elsewhere' });
    const asked = told.filter(({ type }) => type === 'asked');
    // the label of a new issue is told twice, under one source
    expect(new Set(asked.map((signal) => signal.type === 'asked' && signal.source)).size).toBe(2);
    expect(requests.map(({ signal }) => signal).filter(({ type }) => type === 'asked')).toEqual(
      expect.arrayContaining(asked.map((signal) => ({ ...signal, at: expect.any(Number) }))),
    );
    expect(requests[0]?.repo).toEqual(heard[0]?.repo);
  });

  it('explain a merge that required checks hold back', async () => {
    await forge.sandbox.createRepository({
      owner: 'acme',
      name: 'strict',
      seedFrom: { files: { a: 'a' } },
      requiredChecks: ['ci'],
    });
    const strict = { owner: 'acme', name: 'strict' };
    forge.sandbox.setPermission('acme', 'strict', 'ada', 'admin');
    await forge.sandbox.drained();
    const { number: issue } = await forge.as('ada', 'POST', '/repos/acme/strict/issues', { title: 'M', body: '' });
    const [read] = await forge.perform({ kind: 'read-plan', repo: strict, issue: Number(issue) });
    expect(resultOf(read, 'plan-source').source).toMatchObject({ requiredChecks: ['ci'], baseChecks: ['ci'] });
    const sha = await forge.push('muster/2-red', 'b', 'b', strict);
    const [opened] = await forge.perform({
      kind: 'open-pull',
      repo: strict,
      head: 'muster/2-red',
      base: 'main',
      title: 'B',
      body: 'b',
    });
    await forge.sandbox.drained();
    const { number } = resultOf(opened, 'pull');
    const [outcome] = await forge.perform({ kind: 'merge-pull', repo: strict, number, sha });
    expect(outcome).toMatchObject({ status: 'refused', merge: { why: 'checks' } });
  });
});

function lastOf(signals: readonly Signal[], type: Signal['type']): Signal | undefined {
  return signals.findLast((signal) => signal.type === type);
}

function redOf(signals: readonly Signal[]): readonly Signal[] {
  return signals.filter(
    (signal) =>
      signal.type === 'check-seen' && signal.check.branch === 'muster/1-red' && signal.check.conclusion !== null,
  );
}
