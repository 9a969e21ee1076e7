import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import {
  type Answer,
  asInstallation,
  asUser,
  type Client,
  onCleanup,
  startReceiver,
  startWithRepository,
  temporaryDir,
} from './local-github.ts';
import { cloneAs, runGit, type WorkTree } from './work-tree.ts';

const repo = '/repos/acme/shop';

interface Scene {
  readonly sandbox: Awaited<ReturnType<typeof startSandbox>>;
  readonly ann: Client;
  readonly work: WorkTree;
  readonly gitDir: string;
  git(...args: string[]): Promise<string>;
  /** Pushes one commit on a new branch and opens its pull request; answers the number. */
  propose(branch: string, files: Record<string, string>, body?: string): Promise<number>;
  merge(number: number, fields?: Record<string, unknown>): Promise<Answer>;
}

type RepositoryOptions = Partial<Parameters<Scene['sandbox']['createRepository']>[0]>;

async function scene(
  options: RepositoryOptions = {},
  sandboxOptions: Partial<Parameters<typeof startSandbox>[0]> = {},
): Promise<Scene> {
  const sandbox = await startSandbox({ dir: temporaryDir(), ...sandboxOptions });
  onCleanup(() => sandbox.close());
  const seed = { 'README.md': '# Shop\n', 'list.txt': 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n' };
  const { gitDir } = await sandbox.createRepository({
    owner: 'acme',
    name: 'shop',
    seedFrom: { files: seed },
    ...options,
  });
  const ann = asUser(sandbox, 'ann', 'write');
  const work = await cloneAs(sandbox, sandbox.userToken('ann'));
  return {
    sandbox,
    ann,
    work,
    gitDir,
    git: (...args) => runGit('/', '--git-dir', gitDir, ...args),
    propose: async (branch, files, body) => {
      await work.push(branch, files, { from: 'origin/main' });
      const { body: pull } = await ann('POST', `${repo}/pulls`, {
        title: `Add ${branch}`,
        head: branch,
        base: 'main',
        body,
      });
      return Number(pull.number);
    },
    merge: (number, fields = {}) => ann('PUT', `${repo}/pulls/${number}/merge`, fields),
  };
}

describe('opening a pull request', () => {
  it('answers the pull request, which lists show as an issue too', async () => {
    const { ann, propose } = await scene();
    expect(await propose('topic', { 'a.txt': 'a\nb\n', 'README.md': '# New\n' }, 'Body')).toBe(1);
    const pull = await ann('GET', `${repo}/pulls/1`);
    expect(pull.body).toMatchObject({
      state: 'open',
      title: 'Add topic',
      body: 'Body',
      user: { login: 'ann' },
      head: { ref: 'topic', label: 'acme:topic' },
      base: { ref: 'main' },
      additions: 3,
      deletions: 1,
      changed_files: 2,
      commits: 1,
      mergeable: true,
      mergeable_state: 'clean',
    });
    expect((await ann('GET', `${repo}/issues/1`)).body.pull_request).toBeDefined();
    const files = await ann('GET', `${repo}/pulls/1/files`);
    expect(files.body).toMatchObject([
      { filename: 'README.md', status: 'modified', additions: 1, deletions: 1, patch: '@@ -1 +1 @@\n-# Shop\n+# New' },
      { filename: 'a.txt', status: 'added', additions: 2 },
    ]);
    expect((await ann('GET', `${repo}/pulls/1/commits`)).body).toMatchObject([
      { commit: { message: 'Work on topic' } },
    ]);
    expect((await ann('GET', `${repo}/pulls/1/reviews`)).body).toEqual([]);
  });

  it('refuses what cannot be merged, in the words of GitHub', async () => {
    const { ann, work, propose } = await scene();
    const post = (head: string, base = 'main'): Promise<Answer> =>
      ann('POST', `${repo}/pulls`, { title: 'x', head, base });
    await propose('topic', { 'a.txt': 'a' });
    expect(await post('topic')).toMatchObject({
      status: 422,
      body: { message: 'Validation Failed', errors: [{ message: 'A pull request already exists for acme:topic.' }] },
    });
    expect(await post('nowhere')).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'head', code: 'invalid' }] },
    });
    expect(await post('topic', 'nowhere')).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'base', code: 'invalid' }] },
    });
    await work.git('push', '--quiet', 'origin', 'origin/main:refs/heads/same');
    expect(await post('same')).toMatchObject({
      status: 422,
      body: { errors: [{ message: 'No commits between main and same' }] },
    });
    await work.git('checkout', '--quiet', '--orphan', 'alien');
    await work.git('commit', '--quiet', '--message', 'alien');
    await work.git('push', '--quiet', 'origin', 'alien');
    expect((await post('alien')).status).toBe(422);
    expect((await ann('GET', `${repo}/pulls?state=all`)).body).toHaveLength(1);
  });

  it('lists by head, base and state', async () => {
    const { ann, propose } = await scene();
    await propose('one', { a: 'a' });
    await propose('two', { b: 'b' });
    await ann('PATCH', `${repo}/pulls/2`, { state: 'closed' });
    const numbers = async (query: string): Promise<unknown> =>
      ((await ann('GET', `${repo}/pulls?${query}`)).body as unknown as { number: number }[]).map(
        ({ number }) => number,
      );
    expect(await numbers('')).toEqual([1]);
    expect(await numbers('state=all')).toEqual([2, 1]);
    expect(await numbers('state=all&head=acme:two')).toEqual([2]);
    expect(await numbers('state=closed&base=main')).toEqual([2]);
    expect(await numbers('base=other')).toEqual([]);
  });
});

