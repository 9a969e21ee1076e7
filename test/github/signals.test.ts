import { describe, expect, it } from 'vitest';
import type { Signal } from '../../src/core/signals.ts';
import { UnreadablePayloadError } from '../../src/github/errors.ts';
import { createTranslate } from '../../src/github/signals.ts';

const translate = createTranslate({ appSlug: 'muster', appId: 42, secrets: ['hunter2hunter2'] });

const repository = {
  name: 'shop',
  full_name: 'acme/shop',
  node_id: 'R_1',
  default_branch: 'main',
  clone_url: 'https://forge.test/acme/shop.git',
  owner: { login: 'acme' },
};
const ada = { login: 'ada', type: 'User' };
const us = { login: 'muster[bot]', type: 'Bot' };
const issue = { id: 900, number: 12, state: 'open', updated_at: '2026-05-01T10:00:00Z', user: ada };
const pull = {
  number: 7,
  html_url: 'https://forge.test/acme/shop/pull/7',
  state: 'open',
  merged: false,
  merged_at: null,
  merge_commit_sha: 'test-merge',
  head: { ref: 'muster/12-a', sha: 'abc', repo: { full_name: 'acme/shop' } },
};
const run = {
  name: 'ci',
  head_sha: 'abc',
  status: 'completed',
  conclusion: 'failure',
  html_url: 'https://forge.test/run/1',
  output: { title: 'Failed', summary: '1 test', text: 'log' },
  check_suite: { head_branch: 'muster/12-a' },
};

function heard(event: string, payload: Record<string, unknown>): readonly Signal[] {
  return translate(event, { repository, sender: ada, ...payload }).map(({ signal }) => signal);
}

describe('a comment that is edited', () => {
  const comment = (body: string) => ({
    id: 31,
    node_id: 'IC_31',
    user: ada,
    created_at: at(0),
    updated_at: at(5),
    body,
  });
  const at = (minute: number) => `2026-05-01T10:0${minute}:00Z`;
  const edit = (from: string, body: string, more = {}) =>
    heard('issue_comment', { action: 'edited', issue, comment: comment(body), changes: { body: { from } }, ...more });

  it('asks for an answer when a command came in, once for the comment, in the name of whoever edited', () => {
    const grace = { login: 'grace', type: 'User' };
    expect(edit('/muster status', '/muster status\n/muster run\n/muster merge', { sender: grace })).toEqual([
      {
        type: 'asked',
        source: 'comment-31-edited',
        issue: 12,
        by: 'grace',
        at: Date.parse(at(5)),
        command: { kind: 'edited', text: '/muster run' },
        comment: { id: 31, nodeId: 'IC_31', edited: true },
      },
    ]);
  });

  it.each([
    ['nothing but words', 'Hello\n\n/muster run', 'Hello there\n\n/muster run'],
    ['a command taken out', '/muster run\n/muster status', '/muster run'],
    ['two put in another order', '/muster run\n/muster status', '/muster status\n/muster run'],
    ['one said twice', '/muster run', '/muster run\n/muster run'],
    ['one in a quote', 'Hello', 'Hello\n\n> /muster run'],
  ])('is silent about %s', (_, from, body) => {
    expect(edit(from, body)).toEqual([]);
  });

  it('is silent where the server does not say how it read before, and when a bot edits', () => {
    expect(edit('', '/muster run', { changes: {} })).toEqual([]);
    expect(edit('', '/muster run', { sender: us })).toEqual([]);
    expect(edit('', '/muster run', { sender: { login: 'robo[bot]', type: 'Bot' } })).toEqual([]);
  });
});

