import { describe, expect, it } from 'vitest';
import type { PlannedEdge, Policy } from '../../src/core/plan.ts';
import { landBlockers, nextLanding } from '../../src/core/train.ts';
import { why } from '../../src/core/why.ts';
import {
  ask,
  checkOn,
  failAttempt,
  merge,
  pullSeen,
  refuseMerge,
  running,
  statuses,
  taskOf,
  typesOf,
  withPull,
} from './scenes.ts';
import type { Stage } from './story.ts';
import { edge } from './story.ts';

const verified = { verify: { command: 'make test', ok: true } };

/** All delivered and good, nothing landed yet: merging is left to a human. */
function ready(ids: readonly string[], edges: readonly PlannedEdge[] = [], policy: Partial<Policy> = {}): Stage {
  const stage = running(ids, edges, { merge: 'manual', ...policy });
  for (const id of ids) if (taskOf(stage, id).status === 'agent_assignment') withPull(stage, id, verified);
  return stage;
}

/** Landings in the order in which they were chosen, each with its reason. */
function chosen(stage: Stage): readonly string[] {
  return stage.history.flatMap(({ event }) =>
    event.type === 'landing-chosen' ? [`${event.task}: ${event.reason}`] : [],
  );
}

function blockers(stage: Stage, id: string): readonly unknown[] {
  return landBlockers(stage.state, taskOf(stage, id), stage.now);
}

function untilLanded(stage: Stage): Stage {
  for (let next = sent(stage); next !== undefined; next = sent(stage)) merge(stage, next);
  return stage;
}

function sent(stage: Stage): string | undefined {
  return stage.state.tasks.find((task) => task.status === 'validation_passed' && task.landing.state === 'sent')?.plan
    .id;
}

describe('the order of landing', () => {
  it('is topological: what others are to land after goes first, whatever the list says', () => {
    const stage = ready(['t1', 't2', 't3'], [edge('t1', 't2', 'lands-after'), edge('t2', 't3', 'lands-after')]);
    ask(stage, 'merge');
    untilLanded(stage);
    expect(chosen(stage)).toEqual([
      't3: the only one ready to land; 1 task waits for it',
      't2: the only one ready to land; 1 task waits for it',
      't1: the only one ready to land',
    ]);
    expect(stage.state.outcome).toMatchObject({ done: 3, total: 3 });
  });

  it('takes first what the longest chain waits for, and the list among equals; the reason says so', () => {
    const stage = ready(['t1', 't2', 't3', 't4'], [edge('t4', 't2', 'lands-after')]);
    ask(stage, 'merge');
    untilLanded(stage);
    expect(chosen(stage)).toEqual([
      't2: first of 3 ready to land; 1 task waits for it',
      't1: first of 3 ready to land',
      't3: first of 2 ready to land',
      't4: the only one ready to land',
    ]);
  });

  it('counts who waits once, however many edges say so, and not who no longer does', () => {
    const edges = [edge('t2', 't1'), edge('t2', 't1', 'lands-after'), edge('t3', 't1', 'lands-after')];
    const stage = ready(['t1', 't2', 't3'], edges);
    ask(stage, 'cancel', { target: 103 });
    ask(stage, 'merge');
    expect(chosen(stage)).toEqual(['t1: the only one ready to land; 1 task waits for it']);
  });

  it('is one at a time: the next is chosen when the one before has landed', () => {
    const stage = ready(['t1', 't2']);
    ask(stage, 'merge');
    expect(sent(stage)).toBe('t1');
    expect(blockers(stage, 't2')).toEqual([{ kind: 'train', landing: 't1' }]);
    expect(nextLanding(stage.state, stage.now)).toBeNull();
    merge(stage, 't1');
    expect(sent(stage)).toBe('t2');
  });

  it('lands exactly the commit that was validated', () => {
    const stage = ready(['t1']);
    ask(stage, 'merge');
    expect(stage.commands()).toContainEqual({ kind: 'merge-pull', task: 't1', round: 1, number: 201, sha: 't1-1' });
  });
});

