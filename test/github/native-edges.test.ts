import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IssueRef } from '../../src/core/model.ts';
import type { Signal } from '../../src/core/signals.ts';
import type { Effect } from '../../src/engine/ports.ts';
import { ensureLabels } from '../../src/github/labels.ts';
import { createGitHubPort } from '../../src/github/port.ts';
import { useWire } from './wire.ts';
import { type Forge, repo, resultOf, startForge } from './world.ts';

const issues = `/repos/${repo.owner}/${repo.name}/issues`;
const done = { status: 'done', result: { kind: 'done' } };
let forge: Forge;

/** A master issue with sub-issues `a` and `b`, where `b` waits for `a`. */
async function family(): Promise<{ master: number; a: IssueRef; b: IssueRef; edge: Edge }> {
  const master = Number((await forge.as('ada', 'POST', issues, { title: 'Master', body: '- [ ] a' })).number);
  const { source } = resultOf((await forge.perform({ kind: 'read-plan', repo, issue: master }))[0], 'plan-source');
  const made = ['a', 'b'].map(
    (title): Effect => ({
      kind: 'create-sub-issue',
      repo,
      repoNodeId: source.repo.nodeId,
      parent: source.issue,
      title,
      body: `Part of it.\n\n> ${title}\n\nThe end.`,
      labels: [],
      marker: `<!-- ${master}-${title} -->`,
    }),
  );
  const [a, b] = (await forge.perform(...made)).map((outcome) => resultOf(outcome, 'issue').issue);
  if (!a || !b) throw new Error('two issues were made');
  const edge = { repo, blocked: b, blocking: a };
  expect(await forge.perform({ kind: 'add-edge', ...edge })).toEqual([done]);
  return { master, a, b, edge };
}

type Edge = Omit<Extract<Effect, { kind: 'add-edge' }>, 'kind'>;

async function seen(master: number, ...subIssues: readonly number[]): Promise<Signal | undefined> {
  const signals = await forge.port.sweep({
    repo,
    issue: master,
    baseBranch: 'main',
    branches: [],
    pulls: [],
    subIssues,
    commentsSince: '2026-01-01T00:00:00Z',
  });
  return signals.find(({ type }) => type === 'edges-seen');
}