describe('somebody asks', () => {
  it('by one comment with several commands, on the issue it was written on', () => {
    const comment = {
      id: 31,
      user: ada,
      created_at: '2026-05-01T10:00:00Z',
      body: '/muster status\n\n/muster retry #4\n',
    };
    const all = translate('issue_comment', { action: 'created', repository, sender: ada, issue, comment });
    expect(all.map(({ repo }) => repo)[0]).toEqual({
      owner: 'acme',
      name: 'shop',
      nodeId: 'R_1',
      defaultBranch: 'main',
      cloneUrl: 'https://forge.test/acme/shop.git',
    });
    expect(all.map(({ signal }) => signal)).toMatchObject([
      {
        type: 'asked',
        source: 'comment-31-0',
        issue: 12,
        by: 'ada',
        at: Date.parse('2026-05-01T10:00:00Z'),
        command: { verb: 'status' },
      },
      { type: 'asked', source: 'comment-31-1', issue: 12, by: 'ada', command: { verb: 'retry' } },
    ]);
  });

  it('by putting the label on, once per issue', () => {
    const payload = { action: 'labeled', issue, label: { name: 'muster' } };
    const signals = heard('issues', payload);
    expect(signals).toEqual([
      {
        type: 'asked',
        source: 'label-900',
        issue: 12,
        by: 'ada',
        at: Date.parse('2026-05-01T10:00:00Z'),
        command: { kind: 'command', verb: 'run', flags: {}, target: null },
      },
    ]);
    expect(heard('issues', { ...payload, issue: { ...issue, updated_at: '2026-06-01T10:00:00Z' } })).toMatchObject([
      { source: 'label-900' },
    ]);
  });

  it('by opening an issue that has the label, told as an object or by its name', () => {
    const opened = (labels: unknown) => heard('issues', { action: 'opened', issue: { ...issue, labels } });
    expect(opened([{ name: 'muster' }])).toMatchObject([{ source: 'label-900', by: 'ada' }]);
    expect(opened(['muster'])).toMatchObject([{ source: 'label-900' }]);
    expect([opened([{ name: 'muster:task' }]), opened([]), opened(undefined)]).toEqual([[], [], []]);
  });

  it.each([
    [
      'an edited comment',
      'issue_comment',
      {
        action: 'edited',
        issue,
        comment: { id: 1, user: ada, created_at: '2026-05-01T10:00:00Z', body: '/muster run' },
      },
    ],
    [
      'a bot',
      'issue_comment',
      {
        action: 'created',
        sender: { login: 'x[bot]', type: 'Bot' },
        issue,
        comment: {
          id: 1,
          user: { login: 'x[bot]', type: 'Bot' },
          created_at: '2026-05-01T10:00:00Z',
          body: '/muster run',
        },
      },
    ],
    [
      'ourselves',
      'issue_comment',
      {
        action: 'created',
        sender: us,
        issue,
        comment: { id: 1, user: us, created_at: '2026-05-01T10:00:00Z', body: '/muster run' },
      },
    ],
    [
      'talk',
      'issue_comment',
      { action: 'created', issue, comment: { id: 1, user: ada, created_at: '2026-05-01T10:00:00Z', body: 'nice' } },
    ],
    [
      'a pull request',
      'issue_comment',
      {
        action: 'created',
        issue: { ...issue, pull_request: {} },
        comment: { id: 1, user: ada, created_at: '2026-05-01T10:00:00Z', body: '/muster run' },
      },
    ],
    ['another label', 'issues', { action: 'labeled', issue, label: { name: 'bug' } }],
    [
      'a bot with the label',
      'issues',
      { action: 'labeled', sender: { login: 'x[bot]', type: 'Bot' }, issue, label: { name: 'muster' } },
    ],
    [
      'a closed issue',
      'issues',
      { action: 'labeled', issue: { ...issue, state: 'closed' }, label: { name: 'muster' } },
    ],
    ['an unknown event', 'star', { action: 'created' }],
    ['a word every object knows', 'constructor', {}],
  ])('not by %s', (_, event, payload) => {
    expect(heard(event, payload)).toEqual([]);
  });
});

