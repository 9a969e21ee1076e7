import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Effect } from '../../src/engine/ports.ts';
import { createGitHubPort } from '../../src/github/port.ts';
import { answerLate, mint, repo, useWire, type Wire } from './wire.ts';

const connect = useWire();
const issueRef = { number: 5, id: 55, nodeId: 'I_5', url: 'https://forge.test/acme/shop/issues/5' };
const comment: Effect = { kind: 'create-comment', repo, issue: 5, body: 'a private body', marker: 'm' };
const closing: Effect = { kind: 'edit-issue', repo, issue: 5, body: null, close: 'completed' };
const asking: Effect = { kind: 'check-permission', repo, user: 'ada' };
const comments = '/repos/acme/shop/issues/5/comments';
const issue = '/repos/acme/shop/issues/5';
const permission = '/repos/acme/shop/collaborators/ada/permission';

async function perform(wire: Wire, ...effects: Effect[]) {
  return createGitHubPort(wire.app).perform(effects, AbortSignal.timeout(5000));
}

describe('limits', () => {
  it('takes retry-after of a secondary limit and pauses the whole installation', async () => {
    const wire = await connect();
    wire.answer(
      'POST',
      comments,
      403,
      { message: 'You have exceeded a secondary rate limit.' },
      { 'retry-after': '30' },
    );
    expect(await perform(wire, comment)).toMatchObject([{ status: 'transient', retryAfterMs: 30_000 }]);
    const [paused] = await perform(wire, asking);
    expect(paused).toMatchObject({ status: 'transient' });
    expect(paused?.status === 'transient' && (paused.retryAfterMs ?? 0)).toBeGreaterThan(25_000);
  });

  it('waits a minute where a secondary limit names no time', async () => {
    const wire = await connect();
    wire.answer('POST', comments, 403, { message: 'You have triggered an abuse detection mechanism.' });
    expect(await perform(wire, comment)).toMatchObject([{ status: 'transient', retryAfterMs: 60_000 }]);
  });

  it('takes a date for retry-after as well', async () => {
    const wire = await connect();
    const date = new Date(Date.now() + 90_000).toUTCString();
    wire.answer('POST', comments, 403, { message: 'Slow down.' }, { 'retry-after': date });
    const [outcome] = await perform(wire, comment);
    expect(outcome?.status === 'transient' && outcome.retryAfterMs).toBeGreaterThan(85_000);
  });

  it('waits for the reset of the primary limit', async () => {
    const wire = await connect();
    const reset = Math.floor(Date.now() / 1000) + 600;
    wire.answer(
      'POST',
      comments,
      429,
      { message: 'API rate limit exceeded' },
      {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(reset),
      },
    );
    const [outcome] = await perform(wire, comment);
    expect(outcome?.status === 'transient' && outcome.retryAfterMs).toBeGreaterThan(590_000);
  });

  it('knows the limits that GraphQL hides in a 200', async () => {
    const wire = await connect();
    const edit: Effect = { kind: 'add-edge', repo, blocked: issueRef, blocking: { ...issueRef, nodeId: 'I_6' } };
    wire.answer('POST', '/graphql', 200, { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] });
    expect(await perform(wire, edit)).toMatchObject([{ status: 'transient', retryAfterMs: 60_000 }]);
  });

  it('backs off for minutes when content was submitted too quickly', async () => {
    const wire = await connect();
    wire.answer('POST', '/graphql', 200, {
      data: { m0: { issue: { number: 5 } }, m1: null },
      errors: [{ type: 'UNPROCESSABLE', path: ['m1'], message: 'was submitted too quickly' }],
    });
    const edge = (nodeId: string): Effect => ({
      kind: 'add-edge',
      repo,
      blocked: issueRef,
      blocking: { ...issueRef, nodeId },
    });
    expect(await perform(wire, edge('I_6'), edge('I_7'))).toMatchObject([
      { status: 'done' },
      { status: 'transient', retryAfterMs: 120_000 },
    ]);
    expect(await perform(wire, edge('I_8'))).toMatchObject([{ status: 'transient' }]);
  });
});

