import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Effect, PlanSource } from '../../src/engine/ports.ts';
import { textAt } from '../../src/github/fields.ts';
import { ensureLabels } from '../../src/github/labels.ts';
import { makeMaster, readPlanOf, subIssue } from './masters.ts';
import { type Forge, repo, resultOf, soon, startForge } from './world.ts';

let forge: Forge;
beforeAll(async () => {
  forge = await startForge({ 'README.md': '# Shop\n', '.github/muster.yml': 'merge: auto\n' });
  forge.sandbox.setPermission(repo.owner, repo.name, 'ada', 'admin');
  forge.sandbox.setPermission(repo.owner, repo.name, 'wes', 'write');
  forge.sandbox.setPermission(repo.owner, repo.name, 'rita', 'read');
  await ensureLabels(await forge.app.installationFor(repo), repo);
});
afterAll(() => forge.close());

const issues = `/repos/${repo.owner}/${repo.name}/issues`;

const newMaster = (body?: string): Promise<number> => makeMaster(forge, body);
const planOf = (issue: number): Promise<PlanSource> => readPlanOf(forge, issue);

describe('permission', () => {
  it.each([
    ['ada', 'admin'],
    ['wes', 'write'],
    ['rita', 'read'],
    ['nobody-at-all', 'none'],
  ] as const)('of %s is %s', async (user, permission) => {
    const outcomes = await forge.perform({ kind: 'check-permission', repo, user });
    expect(outcomes).toEqual([{ status: 'done', result: { kind: 'permission', permission } }]);
  });
});

describe('planning', () => {
  it('reads the plan, its settings and where it lives', async () => {
    const issue = await newMaster('- [ ] One\r\n- [ ] Two\r\n');
    const plan = await planOf(issue);
    expect(plan).toMatchObject({
      repo: { ...repo, defaultBranch: 'main', cloneUrl: `${forge.sandbox.url}/acme/shop.git` },
      issue: { number: issue, title: 'Master', body: '- [ ] One\r\n- [ ] Two\r\n' },
      settings: 'merge: auto\n',
      subIssues: [],
      requiredChecks: [],
    });
  });

  it('reads the labels of the issue and of its sub-issues', async () => {
    const issue = await newMaster();
    const [made] = await forge.perform(subIssue(await planOf(issue), 'a'));
    const { number } = resultOf(made, 'issue').issue;
    for (const [on, label] of [
      [issue, 'urgent'],
      [number, 'backend'],
    ] as const) {
      await forge.as('ada', 'POST', `/repos/${repo.owner}/${repo.name}/labels`, { name: label, color: '123456' });
      await forge.as('ada', 'POST', `${issues}/${on}/labels`, { labels: [label] });
    }
    expect(await planOf(issue)).toMatchObject({
      issue: { labels: ['urgent'] },
      subIssues: [{ number, labels: ['muster:task', 'backend'] }],
    });
  });

  it('refuses an issue that is not there, and a repository without the App', async () => {
    const outcomes = await forge.perform(
      { kind: 'read-plan', repo, issue: 99_999 },
      { kind: 'read-plan', repo: { owner: 'acme', name: 'elsewhere' }, issue: 1 },
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['refused', 'broken']);
  });

  it('costs four requests for ten tasks with nine edges and the status comment', async () => {
    const master = await newMaster();
    forge.requests();
    const plan = await planOf(master);
    const names = [...Array(10).keys()].map((index) => `task ${index}`);
    const created = await forge.perform(
      { kind: 'create-comment', repo, issue: master, body: 'status', marker: 'status' },
      ...names.map((name) => subIssue(plan, name)),
    );
    const refs = created.slice(1).map((outcome) => resultOf(outcome, 'issue').issue);
    const edges = refs
      .slice(1)
      .map((blocked, index): Effect => ({ kind: 'add-edge', repo, blocked, blocking: refs[index] ?? blocked }));
    const linked = await forge.perform(...edges);
    expect(linked).toEqual(edges.map(() => ({ status: 'done', result: { kind: 'done' } })));
    expect(forge.requests()).toEqual([
      'POST /graphql readPlan',
      'GET /repos/{owner}/{repo}/rules/branches/{branch}',
      'POST /graphql write',
      'POST /graphql write',
    ]);
    const after = await planOf(master);
    expect(after.subIssues.map(({ title }) => title)).toEqual(names);
    expect(after.subIssues.map(({ id, nodeId, number, url }) => ({ id, nodeId, number, url }))).toEqual(refs);
    const [first] = refs;
    expect(await forge.as('ada', 'GET', `${issues}/${first?.number}`)).toMatchObject({
      id: first?.id,
      node_id: first?.nodeId,
      labels: [{ name: 'muster:task' }],
    });
  });

  it('refuses one edge of several and performs the others', async () => {
    const plan = await planOf(await newMaster());
    const created = await forge.perform(subIssue(plan, 'a'), subIssue(plan, 'b'));
    const [a, b] = created.map((outcome) => resultOf(outcome, 'issue').issue);
    if (!a || !b) throw new Error('two issues were made');
    const outcomes = await forge.perform(
      { kind: 'add-edge', repo, blocked: b, blocking: a },
      { kind: 'add-edge', repo, blocked: a, blocking: b },
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['done', 'refused']);
    expect(await forge.port.reconcile({ kind: 'add-edge', repo, blocked: b, blocking: a }, soon())).toMatchObject({
      status: 'done',
    });
    expect(await forge.port.reconcile({ kind: 'add-edge', repo, blocked: a, blocking: b }, soon())).toBeNull();
  });
});

