import { describe, expect, it } from 'vitest';
import {
  ask,
  checkOn,
  deliver,
  failureOf,
  inConflict,
  merge,
  openPull,
  pullSeen,
  refuseMerge,
  running,
  secondAttempt,
  startAgent,
  statuses,
  taskOf,
  typesOf,
  withPull,
} from './scenes.ts';
import type { Stage } from './story.ts';
import { edge } from './story.ts';

describe('the pull request', () => {
  it('may be seen before the answer to our own request, which is then no news', () => {
    const stage = running(['t1'], [], { merge: 'manual' });
    deliver(stage, 't1');
    expect(typesOf(pullSeen(stage, 't1', { headSha: 't1-1' }))[0]).toBe('pull-opened');
    expect(openPull(stage, 't1')).toEqual([]);
    expect(taskOf(stage, 't1').openPull?.number).toBe(201);
  });

  it.each([
    ['another head than what we delivered', { headSha: 'by-hand' }],
    ['closed: one of an earlier life of the branch', { headSha: 't1-1', state: 'closed' as const }],
    ['another branch', { headSha: 't1-1', headRef: 'feature', number: 999 }],
  ])('is not ours with %s', (_, changes) => {
    const stage = running(['t1']);
    deliver(stage, 't1');
    expect(pullSeen(stage, 't1', changes)).toEqual([]);
  });

  it('on our branch while no work was delivered is not ours yet', () => {
    const stage = running(['t1']);
    startAgent(stage, 't1');
    expect(pullSeen(stage, 't1', { headSha: 'x' })).toEqual([]);
    expect(openPull(stage, 't1')).toEqual([]);
  });

  it('stays the same for the next attempt: no second one is opened, it is judged at the new head', () => {
    const stage = secondAttempt();
    deliver(stage, 't1');
    expect(stage.commands().some(({ kind }) => kind === 'open-pull')).toBe(false);
    expect(taskOf(stage, 't1')).toMatchObject({
      status: 'validation_passed',
      pull: { number: 201, headSha: 't1-2' },
    });
  });
});

describe('a head that moved', () => {
  it.each([
    ['before its checks began', (_: Stage) => {}, 'pr_created'],
    ['while they ran', (stage: Stage) => checkOn(stage, 't1', 'ci'), 'validation_running'],
    [
      'after they had passed: they say nothing about it',
      (stage: Stage) => checkOn(stage, 't1', 'ci', { conclusion: 'success' }),
      'validation_running',
    ],
  ])('%s', (_, before, status) => {
    const stage = withPull(running(['t1'], [], { merge: 'manual' }, { required: ['ci'] }), 't1');
    before(stage);
    expect(typesOf(pullSeen(stage, 't1', { headSha: 'by-hand' }))).toEqual(['head-moved']);
    expect(taskOf(stage, 't1')).toMatchObject({ status, pull: { number: 201, headSha: 'by-hand' } });
    checkOn(stage, 't1', 'ci', { sha: 'by-hand', conclusion: 'success' });
    expect(statuses(stage)).toEqual(['validation_passed']);
  });

  it('while it is landing takes the landing back', () => {
    const stage = withPull(running(['t1'], [], {}, { required: ['ci'] }), 't1');
    checkOn(stage, 't1', 'ci', { conclusion: 'success' });
    expect(stage.commands()).toContainEqual({ kind: 'merge-pull', task: 't1', round: 1, number: 201, sha: 't1-1' });
    pullSeen(stage, 't1', { headSha: 'by-hand' });
    expect(stage.commands().some(({ kind }) => kind === 'merge-pull')).toBe(false);
    // the request was already out, and GitHub was faster
    expect(typesOf(merge(stage, 't1'))).toContain('landed');
  });

  it('seen twice has moved once', () => {
    const stage = withPull(running(['t1'], [], {}, { required: ['ci'] }), 't1');
    pullSeen(stage, 't1', { headSha: 'by-hand' });
    expect(pullSeen(stage, 't1', { headSha: 'by-hand' })).toEqual([]);
  });

  it('to what an earlier attempt of ours had pushed is late news', () => {
    const stage = secondAttempt();
    deliver(stage, 't1');
    expect(pullSeen(stage, 't1', { headSha: 't1-1' })).toEqual([]);
    expect(taskOf(stage, 't1')).toMatchObject({ pull: { headSha: 't1-2' } });
  });

  it('by the push of an attempt that has not told us yet is the same push', () => {
    const stage = secondAttempt();
    startAgent(stage, 't1');
    pullSeen(stage, 't1', { headSha: 't1-2' });
    expect(taskOf(stage, 't1')).toMatchObject({ status: 'processing', openPull: { headSha: 't1-2' } });
    pullSeen(stage, 't1', { headSha: 't1-1' });
    deliver(stage, 't1');
    expect(taskOf(stage, 't1')).toMatchObject({ status: 'validation_passed', pull: { headSha: 't1-2' } });
  });

  it('of a failed task is noted, and it stays failed', () => {
    const stage = inConflict();
    pullSeen(stage, 't1', { headSha: 'by-hand' });
    expect(taskOf(stage, 't1')).toMatchObject({ status: 'failed', pull: { headSha: 'by-hand' } });
  });
});