describe('the server fails', () => {
  it.each([502, 503, 504])('%i: a creation may have happened, an edit is made again', async (status) => {
    const wire = await connect();
    wire.answer('POST', comments, status, { message: 'Server Error' });
    wire.answer('PATCH', issue, status, { message: 'Server Error' });
    expect(await perform(wire, comment, closing)).toMatchObject([{ status: 'ambiguous' }, { status: 'transient' }]);
  });

  it('does not try again by itself', async () => {
    const wire = await connect();
    wire.answer('POST', comments, 500, '<html>not json</html>', { 'content-type': 'text/html' });
    expect(await perform(wire, comment)).toMatchObject([{ status: 'ambiguous' }]);
  });
});

describe('the connection fails', () => {
  it('a reset leaves a write ambiguous, a read does no harm', async () => {
    const wire = await connect();
    wire.breakOff('POST', comments, 'ECONNRESET');
    wire.breakOff('GET', permission, 'ECONNRESET');
    expect(await perform(wire, comment, asking)).toMatchObject([{ status: 'ambiguous' }, { status: 'transient' }]);
  });

  it('a refused connection means that nothing was sent', async () => {
    const wire = await connect();
    wire.breakOff('POST', comments, 'ECONNREFUSED');
    expect(await perform(wire, comment)).toMatchObject([{ status: 'transient' }]);
  });

  it('a deadline of ours leaves a write ambiguous', async () => {
    const wire = await connect({ httpDeadlineMs: 200 });
    answerLate(comments, 3000);
    expect(await perform(wire, comment)).toMatchObject([{ status: 'ambiguous' }]);
  });

  it("a caller's deadline leaves a write ambiguous, and what was still waiting unsent", async () => {
    const wire = await connect();
    await perform(wire);
    answerLate(comments, 3000);
    const port = createGitHubPort(wire.app);
    await wire.app.installationFor(repo);
    const outcomes = await port.perform([comment, { ...comment, issue: 6 }], AbortSignal.timeout(300));
    expect(outcomes).toMatchObject([{ status: 'ambiguous' }, { status: 'transient' }]);
  });
});

describe('credentials', () => {
  afterEach(() => vi.useRealTimers());

  /** Octokit itself asks again while a token is younger than five seconds, because GitHub's replicas may lag. */
  function letTokenAge(): void {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 6000 });
  }

  it('renews a token that died early, and gives up when a new one is refused too', async () => {
    const wire = await connect();
    wire.answer('GET', permission, 200, { permission: 'write' });
    expect(await perform(wire, asking)).toMatchObject([{ status: 'done' }]);
    letTokenAge();
    wire.answer('GET', permission, 401, { message: 'Bad credentials' });
    mint('ghs_42_second.token');
    expect(await perform(wire, asking)).toMatchObject([{ status: 'transient', retryAfterMs: 0 }]);
    letTokenAge();
    wire.answer('GET', permission, 401, { message: 'Bad credentials' });
    expect(await perform(wire, asking)).toMatchObject([{ status: 'broken' }]);
  });

  it('renews once for all requests that the dead token was refused for', async () => {
    const wire = await connect();
    wire.answer('GET', permission, 200, { permission: 'write' });
    expect(await perform(wire, asking)).toMatchObject([{ status: 'done' }]);
    letTokenAge();
    for (let n = 0; n < 3; n++) wire.answer('GET', permission, 401, { message: 'Bad credentials' });
    mint('ghs_42_second.token');
    const outcomes = await Promise.all([perform(wire, asking), perform(wire, asking), perform(wire, asking)]);
    for (const outcome of outcomes) expect(outcome).toMatchObject([{ status: 'transient', retryAfterMs: 0 }]);
    wire.answer('GET', permission, 200, { permission: 'write' });
    expect(await perform(wire, asking)).toMatchObject([{ status: 'done' }]);
  });

  it('names what the App may not do, and where it is not installed', async () => {
    const wire = await connect();
    wire.answer('POST', comments, 403, { message: 'Resource not accessible by integration' });
    expect(await perform(wire, comment)).toMatchObject([
      { status: 'broken', message: expect.stringContaining('Resource not accessible by integration') },
    ]);
    wire.answer('GET', '/repos/acme/other/installation', 404, { message: 'Not Found' });
    expect(await perform(wire, { ...comment, repo: { owner: 'acme', name: 'other' } })).toMatchObject([
      { status: 'broken', message: 'the GitHub App is not installed: acme/other' },
    ]);
  });

  it('looks for the installation again when it is gone', async () => {
    const wire = await connect({ token: 404 });
    expect(await perform(wire, asking)).toMatchObject([{ status: 'broken' }]);
    wire.answer('GET', '/repos/acme/shop/installation', 200, { id: 8 });
    mint('ghs_42_new.token', 201, 8);
    wire.answer('GET', permission, 200, { permission: 'read' });
    expect(await perform(wire, asking)).toMatchObject([{ status: 'done' }]);
  });
});