describe('a pull request follows its branches', () => {
  it('synchronizes when its head is pushed', async () => {
    const hook = await startReceiver('s');
    const { ann, work, propose, sandbox } = await scene({}, { webhook: { url: hook.url, secret: 's' } });
    await propose('topic', { a: 'a\n' });
    const before = (await work.git('rev-parse', 'HEAD')).trim();
    const after = await work.push('topic', { a: 'a\nb\n' });
    expect((await ann('GET', `${repo}/pulls/1`)).body).toMatchObject({
      head: { sha: after },
      commits: 2,
      additions: 2,
    });
    await sandbox.drained();
    const found = hook.deliveries.filter(({ action }) => action === 'synchronize').map(({ payload }) => payload);
    expect(found).toMatchObject([{ number: 1, before, after, pull_request: { head: { sha: after } } }]);
  });

  it('closes when its head is deleted, and cannot be reopened without it', async () => {
    const { ann, propose } = await scene();
    await propose('topic', { a: 'a' });
    expect((await ann('DELETE', `${repo}/git/refs/heads/topic`)).status).toBe(204);
    expect((await ann('GET', `${repo}/pulls/1`)).body).toMatchObject({ state: 'closed', merged: false });
    expect((await ann('PATCH', `${repo}/pulls/1`, { state: 'open' })).status).toBe(422);
    expect((await ann('DELETE', `${repo}/git/refs/heads/topic`)).status).toBe(422);
    expect((await ann('DELETE', `${repo}/git/refs/heads/main`)).status).toBe(422);
  });

  it('counts as merged when somebody pushes its commits into the base', async () => {
    const { ann, work, propose } = await scene();
    await propose('topic', { a: 'a' });
    await work.git('push', '--quiet', 'origin', 'topic:main');
    expect((await ann('GET', `${repo}/pulls/1`)).body).toMatchObject({ state: 'closed', merged: true });
  });

  it('closes and reopens, with the head where it is by then', async () => {
    const { ann, work, propose } = await scene();
    await propose('topic', { a: 'a' });
    await ann('PATCH', `${repo}/pulls/1`, { state: 'closed' });
    const moved = await work.push('topic', { b: 'b' });
    const reopened = await ann('PATCH', `${repo}/pulls/1`, { state: 'open', title: 'Again' });
    expect(reopened.body).toMatchObject({ state: 'open', title: 'Again', head: { sha: moved }, changed_files: 2 });
  });
});

