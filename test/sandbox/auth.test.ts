import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { asApp, asInstallation, asUser, clientWith, jwt, startWithRepository } from './local-github.ts';

describe('who is asking', () => {
  it('knows the App by its JWT and finds its installation', async () => {
    const sandbox = await startWithRepository();
    const app = asApp(sandbox);
    const self = await app('GET', '/app');
    expect(self.status).toBe(200);
    expect(self.body.id).toBe(sandbox.app.id);
    expect(self.body.slug).toBe(sandbox.app.slug);
    const installation = await app('GET', '/repos/acme/shop/installation');
    expect(installation.body.id).toBe(sandbox.app.installationId);
    expect((await app('GET', '/app/installations')).body).toMatchObject([{ account: { login: 'acme' } }]);
  });

  it('refuses forged, expired and too long-lived JWTs', async () => {
    const sandbox = await startWithRepository();
    const now = Math.floor(Date.now() / 1000);
    const stranger = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    }).privateKey;
    for (const token of [
      jwt(sandbox, {}, stranger),
      jwt(sandbox, { exp: now - 5 }),
      jwt(sandbox, { exp: now + 3600 }),
      jwt(sandbox, { iss: 999 }),
      'not.a.token',
      'ghs_unknown',
    ]) {
      const answer = await clientWith(sandbox, `Bearer ${token}`)('GET', '/app');
      expect([token.slice(0, 12), answer.status]).toEqual([token.slice(0, 12), 401]);
    }
    expect((await clientWith(sandbox, null)('GET', '/app')).status).toBe(401);
  });

  it('mints installation tokens that expire', async () => {
    let now = Date.now();
    const sandbox = await startWithRepository({ now: () => new Date(now) });
    const client = await asInstallation(sandbox);
    expect((await client('GET', '/installation/repositories')).body).toMatchObject({
      total_count: 1,
      repositories: [{ full_name: 'acme/shop' }],
    });
    now += 59 * 60_000;
    expect((await client('GET', '/repos/acme/shop')).status).toBe(200);
    now += 2 * 60_000;
    const late = await client('GET', '/repos/acme/shop');
    expect([late.status, late.body.message]).toEqual([401, 'Bad credentials']);
  });

  it('narrows a token to repositories and permissions, and grants nothing the App lacks', async () => {
    const sandbox = await startWithRepository();
    await sandbox.createRepository({ owner: 'acme', name: 'vault', private: true });
    const reader = await asInstallation(sandbox, { repositories: ['shop'], permissions: { issues: 'read' } });
    expect((await reader('GET', '/repos/acme/shop/issues')).status).toBe(200);
    expect((await reader('GET', '/repos/acme/vault/issues')).status).toBe(404);
    const refused = await reader('POST', '/repos/acme/shop/issues', { title: 'x' });
    expect([refused.status, refused.body.message]).toEqual([403, 'Resource not accessible by integration']);
    const path = `/app/installations/${sandbox.app.installationId}/access_tokens`;
    expect((await asApp(sandbox)('POST', path, { permissions: { administration: 'write' } })).status).toBe(422);
    expect((await asApp(sandbox)('POST', path, { repositories: ['nowhere'] })).status).toBe(422);
  });

  it('lets people do what their permission says', async () => {
    const sandbox = await startWithRepository();
    await sandbox.createRepository({ owner: 'acme', name: 'vault', private: true });
    const [writer, reader, stranger] = [
      asUser(sandbox, 'wanda', 'write'),
      asUser(sandbox, 'rita', 'read'),
      asUser(sandbox, 'stan', 'none'),
    ];
    expect((await writer('POST', '/repos/acme/vault/labels', { name: 'bug', color: 'ff0000' })).status).toBe(201);
    expect((await reader('POST', '/repos/acme/vault/labels', { name: 'x', color: 'ff0000' })).status).toBe(403);
    expect((await reader('GET', '/repos/acme/vault')).status).toBe(200);
    expect((await stranger('GET', '/repos/acme/vault')).status).toBe(404);
    expect((await clientWith(sandbox, null)('GET', '/repos/acme/shop')).status).toBe(200);
    expect((await clientWith(sandbox, null)('POST', '/repos/acme/shop/issues', { title: 'x' })).status).toBe(401);
    sandbox.setPermission('acme', 'vault', 'stan', 'admin');
    const asked = await writer('GET', '/repos/acme/vault/collaborators/stan/permission');
    expect(asked.body).toMatchObject({ permission: 'admin', role_name: 'admin', user: { login: 'stan' } });
    const visitor = await writer('GET', '/repos/acme/shop/collaborators/stan/permission');
    expect(visitor.body.permission).toBe('read');
    expect((await writer('GET', '/repos/acme/shop/collaborators/nobody/permission')).status).toBe(404);
  });
});

