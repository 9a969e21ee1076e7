import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { asUser, onCleanup, startWithRepository, temporaryDir } from './local-github.ts';

describe('starting', () => {
  it('refuses a port that is taken and leaves the directory free', async () => {
    const first = await startWithRepository();
    const dir = temporaryDir();
    await expect(startSandbox({ dir, port: Number(new URL(first.url).port) })).rejects.toThrow('EADDRINUSE');
    const second = await startSandbox({ dir });
    onCleanup(() => second.close());
    expect(second.app.installationId).toBeGreaterThan(0);
  });

  it('answers again for a repository that exists, and hands every organisation an installation', async () => {
    const sandbox = await startWithRepository();
    const again = await sandbox.createRepository({ owner: 'acme', name: 'shop', defaultBranch: 'other' });
    expect(again.cloneUrl).toBe(`${sandbox.url}/acme/shop.git`);
    expect((await asUser(sandbox, 'ann')('GET', '/repos/acme/shop')).body.default_branch).toBe('main');
    await sandbox.createRepository({ owner: 'globex', name: 'site' });
    expect((await asUser(sandbox, 'ann')('GET', '/users/globex')).body.type).toBe('Organization');
    expect(() => sandbox.setPermission('acme', 'nowhere', 'ann', 'write')).toThrow('no repository');
  });

  it('shows every REST answer and webhook to the observer under its template', async () => {
    const seen: string[] = [];
    const sandbox = await startWithRepository({
      webhook: { url: 'http://127.0.0.1:1/', secret: 'hush' },
      observe: (exchange) =>
        seen.push(
          exchange.kind === 'rest'
            ? `${exchange.method} ${exchange.template} ${exchange.status}`
            : `${exchange.event}.${exchange.action}`,
        ),
    });
    const ann = asUser(sandbox, 'ann');
    await ann('POST', '/repos/acme/shop/issues', { title: 'x' });
    await ann('GET', '/repos/acme/shop/issues/7');
    await ann('GET', '/repos/acme/shop/nothing');
    expect(seen).toEqual([
      'issues.opened',
      'POST /repos/{owner}/{repo}/issues 201',
      'GET /repos/{owner}/{repo}/issues/{issue_number} 404',
    ]);
  });
});