describe('things as they look now', () => {
  it('issues, closed and reopened, but not by ourselves', () => {
    const closed = { ...issue, state: 'closed', state_reason: 'not_planned', closed_at: '2026-11-20T09:30:00Z' };
    expect(heard('issues', { action: 'closed', issue: closed })).toEqual([
      { type: 'issue-seen', number: 12, state: 'closed', notPlanned: true, closedAt: Date.UTC(2026, 10, 20, 9, 30) },
    ]);
    expect(heard('issues', { action: 'reopened', issue: { ...issue, state_reason: 'reopened' } })).toEqual([
      { type: 'issue-seen', number: 12, state: 'open', notPlanned: false, closedAt: null, reopened: true },
    ]);
    expect(heard('issues', { action: 'closed', issue: closed, sender: us })).toEqual([]);
  });

  it('pull requests, whoever moved them', () => {
    const seen = {
      number: 7,
      url: pull.html_url,
      headRef: 'muster/12-a',
      headSha: 'abc',
      state: 'open',
      merged: false,
      mergeSha: null,
      reviewed: null,
    };
    expect(heard('pull_request', { action: 'synchronize', sender: us, pull_request: pull })).toEqual([
      { type: 'pull-seen', pull: seen },
    ]);
    const merged = { ...pull, state: 'closed', merged: true, merged_at: '2026-05-01T10:00:00Z', merge_commit_sha: 'm' };
    expect(heard('pull_request', { action: 'closed', pull_request: merged })).toEqual([
      { type: 'pull-seen', pull: { ...seen, state: 'closed', merged: true, mergeSha: 'm' } },
    ]);
  });

  it.each([null, { full_name: 'mallory/shop' }])('but not from a fork (%j), which may use our branch names', (fork) => {
    const foreign = { ...pull, head: { ...pull.head, repo: fork } };
    expect(heard('pull_request', { action: 'opened', pull_request: foreign })).toEqual([]);
  });

  it.each([
    ['APPROVED', 'MEMBER', 'abc', null],
    ['changes_requested', 'COLLABORATOR', 'abc', 'changes_requested'],
    ['commented', 'OWNER', 'abc', null],
    ['approved', 'OWNER', 'an older head', null],
    ['approved', 'CONTRIBUTOR', 'abc', null],
  ])('a review: %s by %s of %s means %s', (state, association, commit, reviewed) => {
    const review = { state, author_association: association, commit_id: commit, user: ada };
    // In this event GitHub sends the short form, which has no `merged`.
    const { merged: _, ...short } = pull;
    expect(heard('pull_request_review', { action: 'submitted', review, pull_request: short })).toMatchObject([
      { type: 'pull-seen', pull: { number: 7, merged: false, reviewed } },
    ]);
  });

  it('check runs, with the log of failed ones', () => {
    expect(heard('check_run', { action: 'completed', check_run: run })).toEqual([
      {
        type: 'check-seen',
        check: {
          sha: 'abc',
          branch: 'muster/12-a',
          name: 'ci',
          status: 'completed',
          conclusion: 'failure',
          url: 'https://forge.test/run/1',
          log: 'Failed\n1 test\nlog',
        },
      },
    ]);
    const queued = { ...run, status: 'waiting', conclusion: null, check_suite: { head_branch: null } };
    expect(heard('check_run', { action: 'created', check_run: queued })).toMatchObject([
      { check: { status: 'queued', conclusion: null, branch: '', log: '' } },
    ]);
  });

  it('cuts long logs to their end and takes secrets out first', () => {
    const text = `${'x'.repeat(20_000)} hunter2hunter2 and the last line`;
    const [signal] = heard('check_run', {
      action: 'completed',
      check_run: { ...run, output: { ...run.output, text } },
    });
    const log = signal?.type === 'check-seen' ? signal.check.log : '';
    expect(log.length).toBeLessThanOrEqual(8000);
    expect(log.startsWith('Failed\n1 test\n')).toBe(true);
    expect(log.endsWith('and the last line')).toBe(true);
    expect(log).not.toContain('hunter2');
  });

  it('commit statuses, on each branch whose head they are about', () => {
    const branches = [
      { name: 'muster/12-a', commit: { sha: 'abc' } },
      { name: 'main', commit: { sha: 'other' } },
    ];
    const status = {
      sha: 'abc',
      context: 'ci/old',
      state: 'error',
      target_url: null,
      description: 'no luck',
      branches,
    };
    expect(heard('status', status)).toEqual([
      {
        type: 'check-seen',
        check: {
          sha: 'abc',
          branch: 'muster/12-a',
          name: 'ci/old',
          status: 'completed',
          conclusion: 'failure',
          url: '',
          log: 'no luck',
        },
      },
    ]);
    expect(heard('status', { ...status, state: 'pending' })).toMatchObject([
      { check: { status: 'in_progress', conclusion: null } },
    ]);
  });
});

describe('payloads that GitHub does not send', () => {
  it.each([
    ['issues', { action: 'closed', sender: ada }, 'issue.state'],
    ['issues', { sender: ada }, 'action'],
    ['issue_comment', { action: 'created', sender: ada, issue, comment: { user: ada, body: 'x' } }, 'created_at'],
    ['pull_request', { action: 'opened', pull_request: { ...pull, number: '7' } }, 'pull_request.number'],
    ['check_run', { action: 'created', check_run: { ...run, head_sha: 7 } }, 'check_run.head_sha'],
    ['status', { state: 'success', sha: 'abc' }, 'branches'],
  ])('%s without what it needs names it', (event, payload, path) => {
    try {
      translate(event, { repository, ...payload });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(UnreadablePayloadError);
      expect(error).toMatchObject({ path });
    }
  });

  it.each([null, 'text', [], 7])('%j is not a payload', (payload) => {
    expect(() => translate('issues', payload)).toThrow(UnreadablePayloadError);
  });

  it('a signal without its repository is nothing', () => {
    const from = (named: unknown) => translate('pull_request', { pull_request: pull, repository: named });
    expect(() => from({ name: 'shop' })).toThrow('repository.owner.login');
    expect(from({ full_name: 'acme/shop' })).toMatchObject([{ repo: { owner: 'acme', name: 'shop' } }]);
  });
});
