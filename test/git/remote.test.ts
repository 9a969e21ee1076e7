import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withAskpass } from '../../src/git/askpass.ts';
import { initBare, resolveRef, updateRef } from '../../src/git/plumbing.ts';
import { fetch, lsRemote, push } from '../../src/git/remote.ts';
import { GitError, git } from '../../src/git/run.ts';
import { bareRepository, commitFiles, temporaryDirectory } from './repository.ts';
import { serveGit } from './smart-http.ts';

const MAIN = 'refs/heads/main';
const CREDENTIAL = { username: 'x-access-token', token: 'ghs_SeCrEt0123456789' };
const BASIC = `${CREDENTIAL.username}:${CREDENTIAL.token}`;

async function remoteAndMirror(
  options: { credential?: string } = {},
): Promise<{ url: string; remote: string; mirror: string; sha: string; server: Awaited<ReturnType<typeof serveGit>> }> {
  const root = temporaryDirectory();
  const remote = join(root, 'project.git');
  await initBare(remote);
  const sha = await commitFiles(remote, MAIN, { a: '1' });
  const mirror = await bareRepository();
  const server = await serveGit(root, options);
  return { url: server.url('project.git'), remote, mirror, sha, server };
}

describe('withAskpass', () => {
  it('lends the credential in private files and takes everything back', async () => {
    const dir = join(temporaryDirectory(), 'made', 'here');
    const seen = await withAskpass(dir, CREDENTIAL, async ({ askpassFile }) => {
      const place = join(askpassFile, '..');
      const modes = readdirSync(place).map((name) => [name, statSync(join(place, name)).mode & 0o777]);
      return { modes, place: statSync(place).mode & 0o777, script: readFileSync(askpassFile, 'utf8') };
    });
    expect(seen.place).toBe(0o700);
    expect(Object.fromEntries(seen.modes)).toEqual({ askpass: 0o700, token: 0o600, username: 0o600 });
    expect(seen.script).not.toContain(CREDENTIAL.token);
    expect(readdirSync(dir)).toEqual([]);
    await expect(withAskpass(dir, CREDENTIAL, () => Promise.reject(new RangeError('inside')))).rejects.toThrow(
      'inside',
    );
    expect(readdirSync(dir)).toEqual([]);
  });

  it('refuses a token with a line break', async () => {
    const attempt = withAskpass(temporaryDirectory(), { ...CREDENTIAL, token: 'a\nb' }, () => Promise.resolve());
    await expect(attempt).rejects.toBeInstanceOf(TypeError);
  });
});

describe('a remote behind a credential', () => {
  it('is read and written with it', async () => {
    const { url, remote, mirror, sha, server } = await remoteAndMirror({ credential: BASIC });
    const dir = join(temporaryDirectory(), "it's a $place");
    await withAskpass(dir, CREDENTIAL, async (auth) => {
      expect(await lsRemote(url, { auth })).toEqual([
        { ref: 'HEAD', sha },
        { ref: MAIN, sha },
      ]);
      await fetch(mirror, url, [`+${MAIN}:${MAIN}`], { auth });
      const next = await commitFiles(mirror, 'refs/heads/work', { b: '2' }, { from: sha });
      const refspec = { sha: next, ref: 'refs/heads/work' };
      expect(await push(mirror, url, refspec, { auth, expectedOld: null })).toEqual({ kind: 'pushed' });
      expect(await resolveRef(remote, 'refs/heads/work')).toBe(next);
    });
    expect(server.authorizations.length).toBeGreaterThan(0);
    expect(server.requests.join()).not.toContain(CREDENTIAL.token);
  });

  it('leaves the token in no argument, environment or configuration', async () => {
    const { url, mirror } = await remoteAndMirror({ credential: BASIC });
    const seen: string[] = [];
    await withAskpass(temporaryDirectory(), CREDENTIAL, async (auth) => {
      const fetching = fetch(mirror, url, [`+${MAIN}:${MAIN}`], { auth });
      let done = false;
      const settled = fetching.finally(() => {
        done = true;
      });
      while (!done) {
        seen.push(...gitProcesses());
        await new Promise((resolve) => setImmediate(resolve));
      }
      await settled;
    });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.filter((text) => text.includes(CREDENTIAL.token))).toEqual([]);
    expect(readFileSync(join(mirror, 'config'), 'utf8')).not.toContain(CREDENTIAL.token);
    expect(existsSync(join(mirror, 'FETCH_HEAD'))).toBe(false);
  });

  it('fails at once without one or with a wrong one, and says nothing secret', async () => {
    const { url } = await remoteAndMirror({ credential: BASIC });
    await expect(lsRemote(url)).rejects.toBeInstanceOf(GitError);
    const wrong = { ...CREDENTIAL, token: 'ghs_wrong' };
    const error = await withAskpass(temporaryDirectory(), wrong, (auth) => lsRemote(url, { auth })).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(GitError);
    expect(String(error)).toContain('Authentication failed');
    expect(JSON.stringify(error) + String(error)).not.toContain('ghs_wrong');
  });

  it('is not followed elsewhere', async () => {
    const thief = await serveGit(temporaryDirectory());
    const honest = await serveGit(temporaryDirectory(), { redirectTo: thief.url('') });
    await withAskpass(temporaryDirectory(), CREDENTIAL, async (auth) => {
      await expect(lsRemote(honest.url('project.git'), { auth })).rejects.toBeInstanceOf(GitError);
    });
    expect(thief.requests).toEqual([]);
  });
});

