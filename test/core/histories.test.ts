import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/events.ts';
import { replay } from '../../src/core/evolve.ts';
import type { Orchestration } from '../../src/core/model.ts';
import { react } from '../../src/core/react.ts';
import { storedEvents, storedStory } from './stored-stories.ts';

const stored = storedEvents(1);

/** In which version's stored histories each event occurs. A new event belongs into a history of its own. */
const since: Readonly<Record<Event['type'], 1 | 2>> = {
  'orchestration-requested': 1,
  'command-heard': 1,
  'command-accepted': 1,
  'command-refused': 1,
  'reply-owed': 1,
  'reply-posted': 1,
  'run-accepted': 1,
  'closed-unstarted': 1,
  'plan-proposed': 1,
  'plan-refused': 1,
  'plan-digested': 1,
  'plan-approved': 1,
  'plan-rejected': 1,
  'sub-issue-linked': 1,
  'sub-issue-replaced': 1,
  'status-replaced': 1,
  'group-issue-linked': 2,
  'group-issue-closed': 2,
  'edge-linked': 1,
  'edge-refused': 1,
  'planning-finished': 1,
  'task-queued': 1,
  'agent-assigned': 1,
  'attempt-started': 1,
  'attempt-progressed': 1,
  'attempt-delivered': 1,
  'attempt-failed': 1,
  'task-requeued': 1,
  'task-cancelled': 1,
  'pull-opened': 1,
  'head-moved': 1,
  'pull-closed': 1,
  'review-seen': 1,
  'check-seen': 1,
  'validation-started': 1,
  'validation-passed': 1,
  'validation-failed': 1,
  'merge-allowed': 1,
  'edit-seen': 2,
  'plan-reread': 2,
  'plan-unchanged': 2,
  'plan-changed': 2,
  'editor-known': 2,
  'change-approved': 2,
  'change-rejected': 2,
  'proposals-accepted': 2,
  'task-held': 2,
  'plan-grouped': 2,
  'sub-issue-seen': 2,
  'task-reopened': 2,
  'task-released': 2,
  'outside-seen': 2,
  'blockers-seen': 2,
  paused: 2,
  resumed: 2,
  'comment-reacted': 2,
  'landing-chosen': 1,
  'landing-refused': 1,
  landed: 1,
  'diagnostic-told': 1,
  'diagnostic-closed': 1,
  'status-posted': 1,
  'status-edited': 1,
  'body-marked': 1,
  'retry-requested': 1,
  'orchestration-finished': 1,
  'orchestration-cancelled': 1,
  'summary-posted': 1,
  'master-closed': 1,
  'command-gave-up': 1,
  'task-concluded': 2,
  'sub-issue-closed': 2,
  'edge-unlinked': 2,
  'edge-found': 2,
  'edge-buried': 2,
  'edge-set-aside': 2,
  'edges-confirmed': 2,
  'sub-issue-edited': 2,
};

describe('histories of version 1', () => {
  it('hold every event of that version', () => {
    const seen = new Set(stored.map(({ event }) => event.type));
    const expected = Object.entries(since).flatMap(([type, version]) => (version === 1 ? [type] : []));
    expect([...seen].sort()).toEqual(expected.sort());
    expect(new Set(stored.map(({ version }) => version))).toEqual(new Set([1]));
  });

  it('everything landed, after a crash, a red check, a refused landing and a retry', () => {
    const state = replay(storedStory(stored, 'landed'));
    expect(state).toMatchObject({
      id: 'orch-7-20261120-0930',
      phase: 'finished',
      approvedBy: 'grace',
      mergeAllowedBy: 'ada',
      round: 2,
      landings: 4,
      outcome: { done: 3, total: 3 },
      masterClosed: true,
      edgesLinked: ['t2>t1'],
      edgesRefused: ['t3>t1'],
    });
    expect(state.plan?.policy.timeoutSeconds).toBe(120);
    expect(state.seq).toBe(storedStory(stored, 'landed').length);
    expect(state.tasks).toMatchObject([
      { status: 'merged', sha: 'm-t1', round: 1, pass: 2, pull: { number: 201, headSha: 't1-2' }, diagnostic: null },
      { status: 'merged', sha: 'm-t2', round: 2, pass: 2, diagnostic: { state: 'closed', count: 1, told: 1 } },
      { status: 'merged', sha: 'm-t3', sub: { number: 150 }, pull: { headSha: 'by-hand' } },
    ]);
    expect(state.tasks[0]?.attempts).toMatchObject([
      { number: 1, failure: { class: 'crashed' }, delivery: null },
      { number: 2, failure: null, delivery: { sha: 't1-2', said: 'done', verify: { ok: true } } },
    ]);
    expect(state.tasks[1]?.attempts[0]?.failure).toMatchObject({
      class: 'ci_failed',
      evidence: ['expected 1, got 2'],
    });
    expect(state.report).toMatchObject({
      comment: { id: 2 },
      edits: 3,
      bodyEdits: 3,
      summaries: [{ round: 1 }, { round: 2 }],
    });
    expect(state.requests.map((request) => request.state)).toEqual([
      'accepted',
      'refused',
      'accepted',
      'accepted',
      'accepted',
    ]);
    expect(state.replies.every((reply) => reply.posted)).toBe(true);
    expect(react(state, { coalesceMs: 0 })).toEqual([]);
  });

  it.each([
    ['cancelled', 'cancelled', ['cancelled', 'cancelled', 'cancelled']],
    ['rejected', 'cancelled', ['pending']],
    ['refused', 'refused', []],
    ['unstarted', 'refused', []],
  ])('%s', (story, phase, tasks) => {
    const state = replay(storedStory(stored, story));
    expect(state.phase).toBe(phase);
    expect(state.tasks.map((task) => task.status)).toEqual(tasks);
  });

  it('the refused one still knows what was wrong', () => {
    expect(replay(storedStory(stored, 'refused')).problems).toMatchObject([{ code: 'cycle', line: 3 }]);
  });
});