describe('refusals', () => {
  it.each([404, 410, 422])('%i is a definite no', async (status) => {
    const wire = await connect();
    wire.answer('POST', comments, status, { message: 'No' });
    expect(await perform(wire, comment)).toMatchObject([{ status: 'refused', merge: null }]);
  });

  it('tries a place in the list again', async () => {
    const wire = await connect();
    wire.answer('POST', comments, 422, {
      message: 'Validation Failed',
      errors: [{ message: 'Priority has already been taken' }],
    });
    expect(await perform(wire, comment)).toMatchObject([{ status: 'transient' }]);
  });
});

describe('several effects in one request', () => {
  const sub = (title: string): Effect => ({
    kind: 'create-sub-issue',
    repo,
    repoNodeId: 'R_1',
    parent: issueRef,
    title,
    body: title,
    labels: ['muster:task'],
    marker: title,
  });
  const labels = [
    { name: 'muster', node_id: 'L_0' },
    { name: 'muster:task', node_id: 'L_1' },
    { name: 'muster:diagnostic', node_id: 'L_2' },
  ];
  const made = (number: number) => ({
    issue: { id: `I_${number}`, fullDatabaseId: `90000000000${number}`, number, url: 'https://forge.test/x' },
  });

  it('each gets the outcome of its own alias', async () => {
    const wire = await connect();
    wire.answer('GET', '/repos/acme/shop/labels?per_page=100&page=1', 200, labels);
    wire.answer('POST', '/graphql', 200, {
      data: { m0: made(1), m1: null, m2: null, m3: null, m4: made(2), m5: null },
      errors: [
        { type: 'UNPROCESSABLE', path: ['m1'], message: 'Title is too long' },
        { type: 'UNPROCESSABLE', path: ['m2', 'issue'], message: 'Priority has already been taken' },
        { path: ['m3'], message: 'Something went wrong while executing your query.' },
      ],
    });
    const outcomes = await perform(wire, ...['a', 'b', 'c', 'd', 'e', 'f'].map(sub));
    expect(outcomes.map(({ status }) => status)).toEqual([
      'done',
      'refused',
      'transient',
      'ambiguous',
      'done',
      'ambiguous',
    ]);
    expect(outcomes[0]).toMatchObject({ result: { issue: { number: 1, id: 900000000001 } } });
  });

  it('all are ambiguous when the answer is lost', async () => {
    const wire = await connect();
    wire.answer('GET', '/repos/acme/shop/labels?per_page=100&page=1', 200, labels);
    wire.answer('POST', '/graphql', 502, { message: 'Server Error' });
    expect((await perform(wire, sub('a'), sub('b'))).map(({ status }) => status)).toEqual(['ambiguous', 'ambiguous']);
    expect(wire.app.server.gaps()).toEqual([]);
  });

  it('sends twenty at a time', async () => {
    const wire = await connect();
    wire.answer('GET', '/repos/acme/shop/labels?per_page=100&page=1', 200, labels);
    const answer = (count: number) => ({
      data: Object.fromEntries([...Array(count).keys()].map((at) => [`m${at}`, made(at)])),
    });
    wire.answer('POST', '/graphql', 200, answer(20));
    wire.answer('POST', '/graphql', 200, answer(1));
    const outcomes = await perform(wire, ...[...Array(21).keys()].map((at) => sub(`t${at}`)));
    expect(outcomes.filter(({ status }) => status === 'done')).toHaveLength(21);
  });
});