describe('lands-after', () => {
  it('a cancelled task holds up nobody', () => {
    const stage = ready(['t1', 't2'], [edge('t2', 't1', 'lands-after')], { merge: 'auto' });
    expect(sent(stage)).toBe('t1');
    ask(stage, 'cancel', { target: 101 });
    expect(sent(stage)).toBe('t2');
  });

  it('a failed task does: a human may still make it land first', () => {
    const stage = running(['t1', 't2'], [edge('t2', 't1', 'lands-after')]);
    failAttempt(stage, 't1', 'timeout');
    withPull(stage, 't2');
    expect(statuses(stage)).toEqual(['failed', 'validation_passed']);
    expect(blockers(stage, 't2')).toEqual([{ kind: 'edge', task: 't1', edge: 'lands-after' }]);
    expect(stage.state.phase).toBe('finished');
    ask(stage, 'retry');
    withPull(stage, 't1');
    untilLanded(stage);
    expect(statuses(stage)).toEqual(['merged', 'merged']);
  });

  it('needs is stronger: what needs a cancelled task never starts, and the whole ends without it', () => {
    const stage = running(['t1', 't2', 't3'], [edge('t2', 't1')]);
    ask(stage, 'cancel', { target: 101 });
    withPull(stage, 't3');
    merge(stage, 't3');
    expect(statuses(stage)).toEqual(['cancelled', 'dependency_resolution', 'merged']);
    expect(stage.state.outcome).toMatchObject({ done: 1, total: 3 });
  });
});

describe('the merge policy', () => {
  const review = { reviewed: 'approved' as const };
  it.each<[string, Partial<Policy>, 'verified' | 'unverified', 'no' | 'approved' | 'asked', readonly string[]]>([
    ['manual waits for a human', { merge: 'manual' }, 'verified', 'no', ['merge-policy']],
    ['manual: an approving review is not a merge', { merge: 'manual' }, 'verified', 'approved', ['merge-policy']],
    ['manual: /muster merge lets it land', { merge: 'manual' }, 'verified', 'asked', []],
    ['on-approval waits for a review', { merge: 'on-approval' }, 'verified', 'no', ['merge-policy']],
    ['on-approval: a review lets it land', { merge: 'on-approval' }, 'verified', 'approved', []],
    ['on-approval: so does /muster merge', { merge: 'on-approval' }, 'verified', 'asked', []],
    ['auto lands what was verified', { merge: 'auto', allowUnverified: false }, 'verified', 'no', []],
    [
      'auto does not land what nothing checked',
      { merge: 'auto', allowUnverified: false },
      'unverified',
      'no',
      ['unverified'],
    ],
    ['auto: unless the settings allow it', { merge: 'auto', allowUnverified: true }, 'unverified', 'no', []],
    ['auto: or a human does', { merge: 'auto', allowUnverified: false }, 'unverified', 'asked', []],
    [
      'on-approval: a review does not stand in for a check',
      { merge: 'on-approval', allowUnverified: false },
      'unverified',
      'approved',
      ['unverified'],
    ],
  ])('%s', (_, policy, basis, human, expected) => {
    const stage = running(['t1'], [], policy);
    withPull(stage, 't1', basis === 'verified' ? verified : {});
    if (human === 'approved') pullSeen(stage, 't1', review);
    if (human === 'asked') ask(stage, 'merge');
    const task = taskOf(stage, 't1');
    expect(task).toMatchObject({ status: 'validation_passed', basis: basis === 'verified' ? 'verify' : 'unverified' });
    // what was chosen meanwhile stands in its own way
    const kinds = landBlockers(stage.state, task, stage.now).map((blocker) => blocker.kind);
    expect(kinds.filter((kind) => kind !== 'train')).toEqual(expected);
    expect(sent(stage) === 't1').toBe(expected.length === 0);
  });

  it('an approval that was taken back holds again', () => {
    const stage = ready(['t1'], [], { merge: 'on-approval' });
    withReview(stage, 'changes_requested');
    expect(stage.state.tasks[0]?.approvedByReview).toBe(false);
    expect(sent(stage)).toBeUndefined();
    withReview(stage, 'approved');
    expect(sent(stage)).toBe('t1');
  });

  it('a review that says neither changes nothing', () => {
    const stage = ready(['t1'], [], { merge: 'on-approval' });
    pullSeen(stage, 't1', { reviewed: null });
    expect(typesOf(pullSeen(stage, 't1', { reviewed: 'approved' }))).toEqual(['review-seen', 'landing-chosen']);
    expect(pullSeen(stage, 't1', { reviewed: null })).toEqual([]);
  });

  function withReview(stage: Stage, reviewed: 'approved' | 'changes_requested'): void {
    pullSeen(stage, 't1', { reviewed });
  }
});