describe('closed without being merged', () => {
  const closed = { state: 'closed' as const };

  it.each([
    ['pr_created', (_: Stage) => {}],
    ['validation_running', (stage: Stage) => checkOn(stage, 't1', 'ci')],
    ['validation_passed', (stage: Stage) => checkOn(stage, 't1', 'ci', { conclusion: 'success' })],
  ])('in %s: failed, a human decides', (status, before) => {
    const stage = withPull(running(['t1'], [], { merge: 'manual' }, { required: ['ci'] }), 't1');
    before(stage);
    expect(statuses(stage)).toEqual([status]);
    pullSeen(stage, 't1', closed);
    expect(failureOf(stage)).toMatchObject({
      failure: { class: 'pull_closed', message: 'Pull request #201 was closed without being merged.' },
      retryAt: null,
    });
    expect(pullSeen(stage, 't1', closed)).toEqual([]);
  });

  it('it is not used again: the next attempt opens a new one', () => {
    const stage = withPull(running(['t1'], [], { merge: 'manual' }), 't1');
    pullSeen(stage, 't1', closed);
    ask(stage, 'retry');
    deliver(stage, 't1');
    expect(stage.commands()).toContainEqual({ kind: 'open-pull', task: 't1', attempt: 2 });
    openPull(stage, 't1', 301);
    // news of the old one is about the old one
    expect(pullSeen(stage, 't1', { number: 201, headSha: 't1-1', ...closed })).toEqual([]);
    expect(taskOf(stage, 't1')).toMatchObject({ status: 'validation_passed', pull: { number: 301 } });
  });

  it.each([
    ['after the attempt had failed', inConflict],
    ['while the next attempt waits', secondAttempt],
    [
      'while the next attempt runs',
      () => {
        const stage = secondAttempt();
        startAgent(stage, 't1');
        return stage;
      },
    ],
  ])('%s: nothing fails by it, and the next attempt opens a new one', (_, scene) => {
    const stage = scene();
    const status = statuses(stage);
    expect(typesOf(pullSeen(stage, 't1', closed))).toEqual(['pull-closed']);
    expect(pullSeen(stage, 't1', { number: 201, headSha: 't1-1', ...closed })).toEqual([]);
    expect(statuses(stage)).toEqual(status);
    if (status[0] === 'failed') ask(stage, 'retry');
    deliver(stage, 't1');
    expect(stage.commands()).toContainEqual({ kind: 'open-pull', task: 't1', attempt: 2 });
  });
});

describe('merged by a human', () => {
  const byHand = { state: 'closed' as const, merged: true, mergeSha: 'by-hand' };
  const failedChecks = (): Stage => {
    const stage = withPull(running(['t1'], [], {}, { required: ['ci'] }), 't1');
    checkOn(stage, 't1', 'ci', { conclusion: 'failure' });
    return stage;
  };

  it.each<[string, () => Stage]>([
    ['pr_created', () => withPull(running(['t1'], [], {}, { required: ['ci'] }), 't1')],
    ['validation_passed', () => withPull(running(['t1'], [], { merge: 'manual' }), 't1')],
    ['failed', failedChecks],
    ['agent_assignment', secondAttempt],
    [
      'processing',
      () => {
        const stage = secondAttempt();
        startAgent(stage, 't1');
        return stage;
      },
    ],
  ])('in %s counts as landed', (status, scene) => {
    const stage = scene();
    expect(statuses(stage)).toEqual([status]);
    const events = pullSeen(stage, 't1', byHand);
    expect(typesOf(events)[0]).toBe('landed');
    expect(taskOf(stage, 't1')).toMatchObject({ status: 'merged', sha: 'by-hand' });
    expect(pullSeen(stage, 't1', byHand)).toEqual([]);
    expect(stage.commands().some(({ kind }) => kind === 'run-attempt' || kind === 'merge-pull')).toBe(false);
  });

  it('is waited for until GitHub tells the commit', () => {
    const stage = withPull(running(['t1'], [], { merge: 'manual' }), 't1');
    expect(pullSeen(stage, 't1', { ...byHand, mergeSha: null })).toEqual([]);
    expect(statuses(stage)).toEqual(['validation_passed']);
  });

  it('and by us at the same moment has landed once', () => {
    const stage = withPull(running(['t1', 't2']), 't1');
    pullSeen(stage, 't1', byHand);
    expect(merge(stage, 't1')).toEqual([]);
    expect(stage.history.filter(({ event }) => event.type === 'landed')).toHaveLength(1);
  });

  it('frees what waited for it', () => {
    const stage = withPull(running(['t1', 't2'], [edge('t2', 't1')], { merge: 'manual' }), 't1');
    pullSeen(stage, 't1', byHand);
    expect(statuses(stage)).toEqual(['merged', 'agent_assignment']);
  });
});

describe('a merge that GitHub refused for good', () => {
  it('a conflict is worked again on what has landed, and says where', () => {
    const stage = inConflict();
    const task = failureOf(stage);
    expect(task.failure).toMatchObject({
      class: 'merge_conflict',
      message: 'Pull request #201 conflicts with main in a.txt, b.txt.',
    });
    expect(task.retryAt).toBeGreaterThan(stage.now);
    expect(task.diagnostic).toBeNull();
  });

  it('anything else waits for a human', () => {
    const stage = withPull(running(['t1']), 't1');
    refuseMerge(stage, 't1', 'other');
    expect(failureOf(stage)).toMatchObject({ failure: { class: 'github_refused' }, retryAt: null });
  });

  it('an answer to a landing that nobody waits for is nothing', () => {
    const stage = withPull(running(['t1'], [], { merge: 'manual' }), 't1');
    expect(refuseMerge(stage, 't1', 'conflict')).toEqual([]);
  });
});