describe.each(['GraphQL', 'REST'] as const)('over %s', (way) => {
  beforeAll(async () => {
    forge = await startForge();
    forge.sandbox.setPermission(repo.owner, repo.name, 'ada', 'write');
    await ensureLabels(await forge.app.installationFor(repo), repo);
    if (way === 'REST') forge.app.server.learn('graphql', 'test');
  });
  afterAll(() => forge.close());

  it('takes a dependency out, and is content when it is out already', async () => {
    const { b, edge } = await family();
    forge.requests();
    expect(await forge.perform({ kind: 'remove-edge', ...edge })).toEqual([done]);
    expect(forge.requests()).toHaveLength(1);
    expect(await forge.as('ada', 'GET', `${issues}/${b.number}/dependencies/blocked_by`)).toEqual([]);
    expect(await forge.perform({ kind: 'remove-edge', ...edge })).toEqual([done]);
  });

  it('sees what issues wait for, in a sweep and when it plans, whoever set it', async () => {
    const { master, a, b } = await family();
    await forge.as('ada', 'POST', `${issues}/${a.number}/sub_issues`, { sub_issue_id: await plain('child') });
    await forge.as('ada', 'POST', `${issues}/${a.number}/dependencies/blocked_by`, { issue_id: await plain('other') });
    forge.requests();
    const signal = await seen(master, a.number, b.number);
    expect(forge.requests().filter((one) => one.includes('blocked_by'))).toHaveLength(way === 'REST' ? 2 : 0);
    expect(signal).toEqual({
      type: 'edges-seen',
      issues: [
        { id: a.id, blockers: [expect.any(Number)], names: [{ ...repo, number: expect.any(Number) }], all: true },
        { id: b.id, blockers: [a.id], names: [{ ...repo, number: a.number }], all: true },
      ],
    });
    const [outcome] = await forge.perform({ kind: 'read-plan', repo, issue: master });
    const { subIssues } = resultOf(outcome, 'plan-source').source;
    expect(subIssues.map(({ id, blockedBy }) => [id, blockedBy?.length])).toEqual([
      [a.id, 1],
      [b.id, 1],
      [expect.any(Number), 0],
    ]);
    await forge.as('ada', 'DELETE', `${issues}/${b.number}/dependencies/blocked_by/${a.id}`);
    expect(await seen(master, b.number)).toMatchObject({ issues: [{ id: b.id, blockers: [], all: true }] });
  });

  it('rewords what is ours of a sub-issue, several in two requests, and nothing a person wrote', async () => {
    const { a, b } = await family();
    const body = 'Part of it.\n\n> mine\n\nThe end.';
    await forge.as('ada', 'PATCH', `${issues}/${b.number}`, { body });
    const reworded = (issue: IssueRef, title: string): Effect => ({
      kind: 'reword-issue',
      repo,
      issue,
      before: { title, block: `> ${title}` },
      after: { title: `${title}!`, block: `> ${title}!` },
    });
    const kept = (is: boolean) => ({ status: 'done', result: { kind: 'done', kept: is } });
    forge.requests();
    expect(await forge.perform(reworded(a, 'a'), reworded(b, 'b'))).toEqual([kept(false), kept(true)]);
    if (way === 'GraphQL') expect(forge.requests()).toEqual(['POST /graphql readBodies', 'POST /graphql write']);
    const text = 'Part of it.\n\n> a!\n\nThe end.';
    expect(await forge.as('ada', 'GET', `${issues}/${a.number}`)).toMatchObject({ title: 'a!', body: text });
    expect(await forge.as('ada', 'GET', `${issues}/${b.number}`)).toMatchObject({ title: 'b!', body });
    expect(await forge.perform(reworded(a, 'a'))).toEqual([kept(false)]);
  });

  it('says so when an issue to be reworded is gone', async () => {
    const gone = { number: 4_711, id: 4_711, nodeId: 'I_kwDOnope', url: '' };
    const words = { title: 'a', block: '> a' };
    const outcomes = await forge.perform({ kind: 'reword-issue', repo, issue: gone, before: words, after: words });
    expect(outcomes).toMatchObject([{ status: 'refused' }]);
  });
});

async function plain(title: string): Promise<number> {
  return Number((await forge.as('ada', 'POST', issues, { title })).id);
}

describe('a GraphQL that does not know blockedBy', () => {
  const connect = useWire();

  it('is asked everything else, and nothing is said about dependencies', async () => {
    const wire = await connect();
    const unknown = "Field 'blockedBy' doesn't exist on type 'Issue'";
    wire.answer('POST', '/graphql', 200, { errors: [{ message: unknown, extensions: { code: 'undefinedField' } }] });
    const issue = { number: 2, state: 'OPEN', stateReason: null, closedAt: null, fullDatabaseId: '22' };
    const answered = { data: { repository: { id: 'R_1', base: null, i0: { ...issue, number: 1 }, i1: issue } } };
    wire.answer('POST', '/graphql', 200, answered);
    wire.answer('POST', '/graphql', 200, answered);
    const since = '2026-01-01T00:00:00Z';
    const comments = `/repos/acme/shop/issues/comments?since=${encodeURIComponent(since)}&sort=created&direction=asc&per_page=100&page=1`;
    wire.answer('GET', comments, 200, []);
    wire.answer('GET', comments, 200, []);
    const port = createGitHubPort(wire.app);
    const target = { repo, issue: 1, baseBranch: 'main', branches: [], pulls: [], commentsSince: since };
    for (const _ of [1, 2]) {
      const signals = await port.sweep({ ...target, subIssues: [2] });
      expect(signals.map(({ type }) => type)).toEqual(['issue-seen', 'issue-seen']);
    }
    expect(wire.app.server.gaps()).toEqual(['graphql-parts']);
  });
});
