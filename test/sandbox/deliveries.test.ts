import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { asApp, asUser, clientWith, type Delivery, jwt, startReceiver, startWithRepository } from './local-github.ts';

const repo = '/repos/acme/shop';
const list = '/app/hook/deliveries';

async function withFailedDelivery(): Promise<Sandbox> {
  const sandbox = await startWithRepository();
  await sandbox.drained();
  sandbox.setWebhook('http://127.0.0.1:1/nobody', 'hush');
  await asUser(sandbox, 'hana')('POST', `${repo}/issues`, { title: 'x' });
  await sandbox.drained();
  return sandbox;
}

async function receiving(sandbox: Sandbox): Promise<readonly Delivery[]> {
  const { url, deliveries } = await startReceiver('hush');
  sandbox.setWebhook(url, 'hush');
  return deliveries;
}

describe('deliveries of webhooks', () => {
  it('say what was sent, when, and what became of it', async () => {
    const sandbox = await withFailedDelivery();
    const { status, body } = await asApp(sandbox)('GET', list);
    expect(status).toBe(200);
    expect(body).toMatchObject([
      {
        event: 'issues',
        action: 'opened',
        redelivery: false,
        status: 'failed to connect to host',
        status_code: 0,
        installation_id: sandbox.app.installationId,
      },
    ]);
    const one = await asApp(sandbox)('GET', `${list}/${body[0]?.id}`);
    expect(one.body).toMatchObject({
      guid: body[0]?.guid,
      url: 'http://127.0.0.1:1/nobody',
      request: { headers: { 'x-github-delivery': body[0]?.guid }, payload: { issue: { title: 'x' } } },
      response: { headers: null, payload: null },
    });
  });

  it('are sent again when asked, under the same GUID and signed, as a delivery of their own', async () => {
    const sandbox = await withFailedDelivery();
    const app = asApp(sandbox);
    const [failed] = Object.values((await app('GET', list)).body);
    const deliveries = await receiving(sandbox);
    expect((await app('POST', `${list}/${failed?.id}/attempts`)).status).toBe(202);
    await sandbox.drained();
    expect(deliveries).toMatchObject([{ guid: failed?.guid, event: 'issues', signatureValid: true }]);
    const after = Object.values((await app('GET', list)).body);
    expect(after).toMatchObject([
      { guid: failed?.guid, redelivery: true, status: 'OK', status_code: 200 },
      { guid: failed?.guid, redelivery: false, status_code: 0 },
    ]);
    expect(after[0]?.id).not.toBe(after[1]?.id);
    expect((await app('GET', `${list}?status=success`)).body).toHaveLength(1);
    expect((await app('GET', `${list}?status=failure`)).body).toHaveLength(1);
  });

  it('come in pages that a cursor leads through', async () => {
    const sandbox = await startWithRepository();
    await sandbox.drained();
    await receiving(sandbox);
    const labels = Array.from({ length: 6 }, (_, at) => `label-${at}`);
    await asUser(sandbox, 'hana', 'write')('POST', `${repo}/issues`, { title: 'x', labels });
    await sandbox.drained();
    const seen: unknown[] = [];
    let path: string | null = `${list}?per_page=3`;
    for (let pages = 0; path !== null; pages += 1) {
      const { body, headers } = await asApp(sandbox)('GET', path);
      seen.push(...Object.values(body).map(({ id }) => id));
      const next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
      path = next === undefined ? null : next.slice(sandbox.url.length);
      expect(pages).toBeLessThan(3);
    }
    expect(seen).toHaveLength(7);
    expect(seen).toEqual(seen.toSorted((a, b) => Number(b) - Number(a)));
    expect((await asApp(sandbox)('GET', `${list}?cursor=elsewhere`)).status).toBe(422);
  });

  it('are the business of the App alone, and forgotten after three days', async () => {
    let now = Date.now();
    const sandbox = await startWithRepository({ now: () => new Date(now) });
    await sandbox.drained();
    const deliveries = await receiving(sandbox);
    await asUser(sandbox, 'hana')('POST', `${repo}/issues`, { title: 'x' });
    await sandbox.drained();
    expect((await clientWith(sandbox, null)('GET', list)).status).toBe(401);
    expect((await asUser(sandbox, 'hana')('GET', list)).status).toBe(401);
    const app = asApp(sandbox);
    const id = (await app('GET', list)).body[0]?.id;
    now += 3 * 86_400_000 + 1_000;
    const later = clientWith(
      sandbox,
      `Bearer ${jwt(sandbox, { iat: now / 1000 - 30, exp: Math.floor(now / 1000) + 500 })}`,
    );
    expect((await later('GET', list)).body).toEqual([]);
    expect((await later('POST', `${list}/${id}/attempts`)).status).toBe(404);
    expect(deliveries).toHaveLength(1);
  });
});