describe('comments and bodies', () => {
  it('edits the status comment and marks the body with one read and one write', async () => {
    const master = await newMaster('- [ ] One\n- [ ] Two\n');
    const plan = await planOf(master);
    const [posted] = await forge.perform({ kind: 'create-comment', repo, issue: master, body: 'first', marker: 'm' });
    const { comment } = resultOf(posted, 'comment');
    forge.requests();
    const mark: Effect = {
      kind: 'mark-body',
      repo,
      issue: plan.issue,
      marks: [{ title: 'One', line: 1, issue: 77, ticked: true }],
    };
    const outcomes = await forge.perform({ kind: 'edit-comment', repo, comment, body: 'second' }, mark);
    expect(outcomes).toEqual([1, 2].map(() => ({ status: 'done', result: { kind: 'done' } })));
    expect(forge.requests()).toEqual(['POST /graphql readBodies', 'POST /graphql write']);
    expect((await forge.as('ada', 'GET', `${issues}/${master}`)).body).toBe('- [x] One (#77)\n- [ ] Two\n');
    expect(await forge.as('ada', 'GET', `${issues}/comments/${comment.id}`)).toMatchObject({
      body: 'second',
      html_url: comment.url,
    });

    await forge.perform(mark);
    expect(forge.requests()).toEqual(['POST /graphql readBodies']);
  });

  it('comments on an issue it has not planned, by its number alone', async () => {
    const master = await newMaster();
    const effect: Effect = {
      kind: 'create-comment',
      repo,
      issue: master,
      body: 'hello <!-- m1 -->',
      marker: '<!-- m1 -->',
    };
    const [outcome] = await forge.perform(effect);
    expect(await forge.port.reconcile(effect, soon())).toEqual(outcome);
  });

  it('refuses to edit what is gone, alone or beside others', async () => {
    const master = await newMaster();
    const plan = await planOf(master);
    const [posted] = await forge.perform({ kind: 'create-comment', repo, issue: master, body: 'x', marker: 'm' });
    const { comment } = resultOf(posted, 'comment');
    await forge.as('ada', 'DELETE', `${issues}/comments/${comment.id}`);
    const outcomes = await forge.perform(
      { kind: 'edit-comment', repo, comment, body: 'y' },
      { kind: 'mark-body', repo, issue: plan.issue, marks: [{ title: 'One', line: 1, issue: 5, ticked: false }] },
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['refused', 'done']);
  });

  it('refuses a comment longer than GitHub takes', async () => {
    const master = await newMaster();
    const [outcome] = await forge.perform({
      kind: 'create-comment',
      repo,
      issue: master,
      body: 'x'.repeat(65_537),
      marker: 'm',
    });
    expect(outcome?.status).toBe('refused');
  });
});