describe('push', () => {
  it('changes a ref only if it is where the caller thought', async () => {
    const { url, remote, mirror, sha } = await remoteAndMirror();
    await fetch(mirror, url, [`+${MAIN}:${MAIN}`]);
    const ours = await commitFiles(mirror, 'refs/heads/ours', { a: 'ours' }, { from: sha });
    const theirs = await commitFiles(remote, MAIN, { a: 'theirs' });
    const refspec = { sha: ours, ref: MAIN };
    expect(await push(mirror, url, refspec, { expectedOld: sha })).toEqual({ kind: 'moved' });
    expect(await push(mirror, url, refspec, { expectedOld: null })).toEqual({ kind: 'moved' });
    expect(await resolveRef(remote, MAIN)).toBe(theirs);
    expect(await push(mirror, url, refspec, { expectedOld: theirs })).toEqual({ kind: 'pushed' });
    expect(await resolveRef(remote, MAIN)).toBe(ours);
    expect(await push(mirror, url, refspec, { expectedOld: ours })).toEqual({ kind: 'up_to_date' });
  });

  it('tells a refusal by the server from a lost race', async () => {
    const { url, remote, mirror, sha } = await remoteAndMirror();
    await git(['config', 'receive.denyDeletes', 'true'], { gitDir: remote });
    await git(['config', 'transfer.hideRefs', 'refs/secret'], { gitDir: remote });
    await fetch(mirror, url, [`+${MAIN}:${MAIN}`]);
    const outcome = await push(mirror, url, { sha, ref: 'refs/secret/x' }, { expectedOld: null });
    expect(outcome).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('hidden ref') });
  });

  it('throws when the remote is not there', async () => {
    const { mirror, server } = await remoteAndMirror();
    const sha = await commitFiles(mirror, MAIN, { a: '1' });
    const refspec = { sha, ref: MAIN };
    await expect(push(mirror, server.url('missing.git'), refspec, { expectedOld: null })).rejects.toThrow(GitError);
  });
});

describe('fetch', () => {
  it('takes what was asked for and nothing else', async () => {
    const { url, remote, mirror, sha } = await remoteAndMirror();
    const side = await commitFiles(remote, 'refs/heads/side', { b: '1' }, { from: sha });
    await updateRef(remote, 'refs/tags/v1', sha, null);
    await fetch(mirror, url, ['+refs/heads/*:refs/remotes/origin/*']);
    const { stdout } = await git(['for-each-ref', '--format=%(refname) %(objectname)'], { gitDir: mirror });
    expect(stdout.trim().split('\n')).toEqual([`refs/remotes/origin/main ${sha}`, `refs/remotes/origin/side ${side}`]);
    expect(await lsRemote(url, { patterns: ['refs/heads/side'] })).toEqual([{ ref: 'refs/heads/side', sha: side }]);
  });

  it('works from a local path when that is allowed', async () => {
    const { remote, mirror, sha } = await remoteAndMirror();
    await expect(fetch(mirror, remote, [`${MAIN}:${MAIN}`])).rejects.toBeInstanceOf(GitError);
    await fetch(mirror, remote, [`${MAIN}:${MAIN}`], { allowFile: true });
    expect(await resolveRef(mirror, MAIN)).toBe(sha);
  });
});

/** Command lines and environments of every git process that runs right now. */
function gitProcesses(): string[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      if (!readFileSync(`/proc/${name}/comm`, 'utf8').startsWith('git')) return [];
      return [readFileSync(`/proc/${name}/cmdline`, 'utf8'), readFileSync(`/proc/${name}/environ`, 'utf8')];
    } catch {
      return [];
    }
  });
}