describe('histories of version 2', () => {
  const second = storedEvents(2);
  const told = (story: string): Orchestration => replay(storedStory(second, story));

  it('hold the events that came with it', () => {
    const types = new Set(second.map(({ event }) => event.type));
    for (const [type, version] of Object.entries(since)) if (version === 2) expect(types, type).toContain(type);
  });

  it('roles', () => {
    const state = told('roles');
    expect(state).toMatchObject({ phase: 'finished', outcome: { done: 4, total: 4 } });
    expect(state.tasks).toMatchObject([
      { status: 'merged', sha: 'm-t1', plan: { persona: 'backend expert' }, pull: { headSha: 't1-2' } },
      { status: 'merged', sha: 't1-2', pull: null, subClosed: true },
      { status: 'merged', pull: null, subClosed: true },
      { status: 'cancelled', notChosen: true, subClosed: true, reason: 'not chosen: the analysis found "b"' },
      { status: 'merged', sha: 'm-t5' },
    ]);
    expect(state.tasks[0]?.attempts[0]?.failure?.class).toBe('changes_requested');
  });

  it('reactions', () => {
    const state = told('reactions');
    expect(state.requests.map(({ reacted, comment }) => [comment?.id, reacted])).toEqual([
      [31, 'confused'],
      [31, 'confused'],
      [31, undefined],
    ]);
    expect(react(state, { coalesceMs: 0 }).map(({ command }) => command)).toEqual([
      { kind: 'post-reply', source: 'comment-31-1' },
      { kind: 'post-reply', source: 'comment-31-edited' },
      { kind: 'react-to-comment', comment: 31, reaction: 'confused' },
    ]);
  });

  it('edits of the list', () => {
    const state = told('edited');
    expect(state.tasks.map(({ plan, status, held }) => [plan.title, status, held])).toEqual([
      ['Mail', 'dependency_resolution', undefined],
      ['Logout', 'dependency_resolution', undefined],
      ['Login', 'processing', 'its item was taken out of the list'],
      ['Search', 'cancelled', undefined],
    ]);
    expect(state.edits).toMatchObject({ seenAt: 30, readAt: 30, reading: false, change: null });
  });

  it('a plan that was approved with its groups', () => {
    const state = told('grouped');
    expect(state).toMatchObject({ phase: 'running', approvedBy: 'grace', groupedBy: 'grace', digest: 'd2' });
    expect(state.tasks.map(({ plan, status, branch }) => [plan.id, plan.items?.length, status, branch])).toEqual([
      ['t1', 2, 'agent_assignment', 'muster/7-models'],
      ['t3', undefined, 'dependency_resolution', 'muster/7-pages'],
    ]);
    expect(state.plan?.edges).toMatchObject([{ from: 't3', to: 't1' }]);
  });

  it('group issues', () => {
    const state = told('groups');
    expect(state).toMatchObject({ phase: 'finished', masterClosed: true, outcome: { done: 5, total: 5 } });
    expect(state.groups).toMatchObject([
      { id: 'g1', issue: { number: 901 }, closed: true },
      { id: 'g2', issue: { number: 902 }, closed: true },
    ]);
  });

  it('hands on sub-issues, and what is waited for outside', () => {
    const state = told('hands');
    expect(state).toMatchObject({
      phase: 'running',
      outside: [{ owner: 'acme', name: 'lib', number: 12, state: 'done' }],
      plan: { outside: [{ from: 't4', number: 12, basis: 'ref' }] },
    });
    expect(state.tasks).toMatchObject([
      { status: 'agent_assignment', again: true, branch: 'muster/7-task-t1-r2', round: 2, pass: 2 },
      { status: 'cancelled', because: 'completed', dropped: true, subFate: 'completed' },
      { status: 'processing', placed: true },
      { status: 'agent_assignment' },
    ]);
    expect(state.tasks.map(({ held }) => held)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('accepted proposals', () => {
    const state = told('proposed');
    expect(state).toMatchObject({ phase: 'finished', edgesLinked: ['t2>t1'], outcome: { done: 3, total: 3 } });
    expect(state.plan?.edges).toMatchObject([
      { from: 't2', to: 't1', kind: 'needs', basis: 'proposed' },
      { from: 't3', to: 't1', kind: 'lands-after', basis: 'proposed' },
    ]);
  });

  it('dependencies set and taken out on GitHub, and a reworded item', () => {
    const state = told('native');
    expect(state.plan?.edges.map(({ from, to, kind, basis }) => `${from}>${to} ${kind} ${basis}`)).toEqual([
      't3>t2 lands-after ref',
      't4>t2 needs native',
    ]);
    expect(state.edgesLinked).toEqual([]);
    expect(state.native).toMatchObject({
      found: ['t4>t2'],
      buried: ['t3>t1'],
      aside: ['t2>t3'],
      removals: { 't2>t1': 1 },
    });
    expect(state.tasks[3]).toMatchObject({ written: { title: 'Task t4 in green', edits: 1 } });
  });

  it('a pause', () => {
    const state = told('paused');
    expect(state).toMatchObject({ phase: 'finished', pausedBy: null, readings: 1, outcome: { done: 2, total: 2 } });
  });
});
