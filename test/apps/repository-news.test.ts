import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NoInstallationError } from '../../src/github/errors.ts';
import { repositoryNews, withGoneRepositories } from '../../src/github/repository-events.ts';
import type { World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ tests: false, agentCommand: 'sleep 60' });
}, 60_000);
afterAll(() => world.close());

/** A delivery as GitHub signs it, at the door of the running server. */
async function deliver(event: string, payload: unknown, secret = world.sandbox.app.webhookSecret): Promise<number> {
  const body = JSON.stringify(payload);
  const response = await fetch(world.laptop.webhookUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
    body,
  });
  return response.status;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 15_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not ${what}`);
    await new Promise((later) => setTimeout(later, 50));
  }
}

const brief = (name: string) => ({ id: 1, node_id: 'R_1', name, full_name: `acme/${name}`, private: false });
const labelsOf = async (name: string): Promise<string[]> => {
  const response = await fetch(`${world.sandbox.url}/repos/acme/${name}/labels`);
  return ((await response.json()) as { name: string }[]).map((label) => label.name);
};

describe('news about repositories, as signed webhooks', () => {
  it('gives a repository that comes later its labels', async () => {
    await world.sandbox.createRepository({ owner: 'acme', name: 'later' });
    await until('labelled', async () => (await labelsOf('later')).includes('muster:diagnostic'));
    expect(await labelsOf('later')).toContain('muster');
  });

  it('forgets what it knew of a repository that was renamed', async () => {
    const { app } = world.laptop.runtime;
    const known = (await app.installationFor({ owner: 'acme', name: 'shop' })).known;
    known.issues.set('acme/shop#7', 'I_7');
    known.issues.set('acme/shopping#7', 'I_8');
    const renamed = {
      action: 'renamed',
      changes: { repository: { name: { from: 'shop' } } },
      repository: { ...brief('store'), owner: { login: 'acme' } },
      sender: { login: 'ada' },
    };
    expect(await deliver('repository', renamed, 'forged')).toBe(401);
    expect(known.issues.has('acme/shop#7')).toBe(true);
    expect(await deliver('repository', renamed)).toBe(202);
    await until('forgotten', async () => !known.issues.has('acme/shop#7'));
    expect(known.labels.has('acme/shop')).toBe(false);
    expect(known.issues.get('acme/shopping#7')).toBe('I_8');
  });

  it('does not believe old news, and ends in words what runs where the App was really taken off', async () => {
    const issue = await world.ada.openIssue('Interrupted', '- [ ] First\n- [ ] Second\n');
    await world.ada.comment(issue, '/muster run');
    await world.until(issue, 'at work', (state) => state.tasks.some((task) => task.status === 'processing'));
    const stale = { action: 'deleted', installation: { id: 1 }, repositories: [brief('shop')] };
    const looks = (): number =>
      world.sandbox.requests().filter(({ method, template }) => `${method} ${template}` === 'GET /repos/{owner}/{repo}')
        .length;
    const before = looks();
    expect(await deliver('installation', stale)).toBe(202);
    await until('asked from GitHub', async () => looks() > before);
    await world.laptop.runtime.engine.sweep();
    expect((await world.states()).map(({ phase }) => phase)).toEqual(['running']);

    const page = await (await fetch(`${world.sandbox.url}/apps/muster`)).text();
    const uninstall = /action="([^"]+\/delete)"/.exec(page)?.[1] ?? '';
    await fetch(`${world.sandbox.url}${uninstall}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'sec-fetch-site': 'same-origin' },
    });
    const state = await world.untilTold(issue, 30_000);
    expect(state.phase).toBe('cancelled');
    for (const task of state.tasks)
      expect(task).toMatchObject({ status: 'cancelled', reason: 'cancelled by the App being taken off acme/shop' });
    // nothing is tried for ever: all that was left has been given up
    expect(await world.laptop.runtime.store.findOrchestrations({ live: true })).toEqual([]);
  }, 60_000);
});

describe('the sweeps of a running server', () => {
  it('look for webhooks that did not arrive, and not with every tick', async () => {
    const looks = (): number =>
      world.sandbox.requests().filter(({ template }) => template === '/app/hook/deliveries').length;
    for (let ticks = 0; ticks < 3; ticks += 1) await world.laptop.runtime.engine.sweep();
    expect(looks()).toBe(1);
  });
});

describe('what the news say', () => {
  const repository = { ...brief('shop'), owner: { login: 'acme' } };
  const [shop, blog] = [
    { owner: 'acme', name: 'shop' },
    { owner: 'acme', name: 'blog' },
  ];
  it.each([
    ['installation', { action: 'created', repositories: [brief('shop')] }, { gained: [shop] }],
    ['installation', { action: 'created' }, {}],
    ['installation', { action: 'suspend', repositories: [brief('shop')] }, { changed: [shop] }],
    [
      'installation_repositories',
      { action: 'added', repositories_added: [brief('shop')], repositories_removed: [brief('blog')] },
      { gained: [shop], lost: [blog] },
    ],
    ['repository', { action: 'archived', repository }, { lost: [shop] }],
    ['repository', { action: 'unarchived', repository }, { gained: [shop] }],
    ['repository', { action: 'deleted', repository }, { lost: [shop] }],
    [
      'repository',
      { action: 'transferred', repository, changes: { owner: { from: { user: { login: 'ada' } } } } },
      { changed: [shop, { owner: 'ada', name: 'shop' }] },
    ],
    ['repository', { action: 'edited', repository }, {}],
  ])('%s %j', (event, payload, expected) => {
    expect(repositoryNews(event, payload)).toEqual({ gained: [], lost: [], changed: [], ...expected });
  });

  it('is nothing for other events', () => {
    expect(repositoryNews('issues', { action: 'opened', repository })).toBeNull();
  });
});

describe('a sweep where the App is no longer installed', () => {
  it('fails at first, and says so after a while', async () => {
    let now = 0;
    const gone = new NoInstallationError('acme/shop', null);
    let answer: 'gone' | 'there' = 'gone';
    const sweep = withGoneRepositories(
      { forget: () => {} },
      () => (answer === 'gone' ? Promise.reject(gone) : Promise.resolve([])),
      () => now,
    );
    const target = {
      repo: { owner: 'acme', name: 'shop' },
      issue: 1,
      baseBranch: 'main',
      branches: [],
      pulls: [],
      subIssues: [],
      commentsSince: '2026-01-01T00:00:00Z',
    };
    await expect(sweep(target)).rejects.toBe(gone);
    now += 9 * 60_000;
    answer = 'there';
    expect(await sweep(target)).toEqual([]);
    answer = 'gone';
    now += 9 * 60_000;
    await expect(sweep(target)).rejects.toBe(gone);
    now += 10 * 60_000;
    expect(await sweep(target)).toEqual([{ type: 'repository-gone', by: 'the App being taken off acme/shop' }]);
  });
});