describe('issues of their own', () => {
  it('creates, finds, edits and closes one', async () => {
    const marker = '<!-- muster:diag:1 -->';
    const effect: Effect = {
      kind: 'create-issue',
      repo,
      title: 'Broken',
      body: `why ${marker}`,
      labels: ['muster:diagnostic'],
      marker,
    };
    expect(await forge.port.reconcile(effect, soon())).toBeNull();
    const [outcome] = await forge.perform(effect);
    const { issue } = resultOf(outcome, 'issue');
    expect(await forge.port.reconcile(effect, soon())).toEqual(outcome);
    const edits = await forge.perform({
      kind: 'edit-issue',
      repo,
      issue: issue.number,
      body: 'again',
      close: 'completed',
    });
    expect(edits[0]?.status).toBe('done');
    expect(await forge.as('ada', 'GET', `${issues}/${issue.number}`)).toMatchObject({
      state: 'closed',
      state_reason: 'completed',
      body: 'again',
      labels: [{ name: 'muster:diagnostic' }],
    });
  });
});

describe('finding earlier tries', () => {
  it('believes only markers that the App itself wrote', async () => {
    const master = await newMaster();
    const marker = '<!-- muster:stolen -->';
    await forge.as('ada', 'POST', `${issues}/${master}/comments`, { body: `quoting ${marker}` });
    const effect: Effect = { kind: 'create-comment', repo, issue: master, body: `mine ${marker}`, marker };
    expect(await forge.port.reconcile(effect, soon())).toBeNull();
  });

  it('looks at every page', async () => {
    const master = await newMaster();
    const marker = '<!-- muster:late -->';
    for (let index = 0; index < 101; index += 1)
      await forge.as('ada', 'POST', `${issues}/${master}/comments`, { body: `talk ${index}` });
    const effect: Effect = { kind: 'create-comment', repo, issue: master, body: marker, marker };
    const [outcome] = await forge.perform(effect);
    expect(await forge.port.reconcile(effect, soon())).toEqual(outcome);
  });

  it('adopts a sub-issue, and links one that was created but not linked', async () => {
    const plan = await planOf(await newMaster());
    const effect = subIssue(plan, 'orphan');
    expect(await forge.port.reconcile(effect, soon())).toBeNull();
    const [created] = await forge.perform(effect);
    const { issue } = resultOf(created, 'issue');
    expect(await forge.port.reconcile(effect, soon())).toEqual(created);
    await forge.as('ada', 'DELETE', `${issues}/${plan.issue.number}/sub_issue`, { sub_issue_id: issue.id });
    expect((await planOf(plan.issue.number)).subIssues).toEqual([]);
    expect(await forge.port.reconcile(effect, soon())).toEqual(created);
    expect((await planOf(plan.issue.number)).subIssues).toMatchObject([{ number: issue.number }]);
  });

  it('finds what landed only after nobody waited for it any more', async () => {
    const master = await newMaster();
    const marker = '<!-- muster:slow -->';
    const effect: Effect = { kind: 'create-comment', repo, issue: master, body: marker, marker };
    forge.sandbox.faults.lateLanding = { rate: 1, delayMs: [400, 400] };
    const [outcome] = await forge.port.perform([effect], AbortSignal.timeout(100));
    forge.sandbox.faults.lateLanding = { rate: 0, delayMs: [0, 0] };
    expect(outcome?.status).toBe('ambiguous');
    expect(await forge.port.reconcile(effect, soon())).toBeNull();
    await expect.poll(() => forge.port.reconcile(effect, soon())).toMatchObject({ status: 'done' });
  });

  it('keeps the oldest of several twins', async () => {
    const master = await newMaster();
    const plan = await planOf(master);
    const sub = subIssue(plan, 'twin');
    const marker = '<!-- muster:twin-comment -->';
    const comment: Effect = { kind: 'create-comment', repo, issue: master, body: `hi ${marker}`, marker };
    const diagnostic: Effect = {
      kind: 'create-issue',
      repo,
      title: 'Twin',
      body: '<!-- twin-diag -->',
      labels: [],
      marker: '<!-- twin-diag -->',
    };
    const [firstSub, , , firstComment, , firstIssue] = await forge.perform(
      sub,
      { ...sub },
      { ...sub },
      comment,
      { ...comment },
      diagnostic,
      { ...diagnostic },
    );
    expect(await forge.port.removeTwins(sub, soon())).toBe(2);
    expect(await forge.port.removeTwins(comment, soon())).toBe(1);
    expect(await forge.port.removeTwins(diagnostic, soon())).toBe(1);
    for (const effect of [sub, comment, diagnostic]) expect(await forge.port.removeTwins(effect, soon())).toBe(0);
    expect(await forge.port.reconcile(sub, soon())).toEqual(firstSub);
    expect(await forge.port.reconcile(comment, soon())).toEqual(firstComment);
    expect(await forge.port.reconcile(diagnostic, soon())).toEqual(firstIssue);
    expect((await planOf(master)).subIssues).toMatchObject([
      { number: resultOf(firstSub, 'issue').issue.number, open: true },
    ]);
  });
});

