import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createRedelivery, redeliverFailed } from '../../src/github/deliveries.ts';
import { type Forge, startForge } from '../github/world.ts';
import { type Delivery, startReceiver } from '../sandbox/local-github.ts';

const minute = 60_000;
const day = 86_400_000;

let forge: Forge;
beforeAll(async () => {
  forge = await startForge();
});
afterAll(() => forge.close());
beforeEach(async () => {
  await forge.sandbox.drained();
  forge.requests();
});

/** Nobody listens while these issues are opened; answers their webhooks' titles as they arrive afterwards. */
async function lose(...titles: string[]): Promise<void> {
  forge.sandbox.setWebhook('http://127.0.0.1:1/nobody', 'hush');
  for (const title of titles) await forge.as('hana', 'POST', '/repos/acme/shop/issues', { title });
  await forge.sandbox.drained();
}

async function listen(): Promise<readonly Delivery[]> {
  const { url, deliveries } = await startReceiver('hush');
  forge.sandbox.setWebhook(url, 'hush');
  return deliveries;
}

const titlesOf = (deliveries: readonly Delivery[]): unknown[] => deliveries.map(({ payload }) => payload.issue?.title);

interface Told {
  readonly level: string;
  readonly message: string;
}

function clockwork(app: Parameters<typeof createRedelivery>[0], start = Date.now()) {
  let at = start;
  const told: Told[] = [];
  const pass = (ms: number): void => {
    at += ms;
  };
  const say = (level: string) => (_: unknown, message: string) => void told.push({ level, message });
  const look = createRedelivery(app, { info: say('info'), warn: say('warn') }, { everyMs: 5 * minute, now: () => at });
  return { look, told, pass };
}

describe('webhooks that did not arrive', () => {
  it('are asked for again, in their order, with the JWT of the App, and those that arrived are not', async () => {
    await lose('one', 'two');
    const deliveries = await listen();
    await forge.as('hana', 'POST', '/repos/acme/shop/issues', { title: 'three' });
    await forge.sandbox.drained();
    expect(await redeliverFailed(forge.app, 0)).toBe(2);
    await forge.sandbox.drained();
    expect(titlesOf(deliveries)).toEqual(['three', 'one', 'two']);
    expect(deliveries.every(({ signatureValid }) => signatureValid)).toBe(true);
    expect(forge.requests()).toEqual([
      'GET /app/hook/deliveries',
      'POST /app/hook/deliveries/{delivery_id}/attempts',
      'POST /app/hook/deliveries/{delivery_id}/attempts',
    ]);
    expect(await redeliverFailed(forge.app, 0)).toBe(0);
  });

  it('are left to the sweeps where they tell how a thing was then', async () => {
    await lose('closed and opened again');
    const [issue] = Object.values(await forge.as('hana', 'GET', '/repos/acme/shop/issues?per_page=1'));
    const { number } = issue as { number: number };
    for (const state of ['closed', 'open'])
      await forge.as('hana', 'PATCH', `/repos/acme/shop/issues/${number}`, { state, state_reason: 'not_planned' });
    await forge.sandbox.drained();
    const deliveries = await listen();
    await redeliverFailed(forge.app, 0);
    await forge.sandbox.drained();
    expect(deliveries.map(({ action }) => action)).toEqual(['opened', 'reopened']);
  });

  it('are looked for from a time on, and never further back than GitHub remembers', async () => {
    await lose('old');
    await listen();
    expect(await redeliverFailed(forge.app, Date.now() + minute)).toBe(0);
    expect(await redeliverFailed(forge.app, 0, new Map(), Date.now() + 3 * day + minute)).toBe(0);
    expect(await redeliverFailed(forge.app, 0)).toBe(1);
    await forge.sandbox.drained();
  });

  it('are asked for less and less often while they go on failing, and in the end no more', async () => {
    await lose('stubborn');
    const { look, told, pass } = clockwork(forge.app);
    const posts: number[] = [];
    for (let minutes = 0; minutes < 3 * 24 * 60; minutes += 5) {
      forge.requests();
      await look();
      if (forge.requests().some((request) => request.startsWith('POST'))) posts.push(minutes);
      await forge.sandbox.drained();
      pass(5 * minute);
    }
    expect(posts).toEqual([0, 5, 25, 105, 425]);
    expect(told.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('are looked for every few minutes, however often a sweep comes by', async () => {
    await lose();
    const { look, pass } = clockwork(forge.app);
    for (let ticks = 0; ticks < 11; ticks += 1) {
      await look();
      pass(minute);
    }
    expect(forge.requests().filter((request) => request.startsWith('GET'))).toHaveLength(3);
  });

  it('are left alone on a server that keeps no list of them, after one question', async () => {
    for (const status of [404, 501, 403]) {
      let asked = 0;
      const request = (() => {
        asked += 1;
        return Promise.reject(Object.assign(new Error('no'), { response: { status, headers: {}, data: {} } }));
      }) as never;
      const { look, told, pass } = clockwork({ octokit: { request } });
      for (let ticks = 0; ticks < 5; ticks += 1) {
        await look();
        pass(10 * minute);
      }
      expect([status, asked, told.map(({ level }) => level)]).toEqual([status, 1, ['info']]);
    }
  });

  it('are looked for again after an outage, from where the last look ended', async () => {
    await lose('in the outage');
    const deliveries = await listen();
    onTestFinished(() => {
      forge.sandbox.faults.serverError.rate = 0;
    });
    const { look, told, pass } = clockwork(forge.app);
    forge.sandbox.faults.serverError.rate = 1;
    await look();
    expect(told).toMatchObject([{ level: 'warn' }]);
    forge.sandbox.faults.serverError.rate = 0;
    pass(5 * minute);
    await look();
    await forge.sandbox.drained();
    expect(titlesOf(deliveries)).toContain('in the outage');
  });
});
