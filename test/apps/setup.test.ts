import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { type GitHubSite, gitHubSite, publicAddress } from '../../src/apps/setup/github-site.ts';
import { checkKeeping, type Kept } from '../../src/apps/setup/keep-keys.ts';
import { manifestFor, permissionReasons, readAppDescription } from '../../src/apps/setup/manifest.ts';
import { openSetup, type Setup, type SetupOptions } from '../../src/apps/setup/server.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';

let sandbox: Sandbox;
let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'muster-setup-'));
  sandbox = await startSandbox({ dir: join(home, 'github') });
  await sandbox.createRepository({ owner: 'acme', name: 'shop' });
});
afterAll(async () => {
  await sandbox.close();
  rmSync(home, { recursive: true, force: true });
});

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'muster-setup-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
});

function siteOf(text: string): GitHubSite {
  const site = gitHubSite(text);
  if (typeof site === 'string') throw new Error(site);
  return site;
}

let names = 0;
async function begin(options: Partial<SetupOptions> = {}): Promise<Setup> {
  names += 1;
  const setup = await openSetup({
    port: 0,
    site: siteOf(sandbox.url),
    org: null,
    name: `Trial ${names}`,
    publicUrl: 'http://127.0.0.1:3000',
    keeping: { envFile: join(dir, '.env'), force: false },
    start: 'muster start',
    ...options,
  });
  onTestFinished(() => setup.close());
  return setup;
}

/** What the button of the setup's page would send. */
async function formOf(setup: Setup): Promise<{ action: URL; manifest: string; state: string }> {
  const page = await (await fetch(setup.url)).text();
  const unescaped = (text: string): string => text.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  const action = new URL(unescaped(/action="([^"]+)"/.exec(page)?.[1] ?? ''));
  const manifest = unescaped(/name="manifest" value="([^"]+)"/.exec(page)?.[1] ?? '');
  return { action, manifest, state: action.searchParams.get('state') ?? '' };
}