describe('reactions', () => {
  it('are given once however often, share a request with an answer, and need no comment that is gone', async () => {
    const master = await newMaster();
    await planOf(master);
    const { id, node_id: nodeId } = await forge.as('ada', 'POST', `${issues}/${master}/comments`, { body: 'Hi' });
    const comment = { id: Number(id), nodeId: String(nodeId) };
    forge.requests();
    const eyes: Effect = { kind: 'react', repo, comment, reaction: 'eyes' };
    const answer: Effect = { kind: 'create-comment', repo, issue: master, body: 'Hello', marker: 'm' };
    const outcomes = await forge.perform(eyes, answer, eyes, { ...eyes, reaction: 'thumbs-up' });
    expect(outcomes.map(({ status }) => status)).toEqual(['done', 'done', 'done', 'done']);
    expect(forge.requests()).toEqual(['POST /graphql write']);
    const byRest = { ...eyes, comment: { ...comment, nodeId: '' } };
    expect(await forge.perform(byRest)).toEqual([{ status: 'done', result: { kind: 'done' } }]);
    expect((await forge.as('ada', 'GET', `${issues}/comments/${id}`)).reactions).toMatchObject({ eyes: 1, '+1': 1 });
    await forge.as('ada', 'DELETE', `${issues}/comments/${id}`);
    expect((await forge.perform(eyes, byRest)).map(({ status }) => status)).toEqual(['refused', 'refused']);
  });
});

describe('requests whose webhook was lost', () => {
  it('finds comments and labels in every installed repository', async () => {
    await forge.sandbox.createRepository({ owner: 'acme', name: 'other', seedFrom: { files: { a: 'a' } } });
    const since = new Date(Date.now() - 1000).toISOString();
    const path = '/repos/acme/other/issues';
    forge.sandbox.setPermission('acme', 'other', 'ada', 'admin');
    await ensureLabels(await forge.app.installationFor({ owner: 'acme', name: 'other' }), {
      owner: 'acme',
      name: 'other',
    });
    const labelled = await forge.as('ada', 'POST', path, { title: 'L', body: '- [ ] x', labels: ['muster'] });
    const { id: commentId } = await forge.as('ada', 'POST', `${path}/${labelled.number}/comments`, {
      body: 'ok\n\n/muster run\n',
    });
    const heard = (await forge.port.sweepRequests(since)).filter(({ repo: { name } }) => name === 'other');
    expect(heard.map(({ signal }) => signal)).toMatchObject([
      { type: 'asked', source: `comment-${commentId}-0`, issue: labelled.number, by: 'ada', command: { verb: 'run' } },
      { type: 'asked', source: `label-${labelled.id}`, issue: labelled.number, by: 'ada', command: { verb: 'run' } },
    ]);
    expect(heard[0]?.repo).toMatchObject({
      owner: 'acme',
      name: 'other',
      defaultBranch: 'main',
      cloneUrl: `${forge.sandbox.url}/acme/other.git`,
    });
  });

  it('asks once who put a label on, and when: the author of the issue may be anybody', async () => {
    const { number, id } = await forge.as('rita', 'POST', issues, { title: 'R', body: '- [ ] x' });
    for (const who of ['wes', 'ada']) {
      await forge.as(who, 'POST', `${issues}/${number}/labels`, { labels: ['muster'] });
      if (who === 'wes') await forge.as(who, 'DELETE', `${issues}/${number}/labels/muster`);
    }
    await forge.as('rita', 'PATCH', `${issues}/${number}`, { body: '- [ ] something else' });
    const heard = async () =>
      (await forge.port.sweepRequests(new Date().toISOString())).flatMap(({ signal }) =>
        signal.type === 'asked' && signal.source === `label-${id}` ? [signal] : [],
      );
    const events = Object.values(await forge.as('ada', 'GET', `${issues}/${number}/events`));
    const at = Date.parse(textAt(events.at(-1), 'created_at'));
    forge.requests();
    expect(await heard()).toMatchObject([{ by: 'ada', at }]);
    const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/events';
    expect(forge.requests()).toContain(route);
    expect(await heard()).toMatchObject([{ by: 'ada', at }]);
    expect(forge.requests()).not.toContain(route);
  });
});