describe('after GitHub refused', () => {
  it.each(['head-moved', 'checks', 'not-mergeable'] as const)(
    '%s: it pauses and is tried again by itself',
    (reason) => {
      const stage = ready(['t1'], [], { merge: 'auto' });
      const refusedAt = stage.now;
      refuseMerge(stage, 't1', reason);
      expect(blockers(stage, 't1')).toEqual([
        { kind: 'pause', until: refusedAt + 2_000, reason: `not now: ${reason}` },
      ]);
      expect(why(stage.state, 't1', stage.now)?.land).toEqual(blockers(stage, 't1'));
      stage.now = refusedAt + 1_999;
      expect(stage.when({ type: 'tick' })).toEqual([]);
      stage.now = refusedAt + 2_000;
      expect(stage.when({ type: 'tick' })).toMatchObject([{ type: 'landing-chosen', task: 't1', round: 2 }]);
    },
  );

  it('the pause doubles with each refusal, up to a minute or so', () => {
    const stage = ready(['t1'], [], { merge: 'auto' });
    const pauses = Array.from({ length: 8 }, () => {
      const refusedAt = stage.now;
      refuseMerge(stage, 't1', 'checks');
      const task = taskOf(stage, 't1');
      if (task.status !== 'validation_passed' || task.landing.state !== 'refused') throw new Error('it pauses');
      stage.now = task.landing.retryAt;
      stage.when({ type: 'tick' });
      return (stage.now - refusedAt) / 1000;
    });
    expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 64, 64]);
  });

  it('merges by humans do not shorten the pause', () => {
    const stage = ready(['t1', 't2', 't3'], [], { merge: 'manual' });
    for (const id of ['t1', 't2']) pullSeen(stage, id, { state: 'closed', merged: true, mergeSha: 'by-hand' });
    ask(stage, 'merge');
    const refusedAt = stage.now;
    refuseMerge(stage, 't3', 'checks');
    expect(blockers(stage, 't3')).toMatchObject([{ kind: 'pause', until: refusedAt + 2_000 }]);
  });

  it('the others go on landing meanwhile', () => {
    const stage = ready(['t1', 't2'], [], { merge: 'auto' });
    expect(sent(stage)).toBe('t1');
    refuseMerge(stage, 't1', 'checks');
    expect(sent(stage)).toBe('t2');
  });

  it('an answer to an earlier landing is late, and changes nothing', () => {
    const stage = ready(['t1'], [], { merge: 'auto' });
    refuseMerge(stage, 't1', 'checks');
    stage.now += 2_000;
    stage.when({ type: 'tick' });
    const late = { type: 'merge-refused', task: 't1', round: 1, why: 'conflict', message: '', paths: [] } as const;
    expect(stage.when(late)).toEqual([]);
  });

  it('a check that turned red or was started again before the landing is looked at first', () => {
    const stage = running(['t1'], [], { merge: 'manual' }, { base: ['ci'] });
    withPull(stage, 't1');
    checkOn(stage, 't1', 'ci', { conclusion: 'success' });
    expect(statuses(stage)).toEqual(['validation_passed']);
    checkOn(stage, 't1', 'ci', { status: 'queued', url: 'http://x/runs/2' });
    expect(statuses(stage)).toEqual(['validation_running']);
    ask(stage, 'merge');
    expect(sent(stage)).toBeUndefined();
    checkOn(stage, 't1', 'ci', { conclusion: 'success', url: 'http://x/runs/2' });
    expect(sent(stage)).toBe('t1');
  });
});

describe('an approving review', () => {
  it('is of a commit: a new head waits for a new one', () => {
    const stage = withPull(running(['t1'], [], { merge: 'on-approval' }), 't1');
    pullSeen(stage, 't1', { headSha: 'moved' });
    pullSeen(stage, 't1', { reviewed: 'approved', headSha: 'moved' });
    expect(sent(stage)).toBe('t1');
    const other = withPull(running(['t1', 't2'], [], { merge: 'on-approval' }), 't1');
    checkOn(other, 't1', 'ci');
    pullSeen(other, 't1', { reviewed: 'approved' });
    expect(taskOf(other, 't1').approvedByReview).toBe(true);
    pullSeen(other, 't1', { headSha: 'moved' });
    expect(taskOf(other, 't1').approvedByReview).toBe(false);
    checkOn(other, 't1', 'ci', { conclusion: 'success' });
    expect(blockers(other, 't1')).toEqual([{ kind: 'merge-policy', policy: 'on-approval' }]);
  });
});

describe('nothing lands', () => {
  it('that has not passed its checks', () => {
    const stage = running(['t1'], [], {}, { required: ['ci'] });
    withPull(stage, 't1');
    expect(blockers(stage, 't1')).toEqual([{ kind: 'not-validated' }]);
  });

  it('of an orchestration that is over', () => {
    const stage = ready(['t1', 't2']);
    ask(stage, 'cancel');
    expect(nextLanding({ ...stage.state, mergeAllowedBy: 'ada' }, stage.now)).toBeNull();
  });
});