describe('merging', () => {
  it('merges three ways and keeps every earlier merge', async () => {
    const { ann, git, propose, merge } = await scene();
    await propose('a', { 'a.txt': 'a\n' });
    await propose('b', { 'b.txt': 'b\n', 'list.txt': 'ONE\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n' });
    await propose('c', { 'list.txt': 'one\ntwo\nthree\nfour\nfive\nsix\nseven\nEIGHT\n' });
    for (const number of [1, 2, 3]) expect((await merge(number)).status).toBe(200);
    expect(await git('ls-tree', '--name-only', 'main')).toBe('README.md\na.txt\nb.txt\nlist.txt\n');
    expect(await git('show', 'main:list.txt')).toBe('ONE\ntwo\nthree\nfour\nfive\nsix\nseven\nEIGHT\n');
    expect(await git('log', '--first-parent', '--format=%s', 'main')).toBe(
      'Merge pull request #3 from acme/c\nMerge pull request #2 from acme/b\nMerge pull request #1 from acme/a\nInitial commit\n',
    );
    expect(await git('log', '-1', '--format=%an|%b', 'main')).toContain('ann|Add c');
    expect(await git('fsck', '--strict', '--no-dangling')).toBe('');
    const merged = (await ann('GET', `${repo}/pulls/3`)).body;
    expect(merged).toMatchObject({ merged: true, state: 'closed', merged_by: { login: 'ann' } });
    expect(merged.merge_commit_sha).toBe((await git('rev-parse', 'main')).trim());
    expect((await merge(3)).status).toBe(405);
  });

  it('refuses a conflict with 405 and shows it as dirty, until a push resolves it', async () => {
    const { ann, work, propose, merge } = await scene();
    await propose('a', { 'README.md': '# A\n' });
    await propose('b', { 'README.md': '# B\n' });
    expect((await ann('GET', `${repo}/pulls/2`)).body).toMatchObject({ mergeable: true });
    await merge(1);
    expect((await ann('GET', `${repo}/pulls/2`)).body).toMatchObject({ mergeable: false, mergeable_state: 'dirty' });
    expect(await merge(2)).toMatchObject({ status: 405, body: { message: 'Pull Request is not mergeable' } });
    await work.git('fetch', '--quiet');
    await work.push('b', { 'README.md': '# A and B\n' }, { from: 'origin/main' });
    expect((await merge(2)).status).toBe(200);
  });

  it('refuses a head that is not the one named, with 409', async () => {
    const { work, propose, merge } = await scene();
    await propose('a', { a: 'a' });
    const old = (await work.git('rev-parse', 'HEAD')).trim();
    const head = await work.push('a', { a: 'b' });
    expect(await merge(1, { sha: old })).toMatchObject({
      status: 409,
      body: { message: 'Head branch was modified. Review and try the merge again.' },
    });
    expect((await merge(1, { sha: head })).status).toBe(200);
  });

  it('waits for required checks of exactly this head', async () => {
    const { sandbox, ann, work, propose, merge } = await scene({ requiredChecks: ['ci'] });
    const app = await asInstallation(sandbox);
    await propose('a', { a: 'a' });
    const head = async (): Promise<string> => (await work.git('rev-parse', 'HEAD')).trim();
    const report = async (conclusion: string): Promise<unknown> =>
      app('POST', `${repo}/check-runs`, { name: 'ci', head_sha: await head(), conclusion });
    const expectRefusal = async (words: string): Promise<void> => {
      const answer = await merge(1);
      expect(answer.status).toBe(405);
      expect(answer.body.message).toContain(words);
    };
    await expectRefusal('Required status check "ci" is expected.');
    expect((await ann('GET', `${repo}/pulls/1`)).body.mergeable_state).toBe('blocked');
    await report('failure');
    await expectRefusal('Required status check "ci" is failing.');
    await report('success');
    await work.push('a', { a: 'b' });
    await expectRefusal('Required status check "ci" is expected.');
    await report('success');
    expect((await merge(1)).status).toBe(200);
  });

  it('loses nothing when eight merges arrive at once', async () => {
    const { git, propose, merge } = await scene();
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    for (const name of names) await propose(name, { [`${name}.txt`]: name });
    const answers = await Promise.all(names.map((_, at) => merge(at + 1)));
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200));
    const files = await git('ls-tree', '--name-only', 'main');
    for (const name of names) expect(files).toContain(`${name}.txt`);
    expect((await git('rev-list', '--count', '--merges', 'main')).trim()).toBe('8');
    expect(await git('fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('squashes into one commit of the author', async () => {
    const { git, work, propose, merge } = await scene();
    await propose('a', { a: 'a' });
    await work.push('a', { b: 'b' }, { message: 'Second step' });
    expect((await merge(1, { merge_method: 'squash' })).status).toBe(200);
    expect(await git('log', '-1', '--format=%s|%an|%P', 'main')).toMatch(/^Add a \(#1\)\|ann\|[0-9a-f]{40}\n$/);
    expect(await git('log', '-1', '--format=%b', 'main')).toContain('* Second step');
    expect((await merge(1, { merge_method: 'rebase' })).status).toBe(405);
  });

  it('closes the issues it promises to close, once it lands on the default branch', async () => {
    const { ann, propose, merge, work } = await scene();
    for (const title of ['one', 'two', 'three', 'four']) await ann('POST', `${repo}/issues`, { title });
    const first = await propose('a', { a: 'a' }, 'Closes #1 and fixes acme/shop#2.\n\n`closes #3` <!-- closes #3 -->');
    await merge(first);
    const state = async (number: number): Promise<unknown> => (await ann('GET', `${repo}/issues/${number}`)).body.state;
    expect([await state(1), await state(2), await state(3)]).toEqual(['closed', 'closed', 'open']);
    expect((await ann('GET', `${repo}/issues/1`)).body).toMatchObject({
      state_reason: 'completed',
      closed_by: { login: 'ann' },
    });
    await work.git('fetch', '--quiet');
    await work.push('elsewhere', { z: 'z' }, { from: 'origin/main', message: 'Resolves #4' });
    expect(await state(4)).toBe('open');
    await work.git('push', '--quiet', 'origin', 'elsewhere:main');
    expect(await state(4)).toBe('closed');
  });

  it('deletes the head branch where the repository wants it, and moves who was based on it', async () => {
    const { ann, git, work, propose, merge } = await scene({ deleteBranchOnMerge: true });
    await propose('a', { a: 'a' });
    await work.push('b', { b: 'b' }, { from: 'a' });
    await ann('POST', `${repo}/pulls`, { title: 'On top', head: 'b', base: 'a' });
    expect((await merge(1)).status).toBe(200);
    expect(await git('for-each-ref', '--format=%(refname:short)', 'refs/heads')).toBe('b\nmain\n');
    const stacked = (await ann('GET', `${repo}/pulls/2`)).body;
    expect(stacked).toMatchObject({
      state: 'open',
      base: { ref: 'main' },
      changed_files: 1,
      commits: 1,
      mergeable: true,
    });
    expect(await git('rev-parse', '--verify', '--quiet', 'refs/pull/1/head')).toMatch(/^[0-9a-f]{40}/);
  });

  it('does not merge a draft, and lets only writers merge', async () => {
    const { sandbox, ann, work, propose } = await scene();
    await propose('a', { a: 'a' });
    const reader = asUser(sandbox, 'rita', 'read');
    expect((await reader('PUT', `${repo}/pulls/1/merge`)).status).toBe(403);
    await work.push('d', { d: 'd' }, { from: 'origin/main' });
    await ann('POST', `${repo}/pulls`, { title: 'Draft', head: 'd', base: 'main', draft: true });
    expect((await ann('PUT', `${repo}/pulls/2/merge`)).status).toBe(405);
  });

  it('finishes at opening a merge that was killed between git and the rows', async () => {
    const dir = temporaryDir();
    const { sandbox, ann, git, propose, work } = await scene({ deleteBranchOnMerge: true }, { dir });
    await ann('POST', `${repo}/issues`, { title: 'Work' });
    const number = await propose('a', { a: 'a' }, 'Closes #1');
    await sandbox.close();
    // What a merge does in git, all at once, before it writes any row.
    const [base, head] = await Promise.all([git('rev-parse', 'main'), git('rev-parse', 'a')]);
    const tree = await git('merge-tree', '--write-tree', 'main', 'a');
    const commit = await runGit(
      work.dir,
      '--git-dir',
      `${dir}/repos/acme/shop.git`,
      'commit-tree',
      '-p',
      base.trim(),
      '-p',
      head.trim(),
      '-m',
      'Merge pull request #2',
      tree.trim(),
    );
    await git('update-ref', 'refs/heads/main', commit.trim());
    await git('update-ref', `refs/sandbox/landed/${number}`, commit.trim());
    await git('update-ref', '-d', 'refs/heads/a');
    const again = await startSandbox({ dir });
    onCleanup(() => again.close());
    const reader = asUser(again, 'ann');
    expect((await reader('GET', `${repo}/pulls/2`)).body).toMatchObject({
      merged: true,
      merge_commit_sha: commit.trim(),
    });
    expect((await reader('GET', `${repo}/issues/1`)).body.state).toBe('closed');
  });

  it('answers mergeable null at the first look at each pair of commits, when told to', async () => {
    const { sandbox, ann, work, propose } = await scene();
    await propose('a', { a: 'a' });
    sandbox.faults.mergeableNullFirst = true;
    const look = async (): Promise<unknown> => (await ann('GET', `${repo}/pulls/1`)).body.mergeable;
    expect([await look(), await look(), await look()]).toEqual([null, true, true]);
    await work.push('a', { a: 'b' });
    expect([await look(), await look()]).toEqual([null, true]);
  });
});

describe('reviews', () => {
  it('are submitted by others, listed, and announced', async () => {
    const hook = await startReceiver('s');
    const { sandbox, ann, propose } = await scene({}, { webhook: { url: hook.url, secret: 's' } });
    await propose('a', { a: 'a' });
    const bob = asUser(sandbox, 'bob', 'read');
    const path = `${repo}/pulls/1/reviews`;
    expect((await ann('POST', path, { event: 'APPROVE' })).status).toBe(422);
    expect((await bob('POST', path, { event: 'REQUEST_CHANGES' })).status).toBe(422);
    expect((await bob('POST', path, { event: 'REQUEST_CHANGES', body: 'No' })).body.state).toBe('CHANGES_REQUESTED');
    expect((await bob('POST', path, { event: 'APPROVE' })).status).toBe(200);
    expect((await ann('GET', path)).body).toMatchObject([{ state: 'CHANGES_REQUESTED' }, { state: 'APPROVED' }]);
    await sandbox.drained();
    const submitted = hook.deliveries.filter(({ event }) => event === 'pull_request_review');
    expect(submitted.map(({ payload }) => payload.review?.state)).toEqual(['changes_requested', 'approved']);
  });
});

it('keeps a repository that exists already as it is', async () => {
  const sandbox = await startWithRepository();
  const before = await runGit('/', 'ls-remote', `${sandbox.url}/acme/shop.git`);
  await sandbox.createRepository({ owner: 'acme', name: 'shop', seedFrom: { files: { other: 'x' } } });
  expect(await runGit('/', 'ls-remote', `${sandbox.url}/acme/shop.git`)).toBe(before);
  await expect(sandbox.createRepository({ owner: 'acme', name: '../evil' })).rejects.toThrow(/not a repository name/);
});
