import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { asApp, asUser, clientWith, jwt, startReceiver, startWithRepository } from './local-github.ts';

const repo = '/repos/acme/shop';

function manifest(hook: string | null): Record<string, unknown> {
  return {
    name: 'Second App',
    url: 'https://example.com',
    redirect_url: 'http://127.0.0.1:4321/created?from=here',
    ...(hook === null ? {} : { hook_attributes: { url: hook, active: true } }),
    default_permissions: { issues: 'write', metadata: 'read' },
    default_events: ['issues'],
  };
}

async function send(sandbox: Sandbox, path: string, form: Record<string, string>, site = 'same-origin') {
  const response = await fetch(`${sandbox.url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'sec-fetch-site': site },
    body: new URLSearchParams(form),
  });
  return { status: response.status, location: response.headers.get('location') ?? '', text: await response.text() };
}

async function register(sandbox: Sandbox, hook: string | null, name = 'Second App'): Promise<string> {
  const form = { manifest: JSON.stringify(manifest(hook)), state: 'st&te', name };
  const { status, location } = await send(sandbox, '/settings/apps', form);
  expect(status).toBe(302);
  const back = new URL(location);
  expect(`${back.origin}${back.pathname}`).toBe('http://127.0.0.1:4321/created');
  expect(back.searchParams.get('state')).toBe('st&te');
  expect(back.searchParams.get('from')).toBe('here');
  return back.searchParams.get('code') ?? '';
}

describe('registering an App by manifest', () => {
  it('shows what was asked for and makes nothing before the button is pressed', async () => {
    const sandbox = await startWithRepository();
    const form = { manifest: JSON.stringify(manifest('https://muster.example.com/hook')) };
    const shown = await send(sandbox, '/settings/apps/new?state=abc', form, 'cross-site');
    expect(shown.status).toBe(200);
    for (const word of ['Second App', 'Create GitHub App', 'issues', 'write', 'https://muster.example.com/hook', 'abc'])
      expect(shown.text).toContain(word);
    expect((await fetch(`${sandbox.url}/apps/second-app`)).status).toBe(404);
  });

  it('gives the keys for the code, once, within an hour', async () => {
    let now = Date.now();
    const sandbox = await startWithRepository({ now: () => new Date(now) });
    const nobody = clientWith(sandbox, null);
    const code = await register(sandbox, 'http://127.0.0.1:1/hook');
    const { status, body } = await nobody('POST', `/api/v3/app-manifests/${code}/conversions`);
    expect(status).toBe(201);
    expect(body).toMatchObject({ slug: 'second-app', name: 'Second App', events: ['issues'] });
    expect(String(body.pem)).toContain('PRIVATE KEY');
    expect(String(body.webhook_secret).length).toBeGreaterThan(20);
    expect((await nobody('POST', `/app-manifests/${code}/conversions`)).status).toBe(404);
    const second = await register(sandbox, null, 'Third');
    now += 3_600_100;
    expect((await nobody('POST', `/app-manifests/${second}/conversions`)).status).toBe(404);
    expect((await nobody('POST', '/app-manifests/never/conversions')).status).toBe(404);
  });

  it('refuses forms of other sites, taken names, and what it does not know', async () => {
    const sandbox = await startWithRepository();
    const form = { manifest: JSON.stringify(manifest(null)), state: '', name: 'Second App' };
    expect((await send(sandbox, '/settings/apps', form, 'cross-site')).status).toBe(403);
    await register(sandbox, null);
    const taken = await send(sandbox, '/settings/apps', form);
    expect(taken.status).toBe(422);
    expect(taken.text).toContain('already taken');
    expect(taken.text).toContain('Create GitHub App');
    const odd = { ...manifest(null), default_events: ['check_run'] };
    const refused = await send(sandbox, '/settings/apps/new', { manifest: JSON.stringify(odd) });
    expect([refused.status, /not supported by permissions/.test(refused.text)]).toEqual([422, true]);
    for (const text of ['', '[]', '{"url":"javascript:alert(1)"}'])
      expect((await send(sandbox, '/settings/apps/new', { manifest: text })).status).toBe(422);
    expect((await send(sandbox, '/organizations/nobody/settings/apps/new', form)).status).toBe(404);
  });

  it('makes an App that works beside the main one once it is installed', async () => {
    const sandbox = await startWithRepository();
    const main = await startReceiver('hush');
    sandbox.setWebhook(main.url, 'hush');
    await sandbox.drained();
    main.deliveries.length = 0;
    const hook = await startReceiver('not known yet');
    const code = await register(sandbox, hook.url);
    const { body } = await clientWith(sandbox, null)('POST', `/app-manifests/${code}/conversions`);
    const app = clientWith(sandbox, `Bearer ${jwt(sandbox, { iss: body.id }, String(body.pem))}`);
    expect((await app('GET', '/app')).body).toMatchObject({ id: body.id, slug: 'second-app' });
    expect((await app('GET', '/app/installations')).body).toEqual([]);
    await asUser(sandbox, 'hana')('POST', `${repo}/issues`, { title: 'before' });

    const form = { account: 'acme' };
    expect((await send(sandbox, '/apps/second-app/installations', form, 'cross-site')).status).toBe(403);
    expect((await send(sandbox, '/apps/second-app/installations', form)).status).toBe(303);
    const [installation] = Object.values((await app('GET', '/app/installations')).body);
    const token = (await app('POST', `/app/installations/${installation?.id}/access_tokens`)).body.token;
    const bot = clientWith(sandbox, `token ${token}`);
    expect((await bot('POST', `${repo}/issues`, { title: 'mine' })).body).toMatchObject({
      user: { login: 'second-app[bot]' },
    });
    expect((await bot('GET', `${repo}/contents/README.md`)).status).toBe(403);
    await sandbox.createRepository({ owner: 'acme', name: 'new' });
    await sandbox.drained();
    const names = ({ event, action }: { event: string; action?: string | undefined }): string => `${event}.${action}`;
    expect(hook.deliveries.map(names)).toEqual([
      'installation.created',
      'issues.opened',
      'installation_repositories.added',
    ]);
    expect(hook.deliveries[0]?.payload).toMatchObject({
      repositories: [{ full_name: 'acme/shop' }],
      installation: { id: installation?.id, account: { login: 'acme' } },
    });
    expect(main.deliveries.map(names)).toEqual(['issues.opened', 'issues.opened', 'installation_repositories.added']);
    expect((await asApp(sandbox)('GET', '/app')).body).toMatchObject({ id: sandbox.app.id });

    await send(sandbox, `/apps/second-app/installations/${installation?.id}/delete`, {});
    await sandbox.drained();
    expect(hook.deliveries.map(names).at(-1)).toBe('installation.deleted');
    expect((await bot('GET', repo)).status).toBe(401);
    expect((await app('GET', `${repo}/installation`)).status).toBe(404);
  });
});