/** Presses "Create" on GitHub; answers where the browser is led. */
async function create(setup: Setup): Promise<URL> {
  const { action, manifest, state } = await formOf(setup);
  const response = await fetch(`${action.origin}${action.pathname.replace(/\/new$/, '')}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ manifest, state, name: JSON.parse(manifest).name }),
  });
  return new URL(response.headers.get('location') ?? '');
}

async function ended(setup: Setup): Promise<Kept | 'not yet'> {
  return Promise.race([
    setup.done,
    new Promise<'not yet'>((later) => setImmediate(() => setImmediate(() => later('not yet')))),
  ]);
}

describe('app.yml', () => {
  it('is a manifest that asks for nothing without a reason', () => {
    const app = readAppDescription();
    expect(Object.keys(app.default_permissions).filter((name) => !permissionReasons[name])).toEqual([]);
    expect(Object.keys(permissionReasons).sort()).toEqual(Object.keys(app.default_permissions).sort());
    expect(app.public).toBe(false);
    const raw = parse(readFileSync(join(import.meta.dirname, '../../app.yml'), 'utf8'));
    expect(
      manifestFor({ name: 'x', publicUrl: 'https://m.example.com/muster/', redirectUrl: 'http://127.0.0.1:1/r' }),
    ).toEqual({
      ...raw,
      name: 'x',
      hook_attributes: { url: 'https://m.example.com/muster/api/github/webhooks', active: true },
      redirect_url: 'http://127.0.0.1:1/r',
    });
    expect(manifestFor({ name: 'x', publicUrl: null, redirectUrl: '' }).hook_attributes.active).toBe(false);
  });
});

describe('the page of muster setup', () => {
  it('lies under an address only the terminal knows, on this machine, and sends nobody its secrets', async () => {
    const setup = await begin();
    const url = new URL(setup.url);
    expect(url.hostname).toBe('127.0.0.1');
    expect(url.pathname.length).toBeGreaterThan(20);
    for (const path of ['/', '/registered', `${url.pathname}x`, '/favicon.ico']) {
      const answer = await fetch(`${url.origin}${path}`);
      expect([path, answer.status]).toEqual([path, path === '/registered' ? 403 : 404]);
      expect(await answer.text()).not.toContain(url.pathname);
    }
    expect((await fetch(setup.url, { method: 'POST' })).status).toBe(404);
    const page = await fetch(setup.url);
    expect(page.headers.get('content-security-policy')).toContain(`form-action ${sandbox.url};`);
    expect(page.headers.get('cache-control')).toBe('no-store');
  });

  it('does not answer a name that was made to lead here', async () => {
    const setup = await begin();
    const asked = request(setup.url, { headers: { host: `evil.example.com:${new URL(setup.url).port}` } }).end();
    const [response] = await once(asked, 'response');
    expect(response.statusCode).toBe(404);
    response.resume();
  });

  it('asks for what app.yml says, for an organisation where one is named', async () => {
    const setup = await begin({ org: 'acme', publicUrl: null });
    const { action, manifest, state } = await formOf(setup);
    expect(action.pathname).toBe('/organizations/acme/settings/apps/new');
    expect(state.length).toBeGreaterThan(30);
    expect(JSON.parse(manifest)).toMatchObject({
      public: false,
      hook_attributes: { active: false },
      default_permissions: readAppDescription().default_permissions,
      redirect_url: `${new URL(setup.url).origin}/registered`,
    });
    const back = await create(setup);
    expect((await fetch(back)).status).toBe(200);
    // GitHub makes no secret without a webhook, and muster start wants one
    expect(parseEnv(readFileSync(join(dir, '.env'), 'utf8')).WEBHOOK_SECRET?.length).toBe(64);
  });
});

describe('what comes back from GitHub', () => {
  it('becomes two files for their owner alone; the browser may ask twice', async () => {
    const setup = await begin();
    const back = await create(setup);
    const [first, second] = await Promise.all([fetch(back), fetch(back)]);
    const page = await first.text();
    expect(page).toContain('The App is registered');
    expect(await second.text()).toBe(page);
    const kept = await setup.done;
    const values = parseEnv(readFileSync(join(dir, '.env'), 'utf8'));
    expect(values).toMatchObject({ APP_ID: String(kept.app.id), MUSTER_GITHUB_API_URL: `${sandbox.url}/api/v3` });
    expect(kept.files).toEqual([join(dir, '.env'), values.PRIVATE_KEY_PATH]);
    for (const file of kept.files) expect(statSync(file).mode & 0o777).toBe(0o600);
    const key = readFileSync(values.PRIVATE_KEY_PATH ?? '', 'utf8');
    expect(page).not.toContain(values.WEBHOOK_SECRET);
    expect(page).not.toContain(key.split('\n')[1]);
    expect(kept.installUrl).toBe(`${sandbox.url}/apps/${kept.app.slug}/installations/new`);
  });

  it('counts only with the state that went there', async () => {
    const setup = await begin();
    const back = await create(setup);
    const code = back.searchParams.get('code') ?? '';
    for (const state of [null, '', 'x', `${back.searchParams.get('state')}x`]) {
      const forged = new URL(back);
      if (state === null) forged.searchParams.delete('state');
      else forged.searchParams.set('state', state);
      expect((await fetch(forged)).status).toBe(403);
    }
    expect(await ended(setup)).toBe('not yet');
    expect(readdirSync(dir)).toEqual([]);
    // and the code was not spent on them
    expect((await fetch(`${sandbox.url}/app-manifests/${code}/conversions`, { method: 'POST' })).status).toBe(201);
  });

  it('may be a code that is spent: then one can begin again', async () => {
    const setup = await begin();
    const back = await create(setup);
    await fetch(`${sandbox.url}/app-manifests/${back.searchParams.get('code')}/conversions`, { method: 'POST' });
    const answer = await fetch(back);
    expect(answer.status).toBe(410);
    expect(await answer.text()).toContain(new URL(setup.url).pathname);
    expect(await ended(setup)).toBe('not yet');
  });

  it('can be fetched later when GitHub does not answer now', async () => {
    const setup = await begin();
    const back = await create(setup);
    sandbox.faults.secondaryLimit.rate = 1;
    onTestFinished(() => {
      sandbox.faults.secondaryLimit.rate = 0;
    });
    const refused = await fetch(back);
    expect(refused.status).toBe(502);
    expect(await refused.text()).toContain('Load this page again');
    sandbox.faults.secondaryLimit.rate = 0;
    expect((await fetch(back)).status).toBe(200);
  });

  it('is told when it cannot be kept, with what helps', async () => {
    const setup = await begin();
    const back = await create(setup);
    writeFileSync(join(dir, '.env'), 'APP_ID=1\n');
    const answer = await fetch(back);
    expect(answer.status).toBe(500);
    const words = /is registered, but its keys could not be written.*it now sets APP_ID.*Delete the App on http/;
    expect(await answer.text()).toMatch(words);
    await expect(setup.done).rejects.toThrow(words);
    expect(readFileSync(join(dir, '.env'), 'utf8')).toBe('APP_ID=1\n');
  });

  it('warns where the keys could be committed', async () => {
    execFileSync('git', ['init', '-q', dir]);
    const setup = await begin();
    await fetch(await create(setup));
    expect((await setup.done).warning).toMatch(/add \.env and muster-app-\d+\.private-key\.pem to its \.gitignore/);
    writeFileSync(join(dir, '.gitignore'), '.env\n*.pem\n');
    const again = await begin({ keeping: { envFile: join(dir, '.env'), force: true } });
    await fetch(await create(again));
    expect((await again.done).warning).toBeNull();
  });
});

describe('before anything is registered', () => {
  it('refuses to replace an App that is there, unless told to', () => {
    const envFile = join(dir, '.env');
    checkKeeping({ envFile, force: false });
    writeFileSync(envFile, 'APP_ID=1\nPORT=3000\n');
    expect(() => checkKeeping({ envFile, force: false })).toThrow(/already sets APP_ID\..*--env-file.*--force/);
    checkKeeping({ envFile, force: true });
  });

  it('refuses a place that is not there', () => {
    expect(() => checkKeeping({ envFile: join(dir, 'no', '.env'), force: false })).toThrow(
      /there is no such file or directory/,
    );
  });

  it.each([
    ['https://github.com', { web: 'https://github.com', api: 'https://api.github.com', isPublicOne: true }],
    ['https://api.github.com/', { web: 'https://github.com', isPublicOne: true }],
    [
      'https://ghe.example.com/',
      { web: 'https://ghe.example.com', api: 'https://ghe.example.com/api/v3', isPublicOne: false },
    ],
    ['https://ghe.example.com/api/v3', { web: 'https://ghe.example.com' }],
    ['https://octo.ghe.com', { web: 'https://octo.ghe.com', api: 'https://api.octo.ghe.com' }],
    ['http://127.0.0.1:4000', { api: 'http://127.0.0.1:4000/api/v3', isLoopback: true }],
  ])('knows where the API of %s is', (text, expected) => {
    expect(gitHubSite(text)).toMatchObject(expected);
  });

  it.each([
    'github.com',
    'http://ghe.example.com',
    'https://github.com/acme',
    'https://u:p@ghe.example.com',
    'ftp://x',
  ])('refuses %s as a GitHub', (text) => expect(gitHubSite(text)).toContain(text));

  it.each([
    ['https://m.example.com', null],
    ['https://m.example.com/muster/', null],
    ['http://m.example.com', /must be https/],
    ['http://localhost:3000', /cannot reach/],
    ['https://m.example.com/?x=1', /must end with/],
    ['m.example.com', /not an address/],
  ])('takes %s as a public address, or says why not', (text, problem) => {
    const answer = publicAddress(text, siteOf('https://github.com'));
    if (problem === null) expect(answer).toEqual({ url: text.replace(/\/$/, '') });
    else expect(answer).toMatch(problem);
  });
});
