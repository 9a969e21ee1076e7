import { execFile } from 'node:child_process';
import { request } from 'node:http';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { asUser, startReceiver, startWithRepository, temporaryDir } from './local-github.ts';
import { cloneAs, remoteUrl, runGit } from './work-tree.ts';

const run = promisify(execFile);

describe('git over http', () => {
  it('clones without a token, and pushes with one', async () => {
    const sandbox = await startWithRepository();
    expect(await (await cloneAs(sandbox, null)).git('ls-files')).toBe('README.md\n');
    const work = await cloneAs(sandbox, sandbox.userToken('ann', 'write'));
    const sha = await work.push('topic', { 'a.txt': 'a\n' });
    const ref = await asUser(sandbox, 'ann')('GET', '/repos/acme/shop/git/ref/heads/topic');
    expect(ref.body.object?.sha).toBe(sha);
    const kinds = sandbox.requests().filter((entry) => entry.kind === 'git');
    expect(kinds.some((entry) => entry.template.endsWith('git-receive-pack') && entry.actor === 'ann')).toBe(true);
  });

  it('refuses a push without credentials, with wrong ones, and without write permission', async () => {
    const sandbox = await startWithRepository();
    const work = await cloneAs(sandbox, null);
    await work.git('commit', '--quiet', '--allow-empty', '--message', 'x');
    const to = (token: string | null): Promise<string> =>
      work.git('push', remoteUrl(sandbox, token), 'HEAD:refs/heads/x');
    await expect(to(null)).rejects.toThrow(/could not read Username|Authentication failed/);
    await expect(to('ghs_nonsense')).rejects.toThrow(/Authentication failed/);
    await expect(to(sandbox.userToken('reader', 'read'))).rejects.toThrow(/403|Write access to repository not granted/);
    expect(await work.git('ls-remote', 'origin', 'refs/heads/x')).toBe('');
  });

  it('hides a private repository from strangers', async () => {
    const sandbox = await startWithRepository();
    await sandbox.createRepository({ owner: 'acme', name: 'secret', private: true, seedFrom: { files: { a: 'a' } } });
    await expect(cloneAs(sandbox, null, 'acme/secret')).rejects.toThrow();
    await expect(cloneAs(sandbox, sandbox.userToken('stranger'), 'acme/secret')).rejects.toThrow(/not found/i);
    expect(await (await cloneAs(sandbox, sandbox.userToken('ann', 'read'), 'acme/secret')).git('ls-files')).toBe('a\n');
  });

  it('tells the whole story of a push: new branch, more commits, rewritten, deleted', async () => {
    const hook = await startReceiver('s');
    const sandbox = await startWithRepository({ webhook: { url: hook.url, secret: 's' } });
    await sandbox.drained();
    hook.deliveries.length = 0;
    const work = await cloneAs(sandbox, sandbox.userToken('ann', 'write'));
    const first = await work.push('topic', { 'a.txt': 'a\n', 'README.md': '# Changed\n' });
    const second = await work.push('topic', { 'a.txt': null, 'b.txt': 'b\n' });
    const third = await work.push('topic', { 'c.txt': 'c\n' }, { from: 'origin/main' });
    await work.git('push', '--quiet', 'origin', '--delete', 'topic');
    await sandbox.drained();
    const pushes = hook.deliveries.filter((delivery) => delivery.event === 'push').map(({ payload }) => payload);
    const zero = '0'.repeat(40);
    expect(
      pushes.map(({ before, after, created, deleted, forced }) => ({ before, after, created, deleted, forced })),
    ).toEqual([
      { before: zero, after: first, created: true, deleted: false, forced: false },
      { before: first, after: second, created: false, deleted: false, forced: false },
      { before: second, after: third, created: false, deleted: false, forced: true },
      { before: third, after: zero, created: false, deleted: true, forced: false },
    ]);
    expect(pushes[0]?.commits).toMatchObject([{ id: first, added: ['a.txt'], modified: ['README.md'], removed: [] }]);
    expect(pushes[1]?.commits).toMatchObject([{ id: second, added: ['b.txt'], modified: [], removed: ['a.txt'] }]);
    expect(pushes[3]?.head_commit).toBeNull();
    expect(pushes[0]?.pusher).toMatchObject({ name: 'ann' });
  });

  it('keeps its own refs from clients', async () => {
    const sandbox = await startWithRepository();
    const work = await cloneAs(sandbox, sandbox.userToken('ann', 'write'));
    for (const ref of ['refs/sandbox/landed/1', 'refs/pull/1/head']) {
      await expect(work.git('push', 'origin', `HEAD:${ref}`)).rejects.toThrow(/hidden ref|rejected/);
    }
  });

  it('streams a push and a clone of several megabytes', async () => {
    const sandbox = await startWithRepository();
    const work = await cloneAs(sandbox, sandbox.userToken('ann', 'write'));
    // Pseudo-random text does not compress, so this is a real pack of about 6 MB sent in chunks.
    let seed = 1;
    const noise = Array.from({ length: 800_000 }, () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed.toString(36);
    }).join('');
    await work.push('big', { 'noise.txt': noise });
    const again = await cloneAs(sandbox, null);
    await again.git('checkout', '--quiet', 'big');
    expect((await again.git('cat-file', '-s', 'HEAD:noise.txt')).trim()).toBe(String(noise.length));
  });

  it('forgets a push whose client breaks off', async () => {
    const sandbox = await startWithRepository();
    const token = sandbox.userToken('ann', 'write');
    const before = await runGit('/', 'ls-remote', remoteUrl(sandbox, null));
    await new Promise<void>((resolve) => {
      const url = new URL(`${sandbox.url}/acme/shop.git/git-receive-pack`);
      const headers = {
        authorization: `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`,
        'content-type': 'application/x-git-receive-pack-request',
        'content-length': '100000',
      };
      const half = request(url, { method: 'POST', headers });
      half.on('error', () => resolve()).on('close', () => resolve());
      half.write('0'.repeat(1000), () => half.destroy());
    });
    await sandbox.drained();
    expect(await runGit('/', 'ls-remote', remoteUrl(sandbox, null))).toBe(before);
  });

  it('catches up at opening with branches that moved right before a kill', async () => {
    const dir = temporaryDir();
    const first = await startSandbox({ dir });
    const { gitDir } = await first.createRepository({ owner: 'acme', name: 'shop', seedFrom: { files: { a: 'a' } } });
    await first.close();
    const main = (await runGit('/', '--git-dir', gitDir, 'rev-parse', 'main')).trim();
    await runGit('/', '--git-dir', gitDir, 'update-ref', 'refs/heads/late', main);
    const hook = await startReceiver('s');
    const second = await startSandbox({
      dir,
      webhook: { url: hook.url, secret: 's' },
      ci: { enabled: true, command: 'true' },
    });
    await second.drained();
    const pushes = hook.deliveries.filter((delivery) => delivery.event === 'push');
    expect(pushes.map(({ payload }) => [payload.ref, payload.created])).toEqual([['refs/heads/late', true]]);
    // CI was off before, so the default branch is decided now as well; one commit, one run.
    const runs = await asUser(second, 'ann')('GET', '/repos/acme/shop/commits/late/check-runs');
    expect(runs.body).toMatchObject({ total_count: 1, check_runs: [{ conclusion: 'success' }] });
    await second.close();
    const third = await startSandbox({ dir, webhook: { url: hook.url, secret: 's' } });
    await third.drained();
    expect(hook.deliveries.filter((delivery) => delivery.event === 'push')).toHaveLength(1);
    await third.close();
  });

  it('takes a compressed request body', async () => {
    const sandbox = await startWithRepository();
    const work = await cloneAs(sandbox, sandbox.userToken('ann', 'write'));
    for (let at = 0; at < 3; at += 1) await work.push(`b${at}`, { [`f${at}`]: 'x' });
    // Git compresses request bodies over 1 KB, which many wants and haves make.
    const wants = Array.from({ length: 40 }, () => 'refs/heads/b0').join(' ');
    const { stderr } = await run('git', ['-C', work.dir, 'fetch', 'origin', ...wants.split(' ')], {
      env: { PATH: process.env.PATH ?? '', GIT_CURL_VERBOSE: '1' },
    });
    expect(stderr).not.toMatch(/HTTP\/1\.1 5/);
  });
});
