import { createHmac, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

let world: World;
afterEach(() => world.close());

function sign(body: string, secret = world.sandbox.app.webhookSecret, hash = 'sha256'): string {
  return `${hash}=${createHmac(hash, secret).update(body).digest('hex')}`;
}

async function deliver(body: string, event: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const answer = await fetch(world.laptop.webhookUrl, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': sign(body),
      ...headers,
    },
  });
  await answer.text();
  return answer.status;
}

const health = () => world.laptop.runtime.store.health(Date.now());

/** What GitHub would send of a comment; `over` replaces parts. */
function comment(issue: number, id: number, body: string, over: Readonly<Record<string, unknown>> = {}): string {
  const { owner, repo } = world;
  return JSON.stringify({
    action: 'created',
    issue: { number: issue, id: 1, state: 'open' },
    comment: { id, body, user: { login: 'ada', type: 'User' }, created_at: '2026-05-01T10:00:00Z' },
    sender: { login: 'ada', type: 'User' },
    repository: {
      name: repo,
      owner: { login: owner },
      node_id: 'R_1',
      default_branch: 'main',
      full_name: `${owner}/${repo}`,
      clone_url: `${world.sandbox.url}/${owner}/${repo}.git`,
    },
    ...over,
  });
}

describe('strangers at the webhook door', () => {
  it('get nothing stored that GitHub did not sign, in time', async () => {
    world = await openWorld();
    const issue = await world.ada.openIssue('Forged', '- [ ] One thing\n');
    const order = comment(issue, 1, '/muster run');
    const forged: readonly Readonly<Record<string, string>>[] = [
      { 'x-hub-signature-256': sign(order, 'guessed') },
      { 'x-hub-signature-256': sign(order, '') },
      { 'x-hub-signature-256': 'sha256=' },
      { 'x-hub-signature-256': sign(order).slice(0, 20) },
      { 'x-hub-signature-256': `${sign(order)}00` },
      { 'x-hub-signature-256': sign(order).slice('sha256='.length) },
      { 'x-hub-signature-256': sign(order, undefined, 'sha1') },
      { 'x-hub-signature-256': '', 'x-hub-signature': sign(order, undefined, 'sha1') },
      { 'x-github-delivery': '' },
      { 'x-github-event': '' },
      { 'content-type': 'application/x-www-form-urlencoded' },
    ];
    const answers = await Promise.all(forged.map((headers) => deliver(order, 'issue_comment', headers)));
    expect(answers).toEqual([401, 401, 401, 401, 401, 401, 401, 400, 400, 400, 415]);
    const huge = ' '.repeat(26 * 1024 * 1024);
    expect(await deliver(huge, 'issue_comment').catch(() => 413)).toBe(413);
    // what GitHub itself sent of the new issue may be on its way through
    await expect.poll(async () => (await health()).inbox, { timeout: 10_000 }).toEqual({ waiting: 0, failed: 0 });
    expect(await world.states()).toEqual([]);
  }, 30_000);
});

describe('signed deliveries that make no sense', () => {
  it('are kept, counted, and hold up nobody; a thousand at once neither', async () => {
    world = await openWorld();
    const url = new URL(world.laptop.webhookUrl);
    // connections that never say what they want
    const idle = Array.from({ length: 50 }, () => connect(Number(url.port), url.hostname).on('error', () => undefined));
    for (const socket of idle) socket.write(`POST ${url.pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nX-`);
    const issue = await world.ada.openIssue('In a storm', '- [ ] First slow\n- [ ] Second (needs #1)\n- [ ] Third\n');
    await world.ada.comment(issue, '/muster run');
    const senseless: readonly (readonly [event: string, body: string])[] = [
      ['issue_comment', '{"action":'],
      ['issue_comment', 'null'],
      ['issues', '[]'],
      ['issues', '"\\u0000"'],
      ['issues', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
      ['pull_request', '{}'],
      ['pull_request_review', '{}'],
      ['check_run', '{"check_run":{}}'],
      ['status', '{"sha":1}'],
      ['issue_comment', comment(issue, 2, '/muster cancel', { repository: {} })],
      ['issue_comment', comment(issue, 3, '/muster cancel', { issue: { number: '1' } })],
      ['issue_comment', comment(1.5, 4, '/muster run')],
      ['issue_comment', comment(1e12, 4, '/muster run')],
      ['issue_comment', comment(issue, 5, '/muster cancel', { comment: { id: 5, user: { login: 'ada' }, body: 7 } })],
    ];
    const harmless: readonly (readonly [event: string, body: string])[] = [
      ['__proto__', '{}'],
      ['made_up', '{"action":"x"}'],
      ['ping', '{}'],
      ['issue_comment', comment(issue, 6, '/muster cancel', { action: 'edited' })],
      ['issue_comment', comment(issue, 6, '/muster cancel', { action: 'deleted' })],
      ['issue_comment', comment(issue, 7, '/muster cancel', { sender: { login: 'muster[bot]', type: 'Bot' } })],
    ];
    for (const [event, body] of [...senseless, ...harmless]) expect(await deliver(body, event), body).toBe(202);
    const flood = Array.from({ length: 1_000 }, (_, i) => deliver(`{"action":"nothing","i":${i}}`, 'issue_comment'));
    expect(new Set(await Promise.all(flood))).toEqual(new Set([202]));
    // the same GUID once more, with other words in it
    const guid = randomUUID();
    expect(await deliver('{"action":"x"}', 'made_up', { 'x-github-delivery': guid })).toBe(202);
    const replayed = comment(issue, 8, '/muster cancel');
    expect(await deliver(replayed, 'issue_comment', { 'x-github-delivery': guid })).toBe(202);

    const state = await world.untilTold(issue);
    expect(state.outcome).toMatchObject({ done: 3, total: 3 });
    expect(state.requests).toHaveLength(1);
    await expect
      .poll(async () => (await health()).inbox, { timeout: 20_000 })
      .toEqual({
        waiting: 0,
        failed: senseless.length,
      });
    expect(await world.states()).toHaveLength(1);
    for (const socket of idle) socket.destroy();
  }, 90_000);
});
