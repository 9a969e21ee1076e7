import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Effect } from '../../src/engine/ports.ts';
import { NoInstallationError } from '../../src/github/errors.ts';
import { type Forge, repo, resultOf, soon, startForge } from './world.ts';

const issues = `/repos/${repo.owner}/${repo.name}/issues`;

describe.each([
  ['2022-11-28', ''],
  ['2026-03-10', '/api/v3'],
] as const)('pull requests, API version %s, below "%s"', (apiVersion, prefix) => {
  let forge: Forge;
  beforeAll(async () => {
    forge = await startForge({ 'README.md': '# Shop\n' }, { enabled: false }, apiVersion, prefix);
    forge.sandbox.setPermission(repo.owner, repo.name, 'ada', 'admin');
    forge.sandbox.setPermission(repo.owner, repo.name, 'wes', 'write');
  });
  afterAll(() => forge.close());

  function pull(branch: string): Extract<Effect, { kind: 'open-pull' }> {
    return {
      kind: 'open-pull',
      repo,
      head: branch,
      base: 'main',
      title: `Work ${branch}`,
      body: `attempt 1 of ${branch}`,
    };
  }

  it('opens one, adopts it when asked again, merges it on its exact head', async () => {
    const sha = await forge.push('muster/1-one', 'one.txt', 'one\n');
    expect(await forge.port.reconcile(pull('muster/1-one'), soon())).toBeNull();
    forge.requests();
    const [opened] = await forge.perform(pull('muster/1-one'));
    const { number, headSha } = resultOf(opened, 'pull');
    expect(headSha).toBe(sha);
    expect(await forge.perform(pull('muster/1-one'))).toEqual([opened]);
    expect(await forge.port.reconcile(pull('muster/1-one'), soon())).toEqual(opened);
    forge.requests();
    const merge: Effect = { kind: 'merge-pull', repo, number, sha };
    expect(await forge.port.reconcile(merge, soon())).toBeNull();
    forge.requests();
    const [merged] = await forge.perform(merge);
    expect(forge.requests()).toEqual(['PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge']);
    const mergeSha = resultOf(merged, 'merged').sha;
    expect(await forge.as('ada', 'GET', `/repos/acme/shop/branches/main`)).toMatchObject({ commit: { sha: mergeSha } });
    expect(await forge.perform(merge)).toEqual([merged]);
    expect(await forge.port.reconcile(merge, soon())).toEqual(merged);
    expect(await forge.port.reconcile(pull('muster/1-one'), soon())).toEqual(opened);
  });

  it('says that the head moved, that there is a conflict, or that the pull request is closed', async () => {
    const base = String((await forge.as('ada', 'GET', '/repos/acme/shop/commits/main')).sha);
    const sha = await forge.push('muster/2-two', 'clash.txt', 'two\n');
    const other = await forge.push('muster/3-three', 'clash.txt', 'three\n', repo, base);
    const [two, three] = (await forge.perform(pull('muster/2-two'), pull('muster/3-three'))).map((outcome) =>
      resultOf(outcome, 'pull'),
    );
    if (!two || !three) throw new Error('two were opened');
    const moved = await forge.perform({ kind: 'merge-pull', repo, number: two.number, sha: other });
    expect(moved).toMatchObject([{ status: 'refused', merge: { why: 'head-moved' } }]);
    expect(await forge.perform({ kind: 'merge-pull', repo, number: two.number, sha })).toMatchObject([
      { status: 'done' },
    ]);
    const clash = await forge.perform({ kind: 'merge-pull', repo, number: three.number, sha: other });
    expect(clash).toMatchObject([{ status: 'refused', merge: { why: 'conflict' } }]);
    await forge.as('ada', 'PATCH', `/repos/acme/shop/pulls/${three.number}`, { state: 'closed' });
    const closed = await forge.perform({ kind: 'merge-pull', repo, number: three.number, sha: other });
    expect(closed).toMatchObject([{ status: 'refused', merge: { why: 'other' } }]);
    const again = { ...pull('muster/3-three'), body: 'attempt 2 of it' };
    expect(await forge.port.reconcile(again, soon())).toBeNull();
  });

  it('waits for a branch that GitHub does not see, and refuses one without commits', async () => {
    expect(await forge.perform(pull('muster/9-nothing'))).toMatchObject([{ status: 'transient' }]);
    expect(await forge.perform(pull('main'))).toMatchObject([{ status: 'refused' }]);
  });

  it('is found by a sweep, with its checks, the issues and what people typed', async () => {
    const since = new Date(Date.now() - 1000).toISOString();
    const master = Number((await forge.as('ada', 'POST', issues, { title: 'Master', body: '- [ ] x' })).number);
    const sub = await forge.as('ada', 'POST', issues, { title: 'Task', body: '' });
    const sha = await forge.push('muster/4-four', 'four.txt', 'four\n');
    const [opened] = await forge.perform(pull('muster/4-four'));
    const { number, url } = resultOf(opened, 'pull');
    const { id: commentId } = await forge.as('wes', 'POST', `${issues}/${sub.number}/comments`, {
      body: '/muster retry',
    });
    await forge.as('wes', 'POST', `${issues}/${number}/comments`, { body: '/muster merge' });
    await forge.as('ada', 'PATCH', `${issues}/${sub.number}`, { state: 'closed', state_reason: 'not_planned' });
    forge.requests();
    const signals = await forge.port.sweep({
      repo,
      issue: master,
      baseBranch: 'main',
      branches: ['muster/4-four', 'muster/none'],
      pulls: [number],
      subIssues: [Number(sub.number), 99_999],
      commentsSince: since,
    });
    expect(forge.requests()).toEqual(['POST /graphql readProgress', 'GET /repos/{owner}/{repo}/issues/comments']);
    expect(signals).toEqual([
      { type: 'issue-seen', number: master, state: 'open', notPlanned: false, closedAt: null },
      {
        type: 'issue-seen',
        number: sub.number,
        state: 'closed',
        notPlanned: true,
        closedAt: expect.any(Number),
        parent: 'elsewhere',
      },
      { type: 'blockers-seen', blockers: [] },
      { type: 'edges-seen', issues: [{ id: sub.id, blockers: [], names: [], all: true }] },
      {
        type: 'pull-seen',
        pull: {
          number,
          url,
          headRef: 'muster/4-four',
          headSha: sha,
          state: 'open',
          merged: false,
          mergeSha: null,
          reviewed: null,
        },
      },
      {
        type: 'asked',
        source: `comment-${commentId}-0`,
        issue: sub.number,
        by: 'wes',
        at: expect.any(Number),
        command: expect.objectContaining({ kind: 'command', verb: 'retry' }),
        comment: { id: commentId, nodeId: expect.any(String) },
      },
    ]);
  });

  it('pushes with a token that can do nothing else', async () => {
    const { token, url } = await forge.app.pushAccess(repo);
    expect(url).toBe(`${forge.sandbox.url}/acme/shop.git`);
    const response = await fetch(`${forge.sandbox.url}${issues}`, {
      method: 'POST',
      headers: { authorization: `token ${token}` },
      body: JSON.stringify({ title: 'x' }),
    });
    expect(response.status).toBe(403);
    await expect(forge.app.pushAccess({ owner: 'acme', name: 'nowhere' })).rejects.toBeInstanceOf(NoInstallationError);
  });
});