describe('merging', () => {
  const merge: Effect = { kind: 'merge-pull', repo, number: 9, sha: 'a'.repeat(40) };
  const pull = {
    state: 'open',
    merged: false,
    mergeable: true,
    mergeable_state: 'clean',
    head: { sha: 'a'.repeat(40) },
  };
  const path = '/repos/acme/shop/pulls/9';

  it.each([
    [405, { mergeable_state: 'blocked' }, { status: 'refused', merge: { why: 'checks', paths: [] } }],
    [405, { mergeable: false, mergeable_state: 'dirty' }, { status: 'refused', merge: { why: 'conflict', paths: [] } }],
    [405, { mergeable: null, mergeable_state: 'unknown' }, { status: 'transient', retryAfterMs: 2000 }],
    [422, { mergeable: false }, { status: 'refused', merge: { why: 'conflict', paths: [] } }],
    [422, { head: { sha: 'b'.repeat(40) } }, { status: 'refused', merge: { why: 'head-moved', paths: [] } }],
    [405, { mergeable_state: 'draft' }, { status: 'refused', merge: { why: 'not-mergeable', paths: [] } }],
    [405, { state: 'closed' }, { status: 'refused', merge: { why: 'other', paths: [] } }],
    [409, { head: { sha: 'b'.repeat(40) } }, { status: 'refused', merge: { why: 'head-moved', paths: [] } }],
    [409, {}, { status: 'transient' }],
    [
      405,
      { state: 'closed', merged: true, merge_commit_sha: 'c0ffee' },
      { status: 'done', result: { kind: 'merged', sha: 'c0ffee' } },
    ],
  ])('%i and %j', async (status, facts, outcome) => {
    const wire = await connect();
    wire.answer('PUT', `${path}/merge`, status, { message: 'no' });
    wire.answer('GET', path, 200, { ...pull, ...facts });
    expect(await perform(wire, merge)).toMatchObject([outcome]);
  });

  it('asks GraphQL for the merge commit where REST no longer tells it', async () => {
    const wire = await connect();
    wire.answer('PUT', `${path}/merge`, 405, { message: 'no' });
    wire.answer('GET', path, 200, { ...pull, state: 'closed', merged: true });
    wire.answer('POST', '/graphql', 200, {
      data: { repository: { pullRequest: { merged: true, mergeCommit: { oid: 'c0ffee' } } } },
    });
    expect(await perform(wire, merge)).toMatchObject([{ status: 'done', result: { sha: 'c0ffee' } }]);
  });
});

describe('looking back', () => {
  it('says that it could not look, instead of that there is nothing', async () => {
    const wire = await connect();
    wire.answer('GET', '/app', 200, { id: 42, slug: 'muster' });
    wire.answer('GET', `${comments}?per_page=100&page=1`, 502, { message: 'Server Error' });
    const found = await createGitHubPort(wire.app).reconcile(comment, AbortSignal.timeout(5000));
    expect(found).toMatchObject({ status: 'transient' });
  });
});

describe('the log', () => {
  it('holds routes and statuses, and neither tokens nor bodies', async () => {
    const wire = await connect();
    wire.answer('POST', comments, 422, { message: 'No' });
    await perform(wire, comment);
    expect(wire.logged()).toContain('"route":"/repos/{owner}/{repo}/issues/{issue_number}/comments"');
    expect(wire.logged()).toContain('"status":422');
    for (const secret of ['ghs_', 'a private body', 'a secret of webhooks', 'PRIVATE KEY', 'bearer']) {
      expect(wire.logged()).not.toContain(secret);
    }
  });
});
