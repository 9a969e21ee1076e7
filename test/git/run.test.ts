import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GitError, git } from '../../src/git/run.ts';
import { checkGitVersion, judgeGitVersion } from '../../src/git/version.ts';
import { bareRepository, commitFiles, temporaryDirectory } from './repository.ts';

async function failure(promise: Promise<unknown>): Promise<GitError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GitError)) throw new Error(`expected a GitError, got ${String(error)}`);
  return error;
}

/** Accepts connections and never says a word. */
async function silentPort(): Promise<{ port: number; close: () => void }> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  return { port, close: () => server.close() };
}

describe('git', () => {
  it('answers bytes, text and the exit code', async () => {
    const gitDir = await bareRepository();
    const { stdout } = await git(['hash-object', '-w', '--stdin'], { gitDir, input: Uint8Array.of(0, 255, 10) });
    const read = await git(['cat-file', 'blob', stdout.trim()], { gitDir });
    expect([...read.stdoutBytes]).toEqual([0, 255, 10]);
    const absent = await git(['rev-parse', '--verify', '--quiet', 'refs/heads/no'], { gitDir, okCodes: [0, 1] });
    expect(absent.exitCode).toBe(1);
  });

  it('sees nothing of our environment, of the user and of the system', async () => {
    process.env.GIT_AUTHOR_NAME = 'leak';
    const { stdout } = await git(['var', '-l'], { env: { GIT_COMMITTER_NAME: 'x', GIT_COMMITTER_EMAIL: 'x@x' } });
    delete process.env.GIT_AUTHOR_NAME;
    expect(stdout).not.toContain('leak');
    const origins = await git(['config', '--list', '--show-scope']);
    expect(origins.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('command'))).toEqual([]);
  });

  it('throws what git said', async () => {
    const error = await failure(git(['cat-file', 'blob', 'nonsense'], { gitDir: await bareRepository() }));
    expect(error).toMatchObject({ exitCode: 128, timedOut: false, args: ['cat-file', 'blob', 'nonsense'] });
    expect(error.message).toContain('Not a valid object name nonsense');
  });

  it('throws when the directory or git itself is missing', async () => {
    expect((await failure(git(['version'], { cwd: '/no/such/place' }))).exitCode).toBeNull();
    expect((await failure(git(['version'], { env: { PATH: '/no/such/place' } }))).exitCode).toBeNull();
  });

  it('ends the whole group at the timeout, also when a helper holds the pipes', async () => {
    const { port, close } = await silentPort();
    const startedAt = performance.now();
    const error = await failure(git(['ls-remote', `http://127.0.0.1:${port}/x.git`], { timeoutMs: 300 }));
    expect(error.timedOut).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    close();
  });

  it('can be cancelled', async () => {
    const { port, close } = await silentPort();
    const controller = new AbortController();
    const running = failure(git(['ls-remote', `http://127.0.0.1:${port}/x.git`], { signal: controller.signal }));
    controller.abort();
    expect((await running).message).toContain('cancelled');
    expect((await failure(git(['version'], { signal: controller.signal }))).message).toContain('cancelled');
    close();
  });

  it('refuses to swallow more output than allowed', async () => {
    const gitDir = await bareRepository();
    const sha = await commitFiles(gitDir, 'refs/heads/main', { big: 'x'.repeat(100_000) });
    const error = await failure(git(['cat-file', 'blob', `${sha}:big`], { gitDir, maxBytes: 1_000 }));
    expect(error.message).toContain('more than 1000 bytes');
  });

  it.each([
    ['plain http to another machine', 'http://example.com/x.git', /plain http to example\.com/],
    ['plain http to a name that only looks local', 'http://127.0.0.1.example.com/x.git', /plain http/],
    ['credentials in the address', 'https://user:hunter2@example.com/x.git', /credentials/],
    ['an address nobody can read', 'http://[', /cannot be read/],
  ])('refuses %s, and does not repeat secrets', async (_, url, message) => {
    const error = await failure(git(['ls-remote', url]));
    expect(error.message).toMatch(message);
    expect(error.exitCode).toBeNull();
    expect(JSON.stringify(error) + error.message + String(error.args)).not.toContain('hunter2');
  });

  it.each([
    ['a helper command', 'ext::sh -c "touch MARK"'],
    ['ssh', 'ssh://127.0.0.1:1/x.git'],
    ['the git protocol', 'git://127.0.0.1:1/x.git'],
  ])('does not speak %s', async (_, url) => {
    const mark = join(temporaryDirectory(), 'mark');
    const error = await failure(git(['ls-remote', url.replace('MARK', mark)]));
    expect(error.message).toMatch(/transport '.*' not allowed/);
    expect(existsSync(mark)).toBe(false);
  });

  it('reads a local path only when asked to', async () => {
    const gitDir = await bareRepository();
    await commitFiles(gitDir, 'refs/heads/main', { a: '1' });
    expect((await failure(git(['ls-remote', gitDir]))).message).toMatch(/transport 'file' not allowed/);
    expect((await git(['ls-remote', gitDir], { allowFile: true })).stdout).toContain('refs/heads/main');
  });

  it('runs no hook and no alias of the repository', async () => {
    const gitDir = await bareRepository();
    const mark = join(gitDir, 'mark');
    const hook = join(gitDir, 'hooks', 'reference-transaction');
    await git(['config', 'core.hooksPath', join(gitDir, 'hooks')], { gitDir });
    await git(['config', 'core.fsmonitor', `touch ${mark}`], { gitDir });
    mkdirSync(join(gitDir, 'hooks'), { recursive: true });
    writeFileSync(hook, `#!/bin/sh\ntouch ${mark}\n`);
    chmodSync(hook, 0o755);
    await commitFiles(gitDir, 'refs/heads/main', { a: '1' });
    expect(existsSync(mark)).toBe(false);
  });
});

describe('the version of git', () => {
  it('is good enough here', async () => {
    expect(await checkGitVersion()).toMatchObject({ ok: true });
  });

  it.each([
    ['git version 2.39.5\n', true],
    ['git version 2.50.1 (Apple Git-155)\n', true],
    ['git version 3.0.0\n', true],
    ['git version 2.38.9\n', false],
    ['git version 1.99.0\n', false],
    ['zsh: command not found\n', false],
  ])('%j', (output, ok) => {
    expect(judgeGitVersion(output).ok).toBe(ok);
  });

  it('says in a sentence what is missing', async () => {
    expect(judgeGitVersion('git version 2.30.2')).toEqual({
      ok: false,
      message: 'git 2.39 or newer is needed, this machine has 2.30.2. Please upgrade git.',
    });
    expect(await checkGitVersion({ PATH: '/no/such/place' })).toMatchObject({
      ok: false,
      message: expect.stringContaining('could not be run'),
    });
  });
});