describe('the API door', () => {
  it('names a route that it does not have, under both roots', async () => {
    const sandbox = await startWithRepository();
    const client = await asInstallation(sandbox);
    for (const root of ['', '/api/v3']) {
      const answer = await client('GET', `${root}/repos/acme/shop/milestones`);
      expect(answer.status).toBe(501);
      expect(answer.body.message).toBe('The local GitHub has no route GET /repos/acme/shop/milestones');
    }
    expect((await client('GET', '/api/v3/repos/acme/shop')).body.full_name).toBe('acme/shop');
  });

  it('answers a conditional request with 304 until something changed', async () => {
    const sandbox = await startWithRepository();
    const client = await asInstallation(sandbox);
    const first = await client('GET', '/repos/acme/shop/issues');
    const headers = { 'if-none-match': String(first.headers.get('etag')) };
    expect((await client('GET', '/repos/acme/shop/issues', undefined, headers)).status).toBe(304);
    await client('POST', '/repos/acme/shop/issues', { title: 'New' });
    expect((await client('GET', '/repos/acme/shop/issues', undefined, headers)).status).toBe(200);
  });

  it('sends the headers that clients read and refuses an unknown version', async () => {
    const sandbox = await startWithRepository();
    const client = await asInstallation(sandbox);
    const { headers } = await client('GET', '/repos/acme/shop');
    expect(Number(headers.get('x-ratelimit-remaining'))).toBeGreaterThan(1000);
    expect(headers.get('x-github-request-id')).toMatch(/^[0-9A-F]+$/);
    const version = (value: string): Record<string, string> => ({ 'x-github-api-version': value });
    expect((await client('GET', '/repos/acme/shop', undefined, version('1999-01-01'))).status).toBe(400);
    const newer = await client('GET', '/repos/acme/shop', undefined, version('2026-03-10'));
    expect(newer.headers.get('x-github-api-version-selected')).toBe('2026-03-10');
    expect('has_downloads' in newer.body).toBe(false);
    const created = await client('POST', '/repos/acme/shop/issues', { title: 'x' }, version('2026-03-10'));
    expect(['assignee' in created.body, 'assignees' in created.body]).toEqual([false, true]);
  });

  it('refuses what is no JSON object', async () => {
    const sandbox = await startWithRepository();
    const client = await asInstallation(sandbox);
    expect((await client('POST', '/repos/acme/shop/issues', ['x'])).status).toBe(400);
  });

  it('logs requests, tells token minting apart, and forgets on demand', async () => {
    const sandbox = await startWithRepository();
    const client = await asInstallation(sandbox);
    await client('GET', '/repos/acme/shop');
    await client.graphql('query Who { viewer { login } }');
    await asUser(sandbox, 'wanda')('GET', '/repos/acme/shop/issues/99');
    expect(sandbox.requests()).toMatchObject([
      { kind: 'token', actor: 'app', method: 'POST' },
      { kind: 'api', actor: 'installation', template: '/repos/{owner}/{repo}', path: '/repos/acme/shop', status: 200 },
      { kind: 'api', actor: 'installation', template: '/graphql', graphqlOperation: 'query Who: viewer' },
      { kind: 'api', actor: 'wanda', template: '/repos/{owner}/{repo}/issues/{issue_number}', status: 404 },
    ]);
    expect((await client('GET', '/_sandbox/requests')).body).toHaveLength(4);
    await client('DELETE', '/_sandbox/requests');
    expect(sandbox.requests()).toEqual([]);
  });
});
